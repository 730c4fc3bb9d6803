// The convolutional network: against the plain f64 reference, the same bytes however it is driven, and what is refused.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DenseNetwork } from '../src/dense-network.ts';
import { denseShapes, hiddenWidths } from '../src/dense-network.ts';
import * as reference from './convolution-reference.ts';
import { base, bits, off, open, rowsFor } from './dense-open.ts';
import { sigmoid, unflatten } from './dense-reference.ts';

const net: DenseNetwork = { ...base, hidden: [30], convolution: { channels: 5, kernel: 4, layers: 3 }, rows: 3 };
const all = { pairs: [[0, 1]] as [number, number][], layers: 'all' as const };

/** Hidden values, outputs, gradients and a few steps; the weights drawn once, the biases not zero. */
async function compare(options: Partial<DenseNetwork>, rows = 2, steps = 4): Promise<void> {
  const network = { ...net, ...options };
  const dense = await open(network);
  const data = rowsFor(network, rows, 7);
  const noise = rowsFor({ ...network, inputs: 1 }, dense.parameters, 3).inputs;
  const start = network.bias ? dense.weights().map((weight, p) => weight + 0.05 * noise[p]) : dense.weights();
  dense.reset(start);
  expect(dense.weights()).toEqual(start);
  const layers = unflatten(network, start);
  const passes = Array.from({ length: rows }, (_, r) =>
    reference.forward(network, layers, Array.from(data.inputs.subarray(r * network.inputs, (r + 1) * network.inputs))),
  );
  const widths = hiddenWidths(network);
  const answer = dense.evaluate(data.inputs, [...widths.keys()]);
  const value = (layer: number) => passes.flatMap(({ values }) => values[layer].flat());
  for (const layer of widths.keys()) {
    expect(answer.hidden[layer].length).toBe(rows * widths[layer]);
    expect(off(answer.hidden[layer], value(layer))).toBeLessThan(5e-6);
  }
  expect(off(answer.logits, value(widths.length))).toBeLessThan(5e-6);
  const outputs = network.loss === 'bce' ? value(widths.length).map(sigmoid) : value(widths.length);
  expect(off(answer.outputs, outputs)).toBeLessThan(5e-6);
  for (const head of [undefined, network.heads.length - 1]) {
    expect(off(dense.gradient(data, head), reference.gradient(network, start, data, head).gradient)).toBeLessThan(1e-5);
  }
  const trained = reference.train(network, start, data, steps);
  expect(off(dense.train(data, { steps }).losses, trained.losses)).toBeLessThan(1e-5);
  expect(off(dense.weights(), trained.weights)).toBeLessThan(1e-5);
}

describe('against the reference', () => {
  it.each(['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'] as const)('%s', async (activation) => {
    for (const loss of ['mse', 'half-mse', 'bce'] as const) await compare({ activation, loss, heads: [2, 1] });
  });

  it.each([
    [{ channels: 1, kernel: 1, layers: 1 }, 1],
    [{ channels: 3, kernel: 2, layers: 1 }, 9],
    [{ channels: 4, kernel: 3, layers: 2 }, 5], // one position left
    [{ channels: 9, kernel: 5, layers: 2 }, 16],
    [{ channels: 20, kernel: 11, layers: 2 }, 35],
    [{ channels: 2, kernel: 12, layers: 4 }, 101],
  ])('%o along %i', async (convolution, width) => {
    for (const rows of [1, 2, 3]) await compare({ convolution, hidden: [width] }, rows);
    await compare({ convolution, hidden: [width], bias: false, reduction: 'sum', headWeights: [0.5] });
  });

  it('starts from the weights that torch’s fans give', async () => {
    const network = { ...net, gain: 0.95 };
    expect(off((await open(network)).weights(), reference.initialWeights(network))).toBeLessThan(1e-6);
  });

  it('which has the gradient that finite differences find', () => {
    const network = { ...net, hidden: [12], activation: 'tanh' as const, heads: [2, 1] };
    const data = rowsFor(network, 2);
    const flat = reference.initialWeights(network).map((weight) => weight + 0.03);
    const total = (weights: number[]) => reference.gradient(network, weights, data).losses.reduce((a, b) => a + b);
    const slopes = flat.map((_, p) => {
      const moved = (by: number) => total(flat.map((weight, q) => (q === p ? weight + by : weight)));
      return (moved(1e-6) - moved(-1e-6)) / 2e-6;
    });
    expect(off(reference.gradient(network, flat, data).gradient, slopes)).toBeLessThan(1e-7);
  });
});

