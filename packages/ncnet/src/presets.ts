// The named presets: task sets and training. All of it is our reconstruction.
import type { CellInput } from './cell.ts';

type Preset = Partial<CellInput>;

/** Widths of the full variant. */
export const FULL_WIDTHS: number[] = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32];
export const FULL_REPLICAS = 16_384;
export const QUICK_REPLICAS = 1_024;

export const xorPair: Preset = {
  inputs: 3,
  alice: ['x2', 'x1^x2'],
  bob: ['x2', 'x2^x3'],
  activation: 'sigmoid',
  loss: 'bce',
  optimizer: 'adam',
  learningRate: 0.05,
  steps: 1000,
  batch: 'full',
};

export const xorPairLossStep: Preset = { ...xorPair, batch: 1, steps: 2000, lossSteps: 'half' };

export const muxXor: Preset = {
  inputs: 3,
  alice: ['x2?x1:x3', 'x1^x3'],
  bob: ['x2&(x1^x3)', 'x1^x2'],
  activation: 'sigmoid',
  loss: 'bce',
  optimizer: 'momentum',
  learningRate: 0.3,
  steps: 2000,
};

export const copyXor4bit: Preset = {
  inputs: 4,
  alice: ['x1', 'x1^x2'],
  bob: ['x3', 'x3^x4'],
  coding: '01',
  activation: 'tanh',
  loss: 'mse',
  restarts: 5,
  optimizer: 'adam',
  learningRate: 0.02,
  steps: 4000,
  tolerance: 0.1,
};
