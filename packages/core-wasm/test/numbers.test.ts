// The kernel's own exponential, sigmoid, tanh and logarithm, and the exp-product activations and derivatives in place.

import { describe, expect, it } from 'vitest';
import { random, raw } from './open.ts';

const SIGMOID = 0;
const TANH = 1;
const EXP = 2;
const LOG1P = 3;

const exports = raw();
exports.configure(false, 1, 1, 0, false, 0, 1, 1, false, true, 1, 0, 2, 0, 0, false);

function apply(dtype: 'f32' | 'f64', kind: number, values: number[]): number[] {
  const at = exports.parametersAddress();
  const lanes = dtype === 'f32' ? 4 : 2;
  const View = dtype === 'f32' ? Float32Array : Float64Array;
  const view = new View(exports.memory.buffer, at, lanes);
  const result: number[] = [];
  for (let i = 0; i < values.length; i += lanes) {
    for (let lane = 0; lane < lanes; lane++) view[lane] = values[Math.min(i + lane, values.length - 1)];
    exports[dtype === 'f32' ? 'apply32' : 'apply64'](kind, at);
    for (let lane = 0; lane < lanes && i + lane < values.length; lane++) result.push(view[lane]);
  }
  return result;
}

function worst(got: number[], expected: number[], relative: boolean): number {
  return got.reduce((most, value, i) => {
    const error = Math.abs(value - expected[i]) / (relative ? Math.abs(expected[i]) : 1);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
  }, 0);
}

function points(dtype: 'f32' | 'f64', reach: number): number[] {
  const next = random(reach);
  const round = dtype === 'f32' ? Math.fround : (x: number) => x;
  return Array.from({ length: 20_000 }, (_, i) => round((next() * 2 - 1) * (i % 4 === 0 ? 1 : reach)));
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** The product form keeps a hidden weight w as this times w; gradient descent scales its derivatives so too. */
const scaleOf = (isTanh: boolean) => (isTanh ? -2 : -1) * Math.LOG2E;

describe.each([
  ['f32', 2e-7, 4e-7, 4e-6, 5e-7],
  ['f64', 1e-15, 1e-15, 1e-14, 1e-15],
] as const)('%s functions', (dtype, sigmoidBound, tanhBound, expBound, logBound) => {
  it.each([3, 8, 20, 60])('reach %i', (reach) => {
    const x = points(dtype, reach);
    expect(worst(apply(dtype, SIGMOID, x), x.map(sigmoid), false)).toBeLessThan(sigmoidBound);
    expect(worst(apply(dtype, TANH, x), x.map(Math.tanh), false)).toBeLessThan(tanhBound);
    expect(worst(apply(dtype, EXP, x), x.map(Math.exp), true)).toBeLessThan(expBound);
  });

  it('ln(1 + p) is accurate in relative terms from tiny to huge', () => {
    const round = dtype === 'f32' ? Math.fround : (x: number) => x;
    const p = Array.from({ length: 20_000 }, (_, i) => round(10 ** ((i % 56) - 37 + ((i * 0.61803) % 1))));
    expect(worst(apply(dtype, LOG1P, p), p.map(Math.log1p), true)).toBeLessThan(logBound);
    expect(apply(dtype, LOG1P, [0, 0, 0, 0])[0]).toBe(0);
  });

  it('passes NaN on and saturates at infinity', () => {
    const wild = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];
    const [nan, high, low, large] = apply(dtype, SIGMOID, wild);
    expect(nan).toBeNaN();
    expect([high, large]).toEqual([1, 1]);
    expect(low).toBeLessThan(1e-37);
    const [tanhNan, ...rest] = apply(dtype, TANH, wild);
    expect(tanhNan).toBeNaN();
    expect(worst(rest, [1, -1, 1], false)).toBeLessThan(tanhBound);
  });
});

it.each([
  ['sigmoid', 0],
  ['tanh', 1],
])('%s of the direct form, whose constants are its own, has the bits of the tested one', (_, kind) => {
  const kernel = raw();
  kernel.configure(false, 1, 4, kind, false, 0, 1, 1, false, false, 1, 0, 2, 0, 0, false);
  kernel.begin(0, 0);
  const w = new Float32Array(kernel.memory.buffer, kernel.parametersAddress(), 4 * 4 * 4);
  const h = new Float32Array(kernel.memory.buffer, kernel.activationsAddress(), 4 * 2 * 4);
  const next = random(11);
  for (const reach of [1e-3, 1, 8, 100, 1e30]) {
    for (let trial = 0; trial < 100; trial++) {
      const biases = Array.from({ length: 16 }, () => Math.fround((next() * 2 - 1) * reach));
      w.fill(0);
      biases.forEach((bias, i) => {
        w[(i >> 2) * 16 + (i & 3)] = bias;
      });
      kernel.finish(0);
      const got = biases.map((_, i) => h[(i >> 2) * 8 + (i & 3)]);
      expect(got).toEqual(apply('f32', kind, biases));
    }
  }
});

