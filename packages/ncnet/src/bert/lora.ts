// LoRA in tfjs: what an adapter adds to a dense layer's output, with gradients to its input, A and B.
import tf from '@tensorflow/tfjs';
import { type LoraAdapter, scalingOf } from './adapter.ts';
import type { DenseAdapter } from './encoder.ts';

/**
 * scaling (x A^T) B^T for x [rows, inputs], A [rank, inputs], B [outputs, rank], with gradients to all three.
 */
export function loraProduct(x: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D, scaling: number): tf.Tensor2D {
  const apply = tf.customGrad((input, down, up, save) => {
    const [x2, a2, b2] = [input, down, up] as tf.Tensor2D[];
    const z = tf.mul(tf.matMul(x2, a2, false, true), scaling) as tf.Tensor2D; // [rows, rank]
    (save as tf.GradSaveFunc)([x2, a2, b2, z]);
    return {
      value: tf.matMul(z, b2, false, true),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xs, as, bs, zs] = saved as tf.Tensor2D[];
        const dz = tf.mul(tf.matMul(dy as tf.Tensor2D, bs), scaling) as tf.Tensor2D;
        return [tf.matMul(dz, as), tf.matMul(dz, xs, true), tf.matMul(dy as tf.Tensor2D, zs, true)];
      },
    };
  });
  return apply(x, a, b) as tf.Tensor2D;
}

export interface LoraTensors {
  a: tf.Tensor2D;
  b: tf.Tensor2D;
  scaling: number;
}

/** @param tensorsOf A and B of a dense layer, null for a layer that is not adapted @param mask multiplies the input of A */
export function createDenseAdapter(
  tensorsOf: (name: string) => LoraTensors | null,
  mask?: (name: string, x: tf.Tensor2D) => tf.Tensor2D,
): DenseAdapter {
  return {
    delta(name, x) {
      const tensors = tensorsOf(name);
      if (tensors === null) return null;
      const input = mask === undefined ? (x as tf.Tensor2D) : mask(name, x as tf.Tensor2D);
      return loraProduct(input, tensors.a, tensors.b, tensors.scaling);
    },
  };
}

/** Puts an adapter on the current backend, for passes without training; it can serve any number of passes and encoders. */
export function openAdapter(adapter: LoraAdapter): DenseAdapter & { dispose(): void } {
  const tensors = new Map<string, LoraTensors>();
  for (const [name, { inputs, outputs, rank, a, b }] of adapter.modules) {
    const scaling = scalingOf({ ...adapter.config, rank });
    tensors.set(name, { a: tf.tensor2d(a, [rank, inputs]), b: tf.tensor2d(b, [outputs, rank]), scaling });
  }
  return {
    ...createDenseAdapter((name) => tensors.get(name) ?? null),
    dispose() {
      for (const { a, b } of tensors.values()) tf.dispose([a, b]);
      tensors.clear();
    },
  };
}
