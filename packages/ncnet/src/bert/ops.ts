// The layers of BERT as tfjs ops with their own gradients: no transpose flags (slow on wasm), few tape nodes.
// Frozen weights take no gradient; matmul passes one to both sides, for adapters.
import tf from '@tensorflow/tfjs';
import { sqrt } from '../elementary.ts';

// biome-ignore lint/suspicious/noApproximativeNumericConstant: spelled out, since hashed numbers leave Math alone
const PI = 3.141592653589793;

export type Layer = (x: tf.Tensor) => tf.Tensor;
export interface FrozenLayer {
  apply: Layer;
  dispose(): void;
}

/** x @ w for a frozen w [inputs, outputs], x [rows, inputs]. Its transpose is made at the first gradient and kept. */
export function frozenDense(w: tf.Tensor2D): FrozenLayer {
  let transposed: tf.Tensor2D | undefined;
  const apply = tf.customGrad((x) => ({
    value: tf.matMul(x as tf.Tensor2D, w),
    gradFunc: (dy: tf.Tensor) => {
      transposed ??= tf.keep(tf.transpose(w));
      return tf.matMul(dy as tf.Tensor2D, transposed);
    },
  }));
  return { apply: (x) => apply(x), dispose: () => void transposed?.dispose() };
}

/** a @ b over the last two axes, batched over the others, with gradients to both. */
export const matmul = tf.customGrad((a, b, save) => {
  const [left, right] = [a as tf.Tensor, b as tf.Tensor];
  (save as tf.GradSaveFunc)([left, right]);
  return {
    value: tf.matMul(left, right),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.matMul(dy, swapLast(saved[1])),
      tf.matMul(swapLast(saved[0]), dy),
    ],
  };
}) as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** The transpose of the last two axes. */
export function swapLast(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Layer norm over the last axis with frozen scale and shift (Ba, Kiros and Hinton 2016, eq. 4). */
export function layerNorm(scale: tf.Tensor1D, shift: tf.Tensor1D, epsilon: number): Layer {
  const apply = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    const normed = tf.mul(centred, inverse);
    (save as tf.GradSaveFunc)([normed, inverse]);
    return {
      value: tf.add(tf.mul(normed, scale), shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [n, r] = saved;
        const g = tf.mul(dy, scale);
        const along = tf.mul(n, tf.mean(tf.mul(g, n), -1, true));
        return tf.mul(r, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along));
      },
    };
  });
  return (x) => apply(x);
}

/** x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016); tfjs's erf is exact to 1.5e-7. */
export const gelu: Layer = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  (save as tf.GradSaveFunc)([x]);
  return {
    value: tf.mul(x, normalDistribution(x)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(saved[0]), -0.5)), 1 / sqrt(2 * PI));
      return tf.mul(dy, tf.add(normalDistribution(saved[0]), tf.mul(saved[0], density)));
    },
  };
}) as Layer;

function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, sqrt(0.5))), 1), 0.5);
}

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
