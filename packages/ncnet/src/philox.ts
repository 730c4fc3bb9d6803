// Philox4x32-10, the counter-based generator of Salmon et al. (SC 2011), and the draws a replica makes from it.
import type { NcnetCell } from './cell.ts';

const STREAM = { init: 0, order: 1, rows: 2 } as const;

/** 32 x 32 -> high 32 bits, from 16-bit halves: exact in doubles. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/** One Philox4x32-10 block: counter of four words and key of two words to four words. */
export function philox(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter as [number, number, number, number];
  let [k0, k1] = key as [number, number];
  for (let round = 0; round < 10; round++) {
    const n0 = (mulHigh(0xcd9e8d57, c2) ^ c1 ^ k0) >>> 0;
    const n2 = (mulHigh(0xd2511f53, c0) ^ c3 ^ k1) >>> 0;
    c1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    c3 = Math.imul(0xd2511f53, c0) >>> 0;
    c0 = n0;
    c2 = n2;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Word `index` of a replica's stream. The context is not in the counter: the four contexts share every draw. */
function word(seed: number, replica: number, stream: number, restart: number, index: number): number {
  return philox([index >>> 2, replica, stream, restart], [seed, 0])[index & 3];
}

/** A whole number below `bound`, by the high half of a 32 x 32 product. */
const below = (bits: number, bound: number): number => mulHigh(bits, bound);

type Drawn = Pick<NcnetCell, 'seed' | 'inputs' | 'trainRows'>;

/** Uniform draw u in [-1, 1) with 24 bits for parameter `index`. */
export function initialDraw(cell: Drawn, replica: number, restart: number, index: number): number {
  return (word(cell.seed, replica, STREAM.init, restart, index) >>> 8) * 2 ** -23 - 1;
}

/** The replica's training rows, ascending: all, or N drawn once by a partial Fisher-Yates shuffle. */
export function drawTrainingRows(cell: Drawn, replica: number): number[] {
  const rows = Array.from({ length: 2 ** cell.inputs }, (_, row) => row);
  if (cell.trainRows === 'all') return rows;
  for (let i = 0; i < cell.trainRows; i++) {
    const j = i + below(word(cell.seed, replica, STREAM.rows, 0, i), rows.length - i);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows.slice(0, cell.trainRows).sort((a, b) => a - b);
}

/** The training rows in the order of one epoch of batch-1 training. */
export function drawEpochOrder(
  cell: Drawn,
  rows: readonly number[],
  replica: number,
  restart: number,
  epoch: number,
): number[] {
  const order = [...rows];
  for (let i = order.length - 1; i >= 1; i--) {
    const j = below(word(cell.seed, replica, STREAM.order, restart, epoch * order.length + i), i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
