// Every random draw of LoRA training, from Philox: a function of (seed, replica, stream, place) and never of the context.
import { philox } from '../philox.ts';

/** Streams beside those of the small nets (0 to 2). */
export const STREAM = { adapter: 16, head: 17, order: 18, dropout: 19, rows: 20 } as const;

export interface Draws {
  seed: number;
  replica: number;
}

/** Word `index` (32 bits) of part `part` of a stream. */
export function drawWord({ seed, replica }: Draws, stream: number, part: number, index: number): number {
  return philox([index >>> 2, replica, stream, part], [seed, 0])[index & 3];
}

/** `count` float32 numbers uniform in [-bound, bound), 24 bits each. */
export function drawUniform(draws: Draws, stream: number, part: number, count: number, bound: number): Float32Array {
  const values = new Float32Array(count);
  for (let block = 0; 4 * block < count; block++) {
    const words = philox([block, draws.replica, stream, part], [draws.seed, 0]);
    for (let k = 0; k < 4 && 4 * block + k < count; k++) {
      values[4 * block + k] = ((words[k] >>> 8) * 2 ** -23 - 1) * bound;
    }
  }
  return values;
}

/** A permutation of 0..count-1 (Fisher and Yates), by part of a stream. */
export function drawPermutation(draws: Draws, stream: number, part: number, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i >= 1; i--) {
    const j = Math.floor((drawWord(draws, stream, part, i) * (i + 1)) / 2 ** 32);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** 0 with probability `rate`, else 1 / (1 - rate): what inverted dropout multiplies by (16 bits a number). */
export function drawDropout(draws: Draws, part: number, index: number, count: number, rate: number): Float32Array {
  const values = new Float32Array(count);
  const limit = Math.floor(rate * 65536 + 0.5);
  const kept = 1 / (1 - rate);
  const key = [draws.seed, part];
  for (let at = 0; at < count; ) {
    for (const word of philox([at >>> 3, draws.replica, STREAM.dropout, index], key)) {
      for (const half of [word >>> 16, word & 0xffff]) if (at < count) values[at++] = half < limit ? 0 : kept;
    }
  }
  return values;
}
