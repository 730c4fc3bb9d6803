// Bytes depend on the network and its rows alone: not on the instance, on how the steps are cut into calls, nor on what was
// computed in between.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DenseNetwork, DenseWatch } from '../src/dense-network.ts';
import { base, bits, off, open, rowsFor } from './dense-open.ts';

const NETWORKS: Partial<DenseNetwork>[] = [
  {},
  { optimizer: 'momentum', hidden: [101, 101, 101], skip: true, activation: 'swish' },
  { optimizer: 'adam', heads: [1, 3], loss: 'bce', activation: 'elu' },
  { optimizer: 'adam', dropout: 0.25, activation: 'sigmoid', initial: 'uniform' },
];

const same = (a: Float32Array | Float64Array, b: Float32Array | Float64Array) =>
  expect(bits(a).equals(bits(b))).toBe(true);

describe('the same bytes', () => {
  it.each(NETWORKS)('in two instances and in any cut of the steps, %o', async (options) => {
    const network = { ...base, ...options };
    for (const rows of [2, 7]) {
      const data = rowsFor(network, rows);
      const [whole, cut, busy] = await Promise.all([open(network), open(network), open(network)]);
      const { losses } = whole.train(data, { steps: 30 });
      const parts = [7, 1, 0, 22].map((steps) => cut.train(data, { steps }).losses);
      same(Float64Array.from(parts.flatMap((part) => [...part])), losses);
      same(cut.weights(), whole.weights());
      for (let step = 0; step < 30; step++) {
        busy.train(data, { steps: 1 }, { pairs: [[0, 1]], layers: 'all' });
        busy.evaluate(rowsFor(network, 16 + step, step).inputs, [0]);
        busy.gradient(rowsFor(network, 1 + (step % 16)));
      }
      same(busy.weights(), whole.weights());
      expect([whole.steps, cut.steps, busy.steps]).toEqual([30, 30, 30]);
      busy.reset();
      busy.train(data, { steps: 30 });
      same(busy.weights(), whole.weights());
    }
  });

  it('for a row among any others in evaluation', async () => {
    const dense = await open({ hidden: [101, 7], rows: 5 });
    const { inputs } = rowsFor(base, 23);
    const all = dense.evaluate(inputs, [0, 1]);
    for (let row = 0; row < 23; row++) {
      const one = dense.evaluate(inputs.slice(3 * row, 3 * row + 3), [0, 1]);
      same(one.logits, all.logits.slice(2 * row, 2 * row + 2));
      same(one.hidden[0], all.hidden[0].slice(101 * row, 101 * row + 101));
      same(one.hidden[1], all.hidden[1].slice(7 * row, 7 * row + 7));
    }
  });

  it('whatever rows a larger batch left behind', async () => {
    const network: Partial<DenseNetwork> = { hidden: [40, 7, 101], optimizer: 'momentum' };
    for (const [rows, before] of [
      [1, 2],
      [3, 4],
      [5, 8],
    ]) {
      const [fresh, used] = await Promise.all([open(network), open(network)]);
      const data = rowsFor(base, rows);
      used.evaluate(new Float32Array(3 * before).fill(Number.NaN));
      used.gradient({ inputs: new Float32Array(3 * before).fill(1e38), targets: new Float32Array(2 * before) });
      for (const dense of [fresh, used]) dense.train(data, { steps: 3 });
      same(used.weights(), fresh.weights());
    }
  });

  // A change of this hash changes every published dense result: it must be the same on every engine and machine.
  it('on every engine', async () => {
    const hash = createHash('sha256');
    for (const options of NETWORKS) {
      const network = { ...base, ...options };
      for (const rows of [1, 2, 4, 13]) {
        const dense = await open(network);
        const { losses } = dense.train(rowsFor(network, rows), { steps: 40 });
        hash.update(bits(losses)).update(bits(dense.weights()));
        hash.update(bits(dense.evaluate(rowsFor(network, 5, 2).inputs).outputs));
      }
    }
    expect(hash.digest('hex')).toBe('b5fb517912ad562d958e960347287b1e7794a090d05495a28bb333f6ee9802a7');
  });

  it('for weights read and put back', async () => {
    const [first, second] = await Promise.all([open(), open({ seed: 99 })]);
    const data = rowsFor(base, 6);
    first.train(data, { steps: 10 });
    second.reset(first.weights());
    first.train(data, { steps: 10 });
    second.train(data, { steps: 10 });
    same(first.weights(), second.weights());
  });
});

