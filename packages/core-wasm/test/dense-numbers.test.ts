// Where the dense kernel's numbers come from and what becomes of those that overflow.

import { describe, expect, it } from 'vitest';
import { base, bits, module, off, open, rowsFor } from './dense-open.ts';
import * as reference from './dense-reference.ts';

const { normal } = new WebAssembly.Instance(module).exports as { normal(word: number): number };

describe('normal numbers', () => {
  it('are the quantiles of the words', () => {
    const words = Array.from({ length: 2000 }, (_, i) => Math.round((i / 1999) * (2 ** 32 - 1)));
    const tails = [0, 1, 2, 77, 2 ** 20, 2 ** 28, 0x13333333, 0x13333334, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
    for (const word of [...words, ...tails]) {
      expect(Math.abs(normal(word) - reference.normalQuantile((word + 0.5) / 2 ** 32))).toBeLessThan(1e-9);
    }
    // R 4: qnorm(c(.975, .75, .999))
    for (const [p, x] of [
      [0.975, 1.959963984540054],
      [0.75, 0.6744897501960817],
      [0.999, 3.090232306167813],
    ]) {
      expect(normal(Math.round(p * 2 ** 32))).toBeCloseTo(x, 6);
    }
  });

  it('are odd about the middle', () => {
    for (const word of [0, 12345, 2 ** 30, 2 ** 31 - 1]) expect(normal(word)).toBe(-normal(2 ** 32 - 1 - word));
  });
});

describe('initial weights', () => {
  it.each(['xavier-normal', 'uniform'] as const)(
    '%s are the reference to the last f32 bit but one',
    async (initial) => {
      for (const bias of [true, false]) {
        const network = { ...base, initial, gain: 0.7, bias, hidden: [5, 11], replica: 4_000_000_000, restart: 9 };
        const expected = reference.flatten(network, reference.initialLayers(network));
        const weights = (await open(network)).weights();
        expect(weights.length).toBe(expected.length);
        for (const [p, weight] of weights.entries()) {
          expect(Math.abs(weight - expected[p])).toBeLessThanOrEqual(6e-8 * Math.abs(expected[p]));
        }
      }
    },
  );

  it('have the variance that gain and widths ask for', async () => {
    const weights = (await open({ inputs: 400, hidden: [], heads: [200], bias: false, gain: 1.5 })).weights();
    const sd = 1.5 * Math.sqrt(2 / 600);
    const moment = (k: number) => weights.reduce((sum, weight) => sum + (weight / sd) ** k, 0) / weights.length;
    // four standard errors of each moment of 80,000 normal numbers
    for (const [k, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ]) {
      expect(Math.abs(moment(k) - expected)).toBeLessThan(4 * Math.sqrt(variance / weights.length));
    }
  });

  it('differ by seed, replica and restart', async () => {
    const all = await Promise.all([{}, { seed: 7 }, { replica: 1 }, { restart: 1 }].map((options) => open(options)));
    expect(new Set(all.map((dense) => dense.weights().join())).size).toBe(4);
  });
});

describe('overflow', () => {
  const canonical = (array: Float32Array) => {
    const words = new Uint32Array(array.buffer);
    return array.every((x, i) => !Number.isNaN(x) || words[i] === 0x7fc00000);
  };

  it.each([2, 6])('shows as NaN with one bit pattern, not as a number, %i rows', async (rows) => {
    for (const optimizer of ['gd', 'momentum', 'adam'] as const) {
      const network = { ...base, optimizer, activation: 'linear' as const, learningRate: 1e30 };
      const dense = await open(network);
      const { losses } = dense.train(rowsFor(network, rows), { steps: 12 });
      const weights = dense.weights();
      expect(Number.isFinite(losses[losses.length - 1])).toBe(false);
      expect(weights.some((weight) => Number.isNaN(weight))).toBe(true);
      expect(canonical(weights)).toBe(true);
      const answer = dense.evaluate(rowsFor(network, 3).inputs, [0, 1]);
      expect(answer.outputs.every(Number.isFinite)).toBe(false);
      for (const array of [answer.outputs, answer.logits, ...answer.hidden]) expect(canonical(array)).toBe(true);
      dense.reset();
      expect(dense.weights()).toEqual((await open(network)).weights());
      expect(dense.evaluate(rowsFor(network, 3).inputs).outputs.every(Number.isFinite)).toBe(true);
    }
  });

  it('lets a NaN through every activation', async () => {
    for (const activation of ['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'] as const) {
      for (const loss of ['mse', 'bce'] as const) {
        const dense = await open({ activation, loss });
        const start = dense.weights();
        start[0] = Number.NaN;
        dense.reset(start);
        const { outputs, logits } = dense.evaluate(Float32Array.of(1, 1, 1));
        expect([...outputs, ...logits].every(Number.isNaN)).toBe(true);
      }
    }
  });

  it.each(['tanh', 'sigmoid', 'elu', 'swish', 'leaky-relu'] as const)('%s is right far from 0', async (activation) => {
    const dense = await open({ inputs: 1, hidden: [1], heads: [1], activation, bias: false });
    dense.reset(Float32Array.of(1, 1));
    const xs = Float32Array.of(
      -1e30,
      -300,
      -90,
      -40,
      -20,
      -8,
      -1,
      -1e-3,
      -1e-6,
      0,
      1e-6,
      1e-3,
      1,
      8,
      20,
      40,
      90,
      300,
      1e30,
    );
    const { logits } = dense.evaluate(xs);
    for (const [i, x] of xs.entries()) {
      const value = activation === 'swish' && x < -100 ? 0 : reference.activate(activation, x)[0];
      expect(Math.abs(logits[i] - value)).toBeLessThanOrEqual(
        6e-7 * Math.max(Math.min(1, Math.abs(x)), Math.abs(value)),
      );
    }
  });

  it('keeps cross-entropy finite for sums that f32 sigmoids round to 0 or 1', async () => {
    const dense = await open({ inputs: 1, hidden: [], heads: [1], loss: 'bce', bias: false });
    dense.reset(Float32Array.of(1));
    const { losses } = dense.train({ inputs: Float32Array.of(-500), targets: Float32Array.of(1) }, { steps: 1 });
    expect(losses[0]).toBe(500);
    expect(off(dense.weights(), [1 - base.learningRate * 500])).toBeLessThan(1e-6);
  });

  it('gives the same bits for a NaN in every run', async () => {
    const runs = await Promise.all([0, 1].map(() => open({ learningRate: 1e20, activation: 'swish' })));
    const data = rowsFor(base, 5);
    for (const dense of runs) dense.train(data, { steps: 9 });
    expect(bits(runs[0].weights()).equals(bits(runs[1].weights()))).toBe(true);
  });
});
