// The ops of a BERT pass, each beside its formula in float64: the first rung of the cross-check.
import tf from '@tensorflow/tfjs';
import {
  erf,
  gelu as gelu64,
  layerNorm as layerNorm64,
  plus,
  product,
  softmax,
  transposed,
} from './crosscheck-float64.ts';
import { opDraws } from './crosscheck-model.ts';
import { dot, frozenDense, gelu, layerNorm, matmul, tanhGelu } from './ops.ts';

const [ROWS, INNER, OUT] = [24, 16, 32];

export interface OpCase {
  name: string;
  inputs: Float32Array[];
  compute(inputs: tf.Tensor1D[]): tf.Tensor;
  exact(inputs: Float64Array[]): Float64Array;
}

/** An op of one tensor, number by number. */
function pointwise(
  name: string,
  compute: (x: tf.Tensor) => tf.Tensor,
  exact: (x: number) => number,
  reach = 2,
  offset = 0,
): OpCase {
  const values = opDraws(ROWS * INNER, name.length + name.charCodeAt(0), reach).map((value) => value + offset);
  return { name, inputs: [values], compute: ([x]) => compute(x), exact: ([x]) => x.map(exact) };
}

const tanhGelu64 = (x: number): number => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;
const sigmas = 6; // reach of the activations' inputs

/** [8, INNER] times [INNER, 8] for each of two heads. */
function overHeads(a: Float64Array, b: Float64Array, right: (x: Float64Array) => Float64Array): Float64Array {
  const head = (x: Float64Array, at: number): Float64Array => x.subarray(at * 8 * INNER, (at + 1) * 8 * INNER);
  return Float64Array.from([0, 1].flatMap((at) => [...product(head(a, at), right(head(b, at)), INNER)]));
}

export const OP_CASES: readonly OpCase[] = [
  {
    name: 'dense',
    inputs: [opDraws(ROWS * INNER, 0), opDraws(INNER * OUT, 1)],
    compute: ([x, w]) => {
      const layer = frozenDense(tf.reshape(w, [INNER, OUT]), tf.zeros([OUT]));
      return layer.apply(tf.reshape(x, [ROWS, INNER]));
    },
    exact: ([x, w]) => product(x, w, INNER),
  },
  {
    name: 'matmul over heads',
    inputs: [opDraws(2 * 8 * INNER, 2), opDraws(2 * INNER * 8, 3)],
    compute: ([a, b]) => matmul(tf.reshape(a, [1, 2, 8, INNER]), tf.reshape(b, [1, 2, INNER, 8])),
    exact: ([a, b]) => overHeads(a, b, (x) => x),
  },
  {
    name: 'dot over heads',
    inputs: [opDraws(2 * 8 * INNER, 13), opDraws(2 * 8 * INNER, 14)],
    compute: ([a, b]) => dot(tf.reshape(a, [1, 2, 8, INNER]), tf.reshape(b, [1, 2, 8, INNER])),
    exact: ([a, b]) => overHeads(a, b, (x) => transposed(x, INNER)),
  },
  {
    name: 'transpose',
    inputs: [opDraws(ROWS * INNER, 4)],
    compute: ([x]) => tf.transpose(tf.reshape(x, [ROWS, INNER])),
    exact: ([x]) => transposed(x, INNER),
  },
  {
    name: 'add bias',
    inputs: [opDraws(ROWS * INNER, 5), opDraws(INNER, 6)],
    compute: ([x, bias]) => tf.add(tf.reshape(x, [ROWS, INNER]), bias),
    exact: ([x, bias]) => plus(x, bias),
  },
  {
    name: 'sum over rows',
    inputs: [opDraws(ROWS * INNER, 7)],
    compute: ([x]) => tf.sum(tf.reshape(x, [ROWS, INNER]), 0),
    exact: ([x]) => product(new Float64Array(ROWS).fill(1), x, ROWS),
  },
  {
    name: 'softmax',
    inputs: [opDraws(ROWS * INNER, 8, 8)],
    compute: ([x]) => tf.softmax(tf.reshape(x, [ROWS, INNER])),
    exact: ([x]) => softmax(x, INNER),
  },
  {
    name: 'layer norm',
    inputs: [opDraws(ROWS * INNER, 9), opDraws(INNER, 10), opDraws(INNER, 11)],
    compute: ([x, scale, shift]) => layerNorm(scale, shift, 1e-12).apply(tf.reshape(x, [ROWS, INNER])),
    exact: ([x, scale, shift]) => layerNorm64(x, scale, shift, 1e-12),
  },
  {
    name: 'gather rows',
    inputs: [opDraws(ROWS * INNER, 12)],
    compute: ([x]) => tf.gather(tf.reshape(x, [ROWS, INNER]), tf.tensor1d([23, 0, 7, 7], 'int32')),
    exact: ([x]) => Float64Array.from([23, 0, 7, 7].flatMap((row) => [...x.subarray(row * INNER, (row + 1) * INNER)])),
  },
  pointwise('gelu', gelu, gelu64, sigmas),
  pointwise('gelu (tanh)', tanhGelu, tanhGelu64, sigmas),
  pointwise('erf', tf.erf, erf, 3),
  pointwise('tanh', tf.tanh, Math.tanh, 4),
  pointwise('exp', tf.exp, Math.exp, 4),
  pointwise('log', tf.log, Math.log, 1, 1.001),
  pointwise('rsqrt', tf.rsqrt, (x) => 1 / Math.sqrt(x), 1, 1.01),
];
