// A replica's bytes depend on itself alone: not on lane, block, neighbours, count or instance, the rare slow path included.

import { describe, expect, it } from 'vitest';
import { openKernel } from '../src/kernel.ts';
import type { Network, TrainedBlock } from '../src/network.ts';
import { base, bytes, kernel, raw, table } from './open.ts';

const TOTAL = 24;

/** All results of replica k of a block, as one string of bytes. */
function bytesOf(block: TrainedBlock, replicas: number, k: number): string {
  return Object.values(block)
    .filter((value) => ArrayBuffer.isView(value))
    .map((value) => {
      const array = value as Float32Array;
      const width = array.length / replicas;
      const part = array.slice(k * width, (k + 1) * width);
      return Buffer.from(part.buffer).toString('hex');
    })
    .join();
}

const networks: [string, Partial<Network>][] = [
  ['default', {}],
  ['large weights: some lanes on the slow path', { gain: 60, optimizer: 'gd', learningRate: 4 }],
  ['large weights, tanh', { gain: 40, activation: 'tanh', inputs: 4, optimizer: 'momentum', learningRate: 1 }],
  ['partial rows, tanh, mse', { activation: 'tanh', loss: 'mse', trainRows: 5, optimizer: 'gd', learningRate: 0.1 }],
  ['batch 1', { batch: 1, trainRows: 7, inputs: 5, lossSteps: 'half' }],
  ['batch 1, f64', { batch: 1, dtype: 'f64', trainRows: 3 }],
  ['relu', { activation: 'relu', inputs: 6 }],
  ['f64', { dtype: 'f64', activation: 'tanh', coding: '01', sharing: 'separate' }],
  ['one input', { inputs: 1, coding: '01' }],
  ['wide', { hidden: 64, inputs: 6, sharing: 'separate', steps: 20 }],
];

describe.each(networks)('%s', (_, options) => {
  const network: Network = { ...base, lossSteps: 'all', cosine: true, ...options };
  const request = { alice: table(network.inputs, 1), bob: table(network.inputs, 2), restart: 1 };
  const whole = kernel.train(network, { ...request, firstReplica: 100, replicas: TOTAL });
  const expected = Array.from({ length: TOTAL }, (_, k) => bytesOf(whole, TOTAL, k));

  it('holds for every lane shift and count, and with other work in between', async () => {
    const fresh = await openKernel(bytes);
    for (const [start, replicas] of [
      [0, 1],
      [1, 4],
      [2, 7],
      [3, 21],
      [5, 2],
      [23, 1],
    ]) {
      const other = start % 2 ? fresh : kernel;
      other.train(
        { ...base, inputs: 2, hidden: 1 + start, steps: 3 },
        { ...request, alice: table(2, 1), bob: table(2, 2), firstReplica: 0, replicas: 5 },
      );
      const part = other.train(network, { ...request, firstReplica: 100 + start, replicas });
      for (let k = 0; k < replicas; k++)
        expect(bytesOf(part, replicas, k), `replica ${start + k}`).toBe(expected[start + k]);
    }
  });

  it('starts from weights that do not depend on the tasks', () => {
    const weights = kernel.initialWeights(network, { firstReplica: 100, replicas: TOTAL, restart: 1 });
    const zeroSteps = kernel.train({ ...network, steps: 0 }, { ...request, firstReplica: 100, replicas: TOTAL });
    expect(zeroSteps.weights).toEqual(weights);
  });
});

it('is the same beyond one group of results', () => {
  const request = { alice: table(3, 1), bob: table(3, 2), restart: 0 };
  for (const dtype of ['f32', 'f64'] as const) {
    const network: Network = { ...base, dtype, steps: 10, lossSteps: 'all', cosine: true };
    const whole = kernel.train(network, { ...request, firstReplica: 7, replicas: 150 });
    for (const k of [0, 63, 64, 127, 128, 149]) {
      const single = kernel.train(network, { ...request, firstReplica: 7 + k, replicas: 1 });
      expect(bytesOf(single, 1, 0)).toBe(bytesOf(whole, 150, k));
    }
    const weights = kernel.initialWeights(network, { firstReplica: 7, replicas: 150, restart: 0 });
    expect(weights).toEqual(
      kernel.train({ ...network, steps: 0 }, { ...request, firstReplica: 7, replicas: 150 }).weights,
    );
  }
});

it('does not depend on how the steps are cut into calls', () => {
  for (const [batch1, train] of [
    [false, 'trainTanh4Adam'],
    [true, 'trainTanhRowAdam'],
  ] as const) {
    const run = (chunk: number): string => {
      const exports = raw();
      exports.configure(false, 4, 3, 1, false, 2, 0.05, 300, batch1, true, 1, 0, 13, 5, 2, true);
      new Uint8Array(exports.memory.buffer, exports.targetsAddress(), 128).set(table(4, 3));
      exports.begin(0, 0);
      for (let t = 0; t < 300; t += chunk) exports[train](t, Math.min(t + chunk, 300));
      exports.finish(0);
      return Buffer.from(new Uint8Array(exports.memory.buffer).slice(exports.parametersAddress())).toString('base64');
    };
    const once = run(300);
    for (const chunk of [1, 7, 128]) expect(run(chunk) === once).toBe(true);
  }
});

it('really takes the slow path in some lanes of the large-weight cases', () => {
  const weights = kernel.initialWeights({ ...base, gain: 60 }, { firstReplica: 100, replicas: TOTAL, restart: 1 });
  const sizes = Array.from({ length: TOTAL * 3 }, (_, i) => {
    const at = Math.floor(i / 3) * 20 + (i % 3) * 6;
    return Array.from(weights.subarray(at, at + 4)).reduce((sum, w) => sum + Math.abs(w), 0);
  });
  const slow = sizes.filter((size) => size > 43).length;
  expect(slow).toBeGreaterThan(5);
  expect(slow).toBeLessThan(sizes.length - 5);
});
