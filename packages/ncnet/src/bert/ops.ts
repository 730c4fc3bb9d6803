// The layers of BERT as tfjs ops with their own gradients: few tape nodes, few passes over large tensors.
// Frozen weights take no gradient; matmul and dot pass one to both sides, for adapters.
import tf from '@tensorflow/tfjs';
import { sqrt } from '../elementary.ts';
import { log } from './exact.ts';

// biome-ignore lint/suspicious/noApproximativeNumericConstant: spelled out, since hashed numbers leave Math alone
const PI = 3.141592653589793;

export type Layer = (x: tf.Tensor) => tf.Tensor;
export interface FrozenLayer {
  apply: Layer;
  dispose(): void;
}

/** x @ w + bias for a frozen w [inputs, outputs], x [rows, inputs]. Its transpose is made at the first gradient and kept. */
export function frozenDense(w: tf.Tensor2D, bias: tf.Tensor1D): FrozenLayer {
  let transposed: tf.Tensor2D | undefined;
  const apply = tf.customGrad((x) => ({
    value: tf.add(tf.matMul(x as tf.Tensor2D, w), bias),
    gradFunc: (dy: tf.Tensor) => {
      transposed ??= tf.keep(tf.transpose(w));
      return tf.matMul(dy as tf.Tensor2D, transposed);
    },
  }));
  return { apply: (x) => apply(x), dispose: () => void transposed?.dispose() };
}

type Product = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** a @ b over the last two axes, batched over the others, with gradients to both. */
export const matmul = tf.customGrad((a, b, save) => {
  const [left, right] = [a as tf.Tensor, b as tf.Tensor];
  (save as tf.GradSaveFunc)([left, right]);
  return {
    value: tf.matMul(left, right),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.matMul(dy, saved[1], false, true),
      tf.matMul(saved[0], dy, true),
    ],
  };
}) as Product;

/** a @ b^T, else as matmul. */
export const dot = tf.customGrad((a, b, save) => {
  const [left, right] = [a as tf.Tensor, b as tf.Tensor];
  (save as tf.GradSaveFunc)([left, right]);
  return {
    value: tf.matMul(left, right, false, true),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.matMul(dy, saved[1]), tf.matMul(dy, saved[0], true)],
  };
}) as Product;

/** a + b of one shape. tfjs's own gradient reshapes twice. */
export const plus = tf.customGrad((a, b) => ({
  value: tf.add(a as tf.Tensor, b as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => [dy, tf.clone(dy)], // the tape disposes each on its own
})) as Product;

/** x times a number. */
export const scale = (x: tf.Tensor, factor: number): tf.Tensor =>
  tf.customGrad((given) => ({
    value: tf.mul(given as tf.Tensor, factor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, factor),
  }))(x);

/** Layer norm of each row with frozen scale and shift (Ba, Kiros and Hinton 2016, eq. 4). */
export function layerNorm(scale: tf.Tensor1D, shift: tf.Tensor1D, epsilon: number): FrozenLayer {
  const share = tf.fill([scale.size, 1], 1 / scale.size) as tf.Tensor2D;
  const mean = (x: tf.Tensor): tf.Tensor => tf.matMul(x as tf.Tensor2D, share); // [rows, 1]; faster than tf.mean
  const apply = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const centred = tf.sub(x, mean(x));
    const inverse = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
    const normed = tf.mul(centred, inverse);
    (save as tf.GradSaveFunc)([normed, inverse]);
    return {
      value: tf.add(tf.mul(normed, scale), shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [n, r] = saved;
        const g = tf.mul(dy, scale);
        const along = tf.mul(n, mean(tf.mul(g, n)));
        return tf.mul(r, tf.sub(tf.sub(g, mean(g)), along));
      },
    };
  });
  return { apply: (x) => apply(x), dispose: () => share.dispose() };
}

const DENSITY = -log(2 * PI) / 2; // of the normal distribution at 0, its logarithm

/** x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016); tfjs's erf is exact to 1.5e-7. */
export const gelu: Layer = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const scaled = tf.mul(x, sqrt(0.5));
  const share = tf.mul(tf.add(tf.erf(scaled), 1), 0.5);
  (save as tf.GradSaveFunc)([x, scaled, share]);
  return {
    value: tf.mul(x, share),
    gradFunc: (dy: tf.Tensor, [x, scaled, share]: tf.Tensor[]) => {
      const density = tf.exp(tf.sub(DENSITY, tf.square(scaled)));
      return tf.mul(dy, tf.add(share, tf.mul(x, density)));
    },
  };
}) as Layer;

const CUBIC = 0.044715;
const INNER = sqrt(2 / PI);

/** The tanh approximation of gelu, of the same paper. */
export const tanhGelu: Layer = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  (save as tf.GradSaveFunc)([x]);
  return {
    value: tf.mul(x, tf.mul(tf.add(innerTanh(x), 1), 0.5)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const t = innerTanh(saved[0]);
      const slope = tf.mul(tf.add(tf.mul(tf.square(saved[0]), 3 * CUBIC), 1), INNER);
      const steep = tf.mul(saved[0], tf.mul(tf.sub(1, tf.square(t)), slope));
      return tf.mul(dy, tf.mul(tf.add(tf.add(t, 1), steep), 0.5));
    },
  };
}) as Layer;

function innerTanh(x: tf.Tensor): tf.Tensor {
  return tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(x, tf.square(x)), CUBIC)), INNER));
}
