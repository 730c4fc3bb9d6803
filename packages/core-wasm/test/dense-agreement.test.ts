// The dense kernel against the plain f64 reference: values, gradients and training for every option.

import { describe, expect, it } from 'vitest';
import type { DenseNetwork } from '../src/dense-network.ts';
import { base, off, open, rowsFor } from './dense-open.ts';
import * as reference from './dense-reference.ts';

const ACTIVATIONS = ['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'] as const;
const LOSSES = ['mse', 'half-mse', 'bce'] as const;
const OPTIMIZERS = ['gd', 'momentum', 'adam'] as const;

/** Everything one network can be asked, against the reference; weights drawn once, biases not zero. */
async function compare(options: Partial<DenseNetwork>, rows: number, steps: number): Promise<void> {
  const network = { ...base, ...options };
  const dense = await open(options);
  const data = rowsFor(network, rows, rows);
  const noise = rowsFor({ ...network, inputs: 1 }, dense.parameters, 3).inputs;
  const start = dense.weights().map((weight, p) => weight + 0.05 * noise[p]);
  dense.reset(start);
  const layers = reference.unflatten(network, start);
  const passes = reference.rowsOf(data.inputs, network.inputs).map((row) => reference.forward(network, layers, row));
  const depth = network.hidden.length;
  const answer = dense.evaluate(
    data.inputs,
    network.hidden.map((_, layer) => layer),
  );
  const value = (layer: number) => passes.flatMap((pass) => pass.values[layer]);
  expect(off(answer.logits, value(depth))).toBeLessThan(3e-6);
  for (const layer of network.hidden.keys()) expect(off(answer.hidden[layer], value(layer))).toBeLessThan(3e-6);
  const outputs = network.loss === 'bce' ? value(depth).map(reference.sigmoid) : value(depth);
  expect(off(answer.outputs, outputs)).toBeLessThan(3e-6);
  for (const head of [undefined, network.heads.length - 1]) {
    const expected = reference.gradient(network, layers, data, head).gradient;
    expect(off(dense.gradient(data, head), expected)).toBeLessThan(1e-5);
  }
  const trained = reference.train(network, start, data, steps);
  const trace = dense.train(data, { steps });
  expect(off(trace.losses, trained.losses)).toBeLessThan(1e-5);
  expect(off(dense.weights(), trained.weights)).toBeLessThan(network.optimizer === 'adam' ? 1e-4 : 1e-5);
}

describe('every activation, loss, optimizer and number of heads', () => {
  const heads = [[1], [2, 3]];
  const cases = ACTIVATIONS.flatMap((activation) =>
    LOSSES.flatMap((loss) =>
      OPTIMIZERS.flatMap((optimizer) => heads.map((widths) => ({ activation, loss, optimizer, heads: widths }))),
    ),
  );
  it.each(ACTIVATIONS)('%s', async (activation) => {
    for (const options of cases.filter((one) => one.activation === activation)) {
      // two and three rows take the sweeps, five the tiles
      for (const rows of [2, 3, 5]) await compare({ ...options, gain: 0.9 }, rows, 6);
    }
  });
});

describe('shapes', () => {
  it.each([1, 2, 3, 4, 16])('%i rows', async (rows) => {
    for (const optimizer of OPTIMIZERS) {
      await compare({ optimizer }, rows, 4);
      await compare({ optimizer, hidden: [40, 7, 101, 3, 64] }, rows, 4);
    }
  });

  it.each([1, 3, 7, 8, 64, 101])('width %i', async (width) => {
    for (const rows of [2, 4, 6]) {
      await compare({ hidden: [width, width, 9], activation: 'sigmoid' }, rows, 3);
      await compare({ inputs: width, hidden: [5], heads: [width], activation: 'swish' }, rows, 3);
    }
  });

  it.each([0, 1, 2, 3, 8, 20])('%i hidden layers, with and without the skip', async (depth) => {
    const hidden = new Array(depth).fill(6);
    for (const skip of [false, true]) {
      for (const rows of [2, 4])
        await compare({ hidden, skip, activation: 'leaky-relu', gain: skip ? 0.3 : 1 }, rows, 4);
    }
  });

  it('no bias, uniform weights, sums over outputs, weighted heads', async () => {
    for (const rows of [2, 7]) {
      await compare({ bias: false }, rows, 4);
      await compare({ initial: 'uniform', gain: 1.5 }, rows, 4);
      await compare({ reduction: 'sum', heads: [3, 1] }, rows, 4);
      await compare({ heads: [1, 2, 1], headWeights: [1, 0.25, 3] }, rows, 4);
    }
  });
});

describe('dropout', () => {
  it.each([2, 6])('is the masks of the step, %i rows', async (rows) => {
    for (const optimizer of OPTIMIZERS) {
      const network = { ...base, dropout: 0.3, optimizer, hidden: [9, 5, 7] };
      const dense = await open(network);
      const data = rowsFor(network, rows);
      const trained = reference.train(network, dense.weights(), data, 5);
      expect(off(dense.train(data, { steps: 5 }).losses, trained.losses)).toBeLessThan(1e-5);
      expect(off(dense.weights(), trained.weights)).toBeLessThan(1e-4);
    }
  });

  it('leaves evaluation and what is watched whole', async () => {
    const [plain, thinned] = [await open(), await open({ dropout: 0.5 })];
    const data = rowsFor(base, 4);
    expect(thinned.evaluate(data.inputs)).toEqual(plain.evaluate(data.inputs));
    const watch = { pairs: [[0, 1]] as [number, number][], layers: 'all' as const };
    const [a, b] = [plain, thinned].map((dense) => dense.train(data, { steps: 1 }, watch));
    expect(b.distances).toEqual(a.distances);
    expect(b.outputs).toEqual(a.outputs);
    expect(b.losses).not.toEqual(a.losses);
  });
});

describe('the reference', () => {
  it('has the gradient that finite differences find', () => {
    for (const activation of ACTIVATIONS) {
      for (const loss of LOSSES) {
        const network: DenseNetwork = { ...base, activation, loss, skip: true, hidden: [4, 4, 4, 4], heads: [2, 1] };
        const data = rowsFor(network, 3);
        const flat = reference.flatten(network, reference.initialLayers(network)).map((w) => w + 0.03);
        const total = (weights: number[]) =>
          reference.gradient(network, reference.unflatten(network, weights), data).losses.reduce((a, b) => a + b);
        const { gradient } = reference.gradient(network, reference.unflatten(network, flat), data);
        const slopes = flat.map((_, p) => {
          const moved = (by: number) => total(flat.map((w, q) => (q === p ? w + by : w)));
          return (moved(1e-6) - moved(-1e-6)) / 2e-6;
        });
        expect(off(gradient, slopes)).toBeLessThan(1e-7);
      }
    }
  });
});
