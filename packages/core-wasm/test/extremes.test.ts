// Huge weights, diverging training and long runs: no NaN where none belongs, one NaN pattern where one does.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, raw, table } from './open.ts';

const range = { firstReplica: 0, replicas: 8, restart: 0 };

function tables(inputs: number) {
  return { alice: table(inputs, 1), bob: table(inputs, 2) };
}

function patterns(values: Float32Array | Float64Array): Set<string> {
  const size = values.BYTES_PER_ELEMENT;
  const found = new Set<string>();
  values.forEach((value, i) => {
    if (Number.isNaN(value)) found.add(Buffer.from(values.buffer.slice(i * size, (i + 1) * size)).toString('hex'));
  });
  return found;
}

describe.each(['sigmoid', 'tanh'] as const)('%s with initial weights up to 1e37', (activation) => {
  it.each([2, 3, 4, 5, 6])('%i inputs', (inputs) => {
    for (const coding of ['pm', '01'] as const) {
      const network: Network = {
        ...base,
        activation,
        inputs,
        hidden: 4,
        coding,
        gain: 1e37,
        optimizer: 'gd',
        steps: 30,
      };
      const block = kernel.train(network, { ...tables(inputs), ...range });
      expect(block.weights.every(Number.isFinite)).toBe(true);
      expect(block.outputs.every((output) => output >= 0 && output <= 1)).toBe(true);
      expect(block.losses.every((loss) => loss >= 0)).toBe(true);
    }
  });
});

it.each(['f32', 'f64'] as const)('%s: a diverging run leaves one NaN pattern', (dtype) => {
  for (const activation of ['relu', 'tanh'] as const) {
    const options = { activation, loss: 'mse', optimizer: 'momentum', learningRate: 1e3, steps: 400, dtype } as const;
    const network: Network = { ...base, ...options, lossSteps: 'all', cosine: true };
    const block = kernel.train(network, { ...tables(3), ...range });
    const all = [block.weights, block.logits, block.outputs, block.losses, block.cosine!];
    const found = new Set(all.flatMap((values) => [...patterns(values)]));
    expect([...found]).toEqual([dtype === 'f32' ? '0000c07f' : '000000000000f87f']);
  }
});

it('frozen weights stay as they are even when the heads diverge', () => {
  const network: Network = { ...base, sharing: 'frozen', loss: 'mse', optimizer: 'gd', learningRate: 1e4, steps: 300 };
  const block = kernel.train(network, { ...tables(3), ...range });
  const start = kernel.initialWeights(network, range);
  const hidden = (_: number, i: number): boolean => i % 20 < 18 && (i % 20) % 6 < 4;
  expect(block.weights.some(Number.isNaN)).toBe(true);
  expect(Array.from(block.weights).filter(hidden)).toEqual(Array.from(start).filter(hidden));
});

it('an Adam run longer than its table of rates goes on as Adam', () => {
  const network: Network = { ...base, inputs: 2, hidden: 1, steps: 42_000, learningRate: 1e-3, dtype: 'f64' };
  const short = kernel.train({ ...network, steps: 40_000 }, { ...tables(2), ...range, replicas: 2 });
  const long = kernel.train(network, { ...tables(2), ...range, replicas: 2 });
  expect(long.losses[0]).toBeLessThanOrEqual(short.losses[0] + 1e-9);
  expect(long.weights.every(Number.isFinite)).toBe(true);
});

it('losses stay accurate when a run has converged', () => {
  const network: Network = { ...base, inputs: 2, hidden: 4, steps: 5000, learningRate: 0.1 };
  const single = kernel.train(network, { ...tables(2), ...range });
  for (let k = 0; k < range.replicas; k++) {
    for (const head of [0, 1]) {
      const target = head === 0 ? tables(2).alice : tables(2).bob;
      let loss = 0;
      for (let row = 0; row < 4; row++) {
        const logit = single.logits[(k * 4 + row) * 2 + head];
        const v = target[row] ? -logit : logit;
        loss += (Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))) / 4;
      }
      expect(Math.abs(single.losses[2 * k + head] / loss - 1)).toBeLessThan(5e-6);
    }
  }
});

it.each([
  [1, false, 'trainRelu3Momentum'],
  [2, false, 'trainRelu3Adam'],
  [2, true, 'trainReluRowAdam'],
] as const)('optimizer %d, batch 1 %s: first moments of dead relu units end at zero', (optimizer, batch1, train) => {
  const exports = raw();
  const parameters = 6 * 8 + 2;
  exports.configure(false, 3, 8, 2, false, optimizer, 0.05, 3000, batch1, false, 3, 0, 8, 11, 0, false);
  new Uint8Array(exports.memory.buffer, exports.targetsAddress(), 128).set(table(3, 3));
  exports.begin(0, 0);
  for (let t = 0; t < 3000; t += 100) exports[train](t, t + 100);
  const moments = new Float32Array(
    exports.memory.buffer,
    exports.parametersAddress() + 16 * parameters,
    4 * parameters,
  );
  expect(moments.some((m) => m === 0)).toBe(true);
  expect(moments.every((m) => m === 0 || Math.abs(m) >= 1e-20)).toBe(true);
});
