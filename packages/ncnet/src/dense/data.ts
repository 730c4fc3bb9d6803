// Rows that a cell names instead of listing: the Gaussian blobs of the context task. Its text is part of every dense store key.
import type { DenseCell, DenseSource } from './cell.ts';
import { allPairs, dataSize } from './size.ts';

/** Rows that are read one by one. */
export interface DenseData {
  rows: number;
  inputs: number; // numbers of a row
  outputs: number;
  /** Writes a row's inputs and targets as row `at` of [..][inputs] and [..][outputs]. */
  read(row: number, at: number, inputs: Float32Array, targets: Float32Array): void;
  /** Rows never trained on, whose class is that of the largest target. */
  heldOut?: DenseData;
}

/** Opens the rows that a cell names. */
export type OpenData = (source: DenseSource) => DenseData | Promise<DenseData>;

/** What needs no files, in Node and in a page. */
export const openLightData: OpenData = (source) => {
  if (source.source === 'blobs') return openBlobs(source);
  throw new Error(
    `trainDense: expected rows that need no files, got ${source.source}; train them in Node, with \`npx ncnet verify\``,
  );
};

/** e^-x for x from 0 to 2 by its power series: + * / alone, so the same numbers on every host. */
function decay(x: number): number {
  let sum = 1;
  for (let k = 30; k >= 1; k--) sum = 1 - (x / k) * sum;
  return sum;
}

/** `count` numbers from -1 to 1, evenly spaced. */
const spaced = (count: number): number[] => Array.from({ length: count }, (_, k) => (2 * k) / (count - 1) - 1);

/** The blob of a row: its centre, and 0 or 1 for the context that asks for x or for y. */
export function blobOf({ side }: { side: number }, row: number): { x: number; y: number; context: number } {
  const centres = spaced(side);
  const blob = row % side ** 2;
  return { x: centres[(blob - (blob % side)) / side], y: centres[blob % side], context: row < side ** 2 ? 0 : 1 };
}

/**
 * Blobs of standard deviation 1 on a square from -1 to 1, pixels adding up to 1, and two context bits.
 * Source: van Rossem and Saxe 2024 (their code, orthogonal.ipynb).
 */
export function openBlobs(source: DenseSource & { source: 'blobs' }): DenseData {
  const size = dataSize(source);
  const places = spaced(source.pixels);
  const read: DenseData['read'] = (row, at, inputs, targets) => {
    const { x, y, context } = blobOf(source, row);
    const [across, down] = [x, y].map((centre) => places.map((place) => decay((place - centre) ** 2 / 2)));
    let sum = 0;
    for (const a of down) for (const b of across) sum += a * b;
    let place = at * size.inputs;
    for (const a of down) for (const b of across) inputs[place++] = (a * b) / sum;
    inputs[place++] = 1 - context;
    inputs[place] = context;
    targets[at] = context === 0 ? x : y;
  };
  return { ...size, read };
}

/** Rows by number, [rows][inputs] and [rows][outputs]. */
export function readRows(data: DenseData, rows: readonly number[]): { inputs: Float32Array; targets: Float32Array } {
  const inputs = new Float32Array(rows.length * data.inputs);
  const targets = new Float32Array(rows.length * data.outputs);
  for (const [at, row] of rows.entries()) data.read(row, at, inputs, targets);
  return { inputs, targets };
}

/** A cell that lists its watched rows and their pairs, as curves and constants are read from it. */
export function withWatchedRows(cell: DenseCell, data: DenseData): DenseCell {
  const { watch } = cell.data!;
  const { inputs, targets } = readRows(data, watch);
  const split = (values: Float32Array, width: number) =>
    watch.map((_, row) => [...values.subarray(row * width, (row + 1) * width)]);
  const pairs = allPairs(watch.length);
  return { ...cell, inputs: split(inputs, data.inputs), targets: split(targets, data.outputs), pairs };
}
