// How large a dense cell is, wherever its rows come from. No zod and no data, so that threads and pages start fast.
import type { DenseCell, DenseSource } from './cell.ts';

/** Rows to train on, numbers of a row and of its targets. */
export function dataSize(data: DenseSource): { rows: number; inputs: number; outputs: number } {
  if (data.source === 'mnist') return { rows: data.images, inputs: 28 * 28, outputs: 10 };
  return { rows: 2 * data.side ** 2, inputs: data.pixels ** 2 + 2, outputs: 1 };
}

export interface DenseSize {
  inputs: number; // numbers of a row
  outputs: number; // of all heads
  batch: number; // rows of a step
  watched: number; // rows whose outputs are probed
  pairs: number; // whose distances are probed
}

type Sized = Pick<DenseCell, 'inputs' | 'targets' | 'data' | 'pairs'>;

export function denseSize({ inputs, targets, data, pairs }: Sized): DenseSize {
  if (data === undefined) {
    const rows = inputs.length;
    return {
      inputs: inputs[0].length,
      outputs: targets[0].length,
      batch: rows,
      watched: rows,
      pairs: pairs.length,
    };
  }
  const watched = data.watch.length;
  const { inputs: width, outputs } = dataSize(data);
  return { inputs: width, outputs, batch: data.batch, watched, pairs: (watched * (watched - 1)) / 2 };
}

type Shape = Pick<DenseCell, 'depth' | 'width' | 'convolution'>;

/** Hidden layers: with convolution the first one and depth + 1 convolutions. */
export const hiddenLayers = ({ depth, convolution }: Pick<Shape, 'depth' | 'convolution'>): number =>
  convolution === undefined ? depth : depth + 2;

/** Products of a weight and a number in one pass of a row, about: what a step's time grows with. */
export function rowProducts({ depth, width, convolution, ...rows }: Shape & Sized): number {
  const { inputs } = denseSize(rows);
  if (convolution === undefined) return (depth * width + inputs) * width;
  const { channels, kernel } = convolution;
  const middle = width - (depth / 2 + 1) * (kernel - 1); // positions of the convolution half way
  return inputs * width + kernel * channels * middle * (2 + channels * (depth - 1));
}

const MOST_REPLICAS = 32;
const BLOCK_PRODUCTS = 2 ** 30; // forward, of all steps: about a second of training

/** Replicas of a whole block: one where a network takes a second or more, several of the small ones. Part of what is stored. */
export function denseBlock(cell: Shape & Sized & Pick<DenseCell, 'steps'>): number {
  const products = cell.steps * rowProducts(cell) * denseSize(cell).batch;
  return Math.max(1, Math.min(MOST_REPLICAS, Math.floor(BLOCK_PRODUCTS / products)));
}

/** [0, 1], [0, 2], ..., [1, 2], ... of n rows. */
export function allPairs(rows: number): [number, number][] {
  return Array.from({ length: rows }, (_, r) => r).flatMap((r) =>
    Array.from({ length: rows - r - 1 }, (_, k): [number, number] => [r, r + 1 + k]),
  );
}
