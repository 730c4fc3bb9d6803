// The custom gradients against central differences of the same formulas in plain float64 JavaScript, on each backend.
import tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import {
  dot,
  frozenDense,
  gelu,
  type Layer,
  layerNorm,
  matmul,
  plus,
  tanhGelu,
  scale as times,
} from '../../src/bert/ops.ts';
import { dice } from '../support.ts';
import { describeBackends } from './support.ts';

const ROWS = 3;
const WIDTH = 5;
const OUT = 4;
const TOLERANCE = 2e-5;

const roll = dice(7);
const numbers = (count: number): number[] => Array.from({ length: count }, () => Math.fround(roll(4001) / 1000 - 2));
const [x, w, b, scale, shift, bias] = [ROWS * WIDTH, WIDTH * OUT, WIDTH * OUT, WIDTH, WIDTH, OUT].map(numbers);

type Plain = (x: number[]) => number[];

const product = (rows: number, inner: number, a: number[], c: number[]): number[] => {
  const columns = c.length / inner;
  return Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return Array.from({ length: inner }, (_, k) => a[i * inner + k] * c[k * columns + j]).reduce((s, v) => s + v, 0);
  });
};

/** [rows, columns] to [columns, rows]. */
const swapped = (values: number[], rows: number): number[] => {
  const columns = values.length / rows;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]);
};

const plainNorm: Plain = (values) =>
  values.map((value, at) => {
    const row = values.slice(at - (at % WIDTH), at - (at % WIDTH) + WIDTH);
    const mean = row.reduce((sum, v) => sum + v, 0) / WIDTH;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / WIDTH;
    return ((value - mean) / Math.sqrt(variance + 1e-6)) * scale[at % WIDTH] + shift[at % WIDTH];
  });

/** erf by its series, to float64 for |z| < 3. */
function erf(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; n < 80; n++) {
    term *= -(z * z) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
const plainGelu: Plain = (values) => values.map((v) => (v * (1 + erf(v / Math.SQRT2))) / 2);
const plainTanhGelu: Plain = (values) =>
  values.map((v) => (v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))) / 2);

const matrix = (values: number[], rows: number): tf.Tensor2D => tf.tensor2d(values, [rows, values.length / rows]);
const dense = (): Layer => frozenDense(matrix(w, WIDTH), tf.tensor1d(bias)).apply;
const norm = (): Layer => layerNorm(tf.tensor1d(scale), tf.tensor1d(shift), 1e-6).apply;

const cases: [name: string, layer: () => Layer, plain: Plain, outputs: number][] = [
  ['frozenDense', dense, (v) => product(ROWS, WIDTH, v, w).map((y, at) => y + bias[at % OUT]), OUT],
  ['plus, both sides', () => (v) => plus(v, v), (v) => v.map((y) => 2 * y), WIDTH],
  ['scale', () => (v) => times(v, 0.3), (v) => v.map((y) => 0.3 * y), WIDTH],
  ['matmul, left', () => (v) => matmul(v, matrix(b, WIDTH)), (v) => product(ROWS, WIDTH, v, b), OUT],
  ['dot, left', () => (v) => dot(v, matrix(swapped(b, WIDTH), OUT)), (v) => product(ROWS, WIDTH, v, b), OUT],
  ['layerNorm', norm, plainNorm, WIDTH],
  ['gelu', () => gelu, plainGelu, WIDTH],
  ['tanhGelu', () => tanhGelu, plainTanhGelu, WIDTH],
];

/** Gradient of sum(weights * f(at)) by central differences. */
function differences(f: Plain, at: number[], weights: number[]): number[] {
  const loss = (values: number[]): number => f(values).reduce((sum, value, i) => sum + weights[i] * value, 0);
  const step = 1e-5;
  return at.map((_, i) => {
    const moved = (by: number): number[] => at.with(i, at[i] + by);
    return (loss(moved(step)) - loss(moved(-step))) / (2 * step);
  });
}

function expectClose(got: ArrayLike<number>, wanted: number[]): void {
  expect(got.length).toBe(wanted.length);
  const largest = Math.max(1, ...wanted.map(Math.abs));
  wanted.forEach((value, i) => {
    expect(Math.abs(got[i] - value) / largest, `at ${i}: ${got[i]} for ${value}`).toBeLessThanOrEqual(TOLERANCE);
  });
}

await describeBackends(() => {
  test.each(cases)('%s: value and gradient', async (_, layer, plain, outputs) => {
    const weights = numbers(ROWS * outputs);
    const [value, gradient] = tf.tidy(() => {
      const apply = layer();
      const loss = (v: tf.Tensor): tf.Scalar => tf.sum(tf.mul(apply(v), matrix(weights, ROWS)));
      return [apply(matrix(x, ROWS)), tf.grad(loss)(matrix(x, ROWS))];
    });
    expectClose(await value.data(), plain(x));
    expectClose(await gradient.data(), differences(plain, x, weights));
  });

  test.each([
    ['matmul', matmul, [WIDTH, OUT], (v: number[]) => v],
    ['dot', dot, [OUT, WIDTH], (v: number[]) => swapped(v, OUT)],
  ] as const)('%s, right: batched over heads as in attention', async (_, apply, shape, right) => {
    const [batch, at, weights] = [numbers(2 * ROWS * WIDTH), numbers(2 * WIDTH * OUT), numbers(2 * ROWS * OUT)];
    const head = (values: number[], i: number): number[] =>
      values.slice((i * values.length) / 2, ((i + 1) * values.length) / 2);
    const plain: Plain = (values) =>
      [0, 1].flatMap((i) => product(ROWS, WIDTH, head(batch, i), right(head(values, i))));
    const gradient = tf.tidy(() => {
      const left = tf.tensor4d(batch, [1, 2, ROWS, WIDTH]);
      const loss = (v: tf.Tensor): tf.Scalar => tf.sum(tf.mul(apply(left, v), tf.tensor4d(weights, [1, 2, ROWS, OUT])));
      return tf.grad(loss)(tf.tensor4d(at, [1, 2, ...shape]));
    });
    expectClose(await gradient.data(), differences(plain, at, weights));
  });

  test('the kept transpose is made once, at the first gradient, and given back', () => {
    const before = tf.memory().numTensors;
    const [kernel, shift] = [matrix(w, WIDTH), tf.tensor1d(bias)];
    const layer = frozenDense(kernel, shift);
    const counts = [0, 1].map(() => {
      tf.tidy(() => void tf.grad((v) => tf.sum(layer.apply(v)))(matrix(x, ROWS)));
      return tf.memory().numTensors - before;
    });
    expect(counts).toEqual([3, 3]);
    layer.dispose();
    tf.dispose([kernel, shift]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