describe('batches', () => {
  it('are the rows that the order names', async () => {
    const data = rowsFor(base, 12);
    const [ordered, byHand] = await Promise.all([open({ optimizer: 'adam' }), open({ optimizer: 'adam' })]);
    const order = ordered.order(12, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, row) => row));
    expect(ordered.order(12, 3)).toEqual(order);
    expect(ordered.order(12, 4)).not.toEqual(order);
    const { losses } = ordered.train(data, { batch: 4, order });
    const pick = (array: Float32Array, width: number, rows: Uint32Array) =>
      Float32Array.from([...rows].flatMap((row) => [...array.subarray(row * width, (row + 1) * width)]));
    const expected = [0, 4, 8].map((from) => {
      const rows = order.subarray(from, from + 4);
      const batch = { inputs: pick(data.inputs, 3, rows), targets: pick(data.targets, 2, rows) };
      return byHand.train(batch, { steps: 1 }).losses[0];
    });
    same(losses, Float64Array.from(expected));
    same(ordered.weights(), byHand.weights());
  });
});

describe('what is watched', () => {
  it('is the distances and outputs of the weights before each step', async () => {
    const network: DenseNetwork = { ...base, hidden: [9, 9, 9], skip: true, loss: 'bce' };
    const watch: DenseWatch = {
      pairs: [
        [0, 1],
        [2, 4],
      ],
      layers: [2, 0, 3],
    };
    const data = rowsFor(network, 5);
    const dense = await open(network);
    const twin = await open(network);
    const { distances, outputs } = dense.train(data, { steps: 4 }, watch);
    expect([distances?.length, outputs?.length]).toEqual([24, 40]);
    for (let step = 0; step < 4; step++) {
      const { hidden, logits, outputs: now } = twin.evaluate(data.inputs, [0, 1, 2]);
      same(outputs!.slice(step * 10, step * 10 + 10), now);
      const expected = watch.pairs.flatMap(([r, s]) =>
        [hidden[2], hidden[0], logits].map((values) => {
          const width = values.length / 5;
          let sum = 0;
          for (let i = 0; i < width; i++) sum += (values[r * width + i] - values[s * width + i]) ** 2;
          return sum;
        }),
      );
      expect(off(distances!.slice(step * 6, step * 6 + 6), expected)).toBeLessThan(1e-12);
      twin.train(data, { steps: 1 });
    }
  });
});

describe('what descends', () => {
  it('is the gradient: one step of gd moves by it', async () => {
    for (const rows of [1, 2, 3, 9]) {
      const dense = await open({ heads: [2, 1], headWeights: [1, 0.5], learningRate: 1 });
      const data = rowsFor({ ...base, heads: [2, 1] }, rows);
      const before = dense.weights();
      const all = dense.gradient(data);
      const [first, second] = [dense.gradient(data, 0), dense.gradient(data, 1)];
      expect(
        off(
          first.map((g, p) => g + second[p]),
          all,
        ),
      ).toBeLessThan(1e-6);
      dense.train(data, { steps: 1 });
      const after = dense.weights();
      expect(
        off(
          before.map((w, p) => w - all[p]),
          after,
        ),
      ).toBeLessThan(1e-7);
    }
  });

  it('learns the two points of the effective theory', async () => {
    const dense = await open({
      inputs: 1,
      hidden: new Array(8).fill(50),
      heads: [1],
      activation: 'leaky-relu',
      learningRate: 0.02,
      rows: 2,
    });
    const data = { inputs: Float32Array.of(-1, 0), targets: Float32Array.of(0.6, 1.307) };
    const { losses } = dense.train(data, { steps: 3000 });
    expect(losses[0]).toBeGreaterThan(0.2);
    expect(losses[2999]).toBeLessThan(1e-6);
  });
});
