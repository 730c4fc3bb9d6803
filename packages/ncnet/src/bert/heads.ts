// A task's head: one linear layer on the mean-pooled last hidden state; for multiple choice it gives each choice a score.
import tf from '@tensorflow/tfjs';
import { sqrt } from '../elementary.ts';
import type { Parameter } from './adamw.ts';
import type { BertInput } from './encoder.ts';
import { dot } from './ops.ts';
import { rowLengths } from './packing.ts';
import { type Draws, drawUniform, STREAM } from './train-draws.ts';

export interface HeadShape {
  outputs: number; // classes, or 1 for multiple choice
  choices: number; // texts that make one row: 1, or the number of choices
}

/** Logits of a row: one of each class or choice. */
export const logitsOf = ({ outputs, choices }: HeadShape): number => outputs * choices;

/**
 * Weight [outputs, hidden] and bias [outputs], uniform in +-1/sqrt(hidden) as torch.nn.Linear draws them. Multiple choice
 * has no bias: added to every choice it changes no probability, so its gradient would be rounding alone.
 * @param head 0 for Alice, 1 for Bob: what is drawn doesn't depend on the task, except that more classes take more rows
 */
export function createHead(
  name: string,
  { outputs, choices }: HeadShape,
  hidden: number,
  draws: Draws,
  head: number,
): Map<string, Parameter> {
  const bound = 1 / sqrt(hidden);
  const draw = (part: number, shape: number[]): Parameter => {
    const count = shape.reduce((product, side) => product * side, 1);
    return { shape, values: drawUniform(draws, STREAM.head, part, count, bound) };
  };
  const parameters = new Map([[`${name}.weight`, draw(2 * head, [outputs, hidden])]]);
  return choices > 1 ? parameters : parameters.set(`${name}.bias`, draw(2 * head + 1, [outputs]));
}

/** @param pooled [rows * choices, hidden] @returns logits [rows, classes or choices] */
export function applyHead(
  pooled: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | null,
  shape: HeadShape,
): tf.Tensor2D {
  const scores = dot(pooled, weight);
  const rows = pooled.shape[0] / shape.choices;
  return tf.reshape(bias === null ? scores : tf.add(scores, bias), [rows, logitsOf(shape)]);
}

/** Mean over the tokens of each text. @param x [tokens, hidden], as the encoder packs them @returns [batch, hidden] */
export function meanPool(x: tf.Tensor, input: BertInput): tf.Tensor2D {
  const [tokens, { batch }] = [x.shape[0], input];
  const weights = new Float32Array(batch * tokens);
  let at = 0;
  rowLengths(input).forEach((length, row) => {
    weights.fill(1 / length, row * tokens + at, row * tokens + at + length);
    at += length;
  });
  const share = tf.tensor2d(weights, [batch, tokens]);
  const apply = tf.customGrad((given, save) => {
    (save as tf.GradSaveFunc)([share]); // else the forward pass would dispose it
    return {
      value: tf.matMul(share, given as tf.Tensor2D),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.matMul(saved[0], dy, true),
    };
  });
  return apply(x) as tf.Tensor2D;
}

/** Mean over rows of -log softmax(logits)[label], in nats, stable for large logits. @param labels places in a row's logits */
export function crossEntropy(logits: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const [rows, width] = logits.shape;
  const marks = new Float32Array(rows * width);
  labels.forEach((label, row) => {
    marks[row * width + label] = 1;
  });
  const wanted = tf.tensor2d(marks, [rows, width]);
  const apply = tf.customGrad((input, save) => {
    const x = input as tf.Tensor2D;
    const shifted = tf.sub(x, tf.max(x, 1, true));
    const powers = tf.exp(shifted);
    const sums = tf.sum(powers, 1, true);
    (save as tf.GradSaveFunc)([tf.sub(tf.div(powers, sums), wanted)]);
    const losses = tf.sub(tf.log(sums), tf.sum(tf.mul(shifted, wanted), 1, true));
    return {
      value: tf.mean(losses) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0], tf.div(dy, rows)),
    };
  });
  return apply(logits) as tf.Scalar;
}
