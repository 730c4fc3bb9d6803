// What the tests share: the built kernel, typed and raw, a base network, and random truth tables.

import { openKernel } from '../src/kernel.ts';
import type { Network } from '../src/network.ts';
import { readKernel } from '../src/node.ts';

export const { bytes } = readKernel();
export const module = new WebAssembly.Module(bytes);
export const kernel = await openKernel(module);

export const base: Network = {
  inputs: 3,
  hidden: 3,
  activation: 'sigmoid',
  loss: 'bce',
  optimizer: 'adam',
  learningRate: 0.05,
  steps: 50,
  batch: 'full',
  coding: 'pm',
  gain: 1,
  sharing: 'shared',
  trainRows: 'all',
  dtype: 'f32',
  seed: 2026,
  lossSteps: 'none',
  cosine: false,
};

/** A small generator for test data only (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function table(inputs: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length: 1 << inputs }, () => (next() < 0.5 ? 0 : 1));
}

export interface RawKernel {
  memory: WebAssembly.Memory;
  configure(...options: (number | boolean)[]): number;
  targetsAddress(): number;
  parametersAddress(): number;
  activationsAddress(): number;
  derivativesAddress(): number;
  begin(firstReplica: number, restart: number): void;
  finish(place: number): void;
  philoxWords(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): number;
  apply32(kind: number, address: number): void;
  apply64(kind: number, address: number): void;
  [train: `train${string}`]: (from: number, to: number) => void;
}

export const raw = (): RawKernel => new WebAssembly.Instance(module, {}).exports as unknown as RawKernel;