describe('the exp-product form', () => {
  const combinations = [2, 3, 4, 5, 6].flatMap((inputs) =>
    ([false, true] as const).flatMap((isTanh) => ([false, true] as const).map((pm) => ({ inputs, isTanh, pm }))),
  );

  it.each(combinations)('activations of $inputs inputs, tanh $isTanh, pm $pm', ({ inputs, isTanh, pm }) => {
    const kernel = raw();
    const units = 4;
    const rows = 1 << inputs;
    kernel.configure(false, inputs, units, isTanh ? 1 : 0, false, 0, 1, 1, false, pm, 1, 0, rows, 0, 0, false);
    kernel.begin(0, 0);
    const w = new Float32Array(kernel.memory.buffer, kernel.parametersAddress(), units * (inputs + 3) * 4);
    const s = new Float32Array(kernel.memory.buffer, kernel.activationsAddress(), units * rows * 4);
    const next = random(inputs);
    const scale = scaleOf(isTanh);
    // Absolute errors: 5e-7 up to |w| = 3, then 1.5 times the direct form's for three inputs coded 0/1, more where the product
    // has more factors or -1/+1 doubles tanh's exponents.
    let outside = 0;
    for (const [reach, threeInputs] of [
      [1, 5e-7],
      [3, 5e-7],
      [8, 1.05e-6],
      [20, 4.5e-6],
      [60, 2e-5],
      [1e4, 2],
    ]) {
      const bound = reach <= 3 ? 5e-7 : threeInputs * Math.max(1, (inputs + 1) / 4) * (isTanh && pm ? 2.5 : 1);
      let most = 0;
      for (let trial = 0; trial < 6400 / rows; trial++) {
        for (let i = 0; i < w.length; i++) w[i] = (next() * 2 - 1) * reach * scale;
        kernel.finish(0);
        for (let unit = 0; unit < units; unit++)
          for (let lane = 0; lane < 4; lane++)
            for (let row = 0; row < rows; row++) {
              const weight = (place: number) => w[(unit * (inputs + 3) + place) * 4 + lane] / scale;
              let z = weight(0);
              for (let i = 0; i < inputs; i++) z += weight(i + 1) * ((row >> i) & 1 ? 1 : pm ? -1 : 0);
              const value = s[(unit * rows + row) * 4 + lane];
              if (!(value >= 0 && value <= 1)) outside++;
              most = Math.max(most, Math.abs(isTanh ? 2 * value - 1 - Math.tanh(z) : value - sigmoid(z)));
            }
      }
      expect(most, `reach ${reach}`).toBeLessThan(bound);
    }
    expect(outside).toBe(0);
  });

  it.each([
    [false, 8],
    [false, 60],
    [true, 8],
    [true, 1e30],
  ])('head derivatives, tanh %s, logits to %d', (isTanh, reach) => {
    const kernel = raw();
    kernel.configure(false, 2, 1, isTanh ? 1 : 0, false, 0, 1, 1, false, false, 1, 0, 4, 0, 0, false);
    new Uint8Array(kernel.memory.buffer, kernel.targetsAddress(), 128).set([0, 1, 0, 1]);
    const next = random(7);
    let most = 0;
    for (let trial = 0; trial < 5000; trial++) {
      kernel.begin(0, 0);
      const w = new Float32Array(kernel.memory.buffer, kernel.parametersAddress(), 7 * 4).fill(0);
      for (let lane = 0; lane < 4; lane++) w[5 * 4 + lane] = (next() * 2 - 1) * reach;
      const logits = Array.from(w.subarray(20, 24));
      kernel[isTanh ? 'trainTanh2Gd' : 'trainSigmoid2Gd'](0, 1);
      const deltas = new Float32Array(kernel.memory.buffer, kernel.derivativesAddress(), 4 * 8);
      for (let row = 0; row < 4; row++)
        for (let lane = 0; lane < 4; lane++) {
          const got = (deltas[row * 8 + lane] * (isTanh ? 1 : 4)) / scaleOf(isTanh); // the mean of 4 rows, for tanh times 4
          const expected = row % 2 ? -sigmoid(-logits[lane]) : sigmoid(logits[lane]);
          most = Math.max(most, Math.abs(got - expected));
        }
    }
    expect(most).toBeLessThan(2e-7);
  });
});