describe('what a training leaves', () => {
  const same = (a: Float32Array | Float64Array, b: Float32Array | Float64Array) =>
    expect(bits(a).equals(bits(b))).toBe(true);

  it('is the same bytes in any cut of the steps, and whatever came before', async () => {
    const data = rowsFor(net, 2);
    const [whole, cut, busy] = await Promise.all([open(net), open(net), open(net)]);
    const trace = whole.train(data, { steps: 30 }, all);
    const parts = [10, 1, 0, 19].map((steps) => cut.train(data, { steps }, all));
    same(Float64Array.from(parts.flatMap(({ losses }) => [...losses])), trace.losses);
    same(Float64Array.from(parts.flatMap(({ distances }) => [...distances!])), trace.distances!);
    same(Float32Array.from(parts.flatMap(({ outputs }) => [...outputs!])), trace.outputs!);
    same(cut.weights(), whole.weights());
    for (let step = 0; step < 30; step++) {
      busy.train(data, { steps: 1 });
      busy.evaluate(new Float32Array(3 * (1 + (step % 5))).fill(step % 2 ? Number.NaN : 1e30), [0, 2]);
      busy.gradient(rowsFor(net, 1 + (step % 3)));
    }
    same(busy.weights(), whole.weights());
    busy.reset();
    busy.train(data, { steps: 30 });
    same(busy.weights(), whole.weights());
  });

  it('is watched: distances over channels and positions, before each update', async () => {
    const data = rowsFor(net, 3);
    const [dense, twin] = await Promise.all([open(net), open(net)]);
    const { distances, outputs } = dense.train(data, { steps: 3 }, { pairs: [[0, 2]], layers: [3, 0, 1, 4] });
    for (let step = 0; step < 3; step++) {
      const { hidden, logits } = twin.evaluate(data.inputs, [0, 1, 2, 3]);
      same(outputs!.slice(step * 6, step * 6 + 6), logits);
      const expected = [hidden[3], hidden[0], hidden[1], logits].map((values) => {
        const width = values.length / 3;
        let sum = 0;
        for (let i = 0; i < width; i++) sum += (values[2 * width + i] - values[i]) ** 2;
        return sum;
      });
      expect(off(distances!.slice(step * 4, step * 4 + 4), expected)).toBeLessThan(1e-12);
      twin.train(data, { steps: 1 });
    }
  });

  it('says with no number, and no other error, that it diverged', async () => {
    const dense = await open({ ...net, activation: 'leaky-relu', learningRate: 1e6 });
    const { losses } = dense.train(rowsFor(net, 2), { steps: 40 });
    expect(losses.at(-1)).toBe(Number.NaN);
  });

  // A change of this hash changes published results: it must be the same on every engine and machine.
  it('is the same on every engine', async () => {
    const hash = createHash('sha256');
    for (const activation of ['leaky-relu', 'tanh', 'elu'] as const) {
      for (const rows of [1, 2, 3]) {
        const dense = await open({ ...net, activation });
        const { losses, distances } = dense.train(
          rowsFor(net, rows),
          { steps: 40 },
          { pairs: [[0, rows - 1]], layers: 'all' },
        );
        hash.update(bits(losses)).update(bits(distances!)).update(bits(dense.weights()));
      }
    }
    expect(hash.digest('hex')).toBe('7fd65c4c5e8a5ee9764ce06636a33434064bf734031ef5f9a7e2fe8bdb29b36a');
  });

  it('is an answer: the two points of the effective theory', async () => {
    const dense = await open({
      ...{ ...net, inputs: 1, heads: [1], hidden: [100], activation: 'leaky-relu', learningRate: 0.01, seed: 1 },
      convolution: { channels: 16, kernel: 7, layers: 7 },
    });
    const data = { inputs: Float32Array.of(-1, 0), targets: Float32Array.of(0.6, 1.307) };
    const { losses } = dense.train(data, { steps: 500 });
    expect(losses[0]).toBeGreaterThan(0.1);
    expect(losses[499]).toBeLessThan(1e-6);
  });
});

describe('shapes', () => {
  it('are those of the paper’s network', async () => {
    const network = {
      ...net,
      inputs: 1,
      heads: [1],
      hidden: [500],
      convolution: { channels: 20, kernel: 11, layers: 11 },
    };
    expect(hiddenWidths(network)).toEqual([500, ...Array.from({ length: 10 }, (_, l) => 20 * (490 - 10 * l)), 390]);
    expect(denseShapes(network).slice(0, 3)).toEqual([
      [1, 500],
      [11, 20],
      [220, 20],
    ]);
    expect(denseShapes(network).slice(-2)).toEqual([
      [220, 1],
      [390, 1],
    ]);
    expect((await open(network)).parameters).toBe(1000 + 240 + 9 * 4420 + 221 + 391);
  });
});

describe('errors', () => {
  const { convolution } = net;
  it.each<[Record<string, unknown>, string]>([
    [{ optimizer: 'adam' }, 'core-wasm: optimizer must be "gd" with convolution, got "adam"'],
    [{ skip: true }, 'core-wasm: skip must be false with convolution, got true'],
    [{ dropout: 0.1 }, 'core-wasm: dropout must be 0 with convolution, got 0.1'],
    [{ hidden: [30, 30] }, 'core-wasm: hidden must be one width with convolution, got "30, 30"'],
    [{ hidden: [9] }, 'core-wasm: hidden[0] must be at least 10 with 3 convolutions of 4, got 9'],
    [{ convolution: { ...convolution, kernel: 0 } }, 'convolution.kernel must be an integer from 1 to 65536, got 0'],
    [{ convolution: { ...convolution, channels: 1.5 } }, 'convolution.channels must be an integer from 1'],
    [{ convolution: { ...convolution, layers: 0 } }, 'convolution.layers must be an integer from 1 to 1022, got 0'],
    [
      { convolution: { ...convolution, stride: 2 } },
      'a field of convolution must be channels, kernel or layers, got "stride"',
    ],
    [{ convolution: null }, 'convolution must be an object of channels, kernel and layers, got null'],
  ])('%o', async (options, message) => {
    await expect(open({ ...net, ...options } as DenseNetwork)).rejects.toThrow(message);
  });

  it('names a layer beyond the last convolution', async () => {
    const dense = await open(net);
    expect(() => dense.evaluate(new Float32Array(3), [4])).toThrow('layers[0] must be an integer from 0 to 3, got 4');
  });
});
