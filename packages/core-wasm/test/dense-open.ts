// What the dense tests share: the built file, a base network, random rows, and a measure of agreement.

import { openDense } from '../src/dense.ts';
import type { Dense, DenseNetwork, DenseRows } from '../src/dense-network.ts';
import { readDense } from '../src/dense-node.ts';
import { random } from './open.ts';

export const { bytes } = readDense();
export const module = new WebAssembly.Module(bytes);

export const base: DenseNetwork = {
  inputs: 3,
  hidden: [7, 5],
  heads: [2],
  headWeights: 'equal',
  activation: 'tanh',
  loss: 'half-mse',
  reduction: 'mean',
  optimizer: 'gd',
  learningRate: 0.05,
  initial: 'xavier-normal',
  gain: 1,
  bias: true,
  skip: false,
  dropout: 0,
  rows: 16,
  seed: 2026,
  replica: 0,
  restart: 0,
};

export const open = (options: Partial<DenseNetwork> = {}): Promise<Dense> => openDense(module, { ...base, ...options });

export function rowsFor(network: DenseNetwork, rows: number, seed = 1): DenseRows {
  const next = random(seed);
  const outputs = network.heads.reduce((sum, width) => sum + width, 0);
  return {
    inputs: Float32Array.from({ length: rows * network.inputs }, () => 2 * next() - 1),
    targets: Float32Array.from({ length: rows * outputs }, () => (network.loss === 'bce' ? next() : 2 * next() - 1)),
  };
}

/** Largest difference, relative to the largest number expected. */
export function off(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    most = Math.max(most, Math.abs(expected[i]));
    const difference = Math.abs(got[i] - expected[i]);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst / (most || 1);
}

export const bits = (array: Float32Array | Float64Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);
