// The relaxed-SIMD build: close to the reproducible kernel, and apart from it.

import binaryen from 'binaryen';
import { expect, it } from 'vitest';
import { openKernel } from '../src/kernel.ts';
import type { Network } from '../src/network.ts';
import { readFastKernel } from '../src/node.ts';
import { base, bytes, kernel, table } from './open.ts';

const relaxed = (wasm: Uint8Array): number =>
  binaryen
    .readBinary(wasm)
    .emitStackIR()
    .match(/relaxed/g)?.length ?? 0;

it('only the fast kernel holds relaxed instructions', () => {
  expect(relaxed(bytes)).toBe(0);
  expect(relaxed(readFastKernel().bytes)).toBeGreaterThan(100);
  expect(WebAssembly.Module.imports(new WebAssembly.Module(readFastKernel().bytes))).toEqual([]);
});

it.each([
  {},
  { activation: 'tanh', coding: '01', optimizer: 'gd' },
  { activation: 'relu', loss: 'mse', optimizer: 'momentum' },
  { batch: 1 },
  { dtype: 'f64' },
] as Partial<Network>[])('%o: the weights stay close to the reproducible ones', async (options) => {
  const fast = await openKernel(readFastKernel().bytes);
  const network = { ...base, learningRate: 0.02, ...options };
  const request = { alice: table(3, 1), bob: table(3, 2), firstReplica: 0, replicas: 64, restart: 0 };
  const expected = kernel.train(network, request).weights;
  const off = fast.train(network, request).weights.map((weight, i) => Math.abs(weight - expected[i]));
  expect(off.toSorted()[Math.floor(0.99 * off.length)]).toBeLessThan(1e-5);
});
