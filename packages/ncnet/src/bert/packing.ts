// Texts of several lengths as one matrix of tokens without padding: only attention, which is computed by text, sees a padded batch.
import tf from '@tensorflow/tfjs';
import type { BertInput } from './encoder.ts';

const MASKED = -1e9; // added to a score; its exp is 0

/** Tokens of each row of a batch. */
export function rowLengths({ batch, length, mask }: BertInput): number[] {
  return Array.from({ length: batch }, (_, row) => {
    let tokens = 0;
    while (tokens < length && mask[row * length + tokens] !== 0) tokens++;
    return tokens;
  });
}

/** Where the tokens stand in the padded batch, row after row. */
export function tokenPlaces(input: BertInput): Int32Array {
  return Int32Array.from(rowLengths(input).flatMap((tokens, row) => span(row * input.length, tokens)));
}

const span = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

export interface Packing {
  /** [tokens, hidden] -> [batch, heads, length, width]. */
  split(x: tf.Tensor): tf.Tensor;
  /** [batch, heads, length, width] -> [tokens, hidden]. */
  join(x: tf.Tensor): tf.Tensor;
  bias: tf.Tensor | null; // [batch, 1, 1, length] added to the scores of attention; null without padding
  /** [tokens, hidden] -> [batch, length, hidden], 0 at padding. */
  pad(x: tf.Tensor): tf.Tensor3D;
  /** The first token of each row: [tokens, hidden] -> [batch, hidden]. */
  first(x: tf.Tensor): tf.Tensor2D;
}

/** The tensors that it holds belong to the tidy in which it is made. */
export function packTokens(input: BertInput, hidden: number, heads: number): Packing {
  const { batch, length, mask } = input;
  const lengths = rowLengths(input);
  const starts: number[] = [];
  let tokens = 0;
  for (const own of lengths) {
    starts.push(tokens);
    tokens += own;
  }
  const isFull = tokens === batch * length;
  const index = (values: number[]): tf.Tensor => tf.tensor1d(values, 'int32');
  const spreadBy = (padding: number): number[] =>
    lengths.flatMap((own, row) => [...span(starts[row], own), ...new Array(length - own).fill(padding)]);
  const rows = (x: tf.Tensor, by: tf.Tensor | undefined): tf.Tensor =>
    by === undefined ? x : tf.gather(x, by as tf.Tensor1D);
  const toHeads = (x: tf.Tensor, by?: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(rows(x, by), [batch, length, heads, hidden / heads]), [0, 2, 1, 3]);
  const toTokens = (x: tf.Tensor, by?: tf.Tensor): tf.Tensor =>
    rows(tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, hidden]), by);
  /** What stands at padding is any token: nothing reads it, and `join` gives it the gradient 0. */
  const spread = isFull ? [] : [index(spreadBy(0))];
  const places = isFull ? [] : [index([...tokenPlaces(input)])];
  const isToken = isFull ? [] : [tf.tensor(mask, [batch, 1, length, 1])];

  return {
    split: tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)(places);
      return {
        value: toHeads(x as tf.Tensor, spread[0]),
        gradFunc: (dy: tf.Tensor, [by]: tf.Tensor[]) => toTokens(dy, by),
      };
    }) as Packing['split'],
    join: tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([...spread, ...isToken]);
      return {
        value: toTokens(x as tf.Tensor, places[0]),
        gradFunc: (dy: tf.Tensor, [by, kept]: tf.Tensor[]) =>
          kept === undefined ? toHeads(dy) : tf.mul(toHeads(dy, by), kept),
      };
    }) as Packing['join'],
    bias: isFull
      ? null
      : tf.tensor(
          mask.map((value) => (value === 0 ? MASKED : 0)),
          [batch, 1, 1, length],
        ),
    pad(x) {
      const all = isFull ? x : rows(tf.concat([x, tf.zeros([1, hidden])]), index(spreadBy(tokens)));
      return tf.reshape(all, [batch, length, hidden]) as tf.Tensor3D;
    },
    first: (x) => rows(x, index(starts)) as tf.Tensor2D,
  };
}
