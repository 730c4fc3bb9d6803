// A BERT whose every weight is trained, with the head of masked language modelling (Devlin et al. 2018): the encoder of
// ../bert/encoder.ts with gradients to the weights, which that one keeps frozen. A test holds both to the same numbers.
import tf from '@tensorflow/tfjs';
import type { BertConfig } from '../bert/config.ts';
import type { BertInput } from '../bert/encoder.ts';
import { dot, gelu, matmul } from '../bert/ops.ts';
import { weightShapes } from '../bert/weights.ts';

export type Tensors = ReadonlyMap<string, tf.Tensor>;

const HEAD = 'cls.predictions';
const MASKED = -1e9;

/** Every trained tensor: the encoder's without a pooler, then the head's, named as in Hugging Face's BertForMaskedLM. */
export function trainedShapes(config: BertConfig): Map<string, number[]> {
  const { hidden_size: hidden, vocab_size: words } = config;
  return weightShapes(config, false)
    .set(`${HEAD}.transform.dense.weight`, [hidden, hidden])
    .set(`${HEAD}.transform.dense.bias`, [hidden])
    .set(`${HEAD}.transform.LayerNorm.weight`, [hidden])
    .set(`${HEAD}.transform.LayerNorm.bias`, [hidden])
    .set(`${HEAD}.bias`, [words]);
}

/** The last hidden state, [batch * length, hidden]. */
export function encode(config: BertConfig, tensors: Tensors, { batch, length, ids, typeIds, mask }: BertInput) {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  const width = hidden / heads;
  const rows = (name: string, at: Int32Array): tf.Tensor => lookUp(tensors.get(`embeddings.${name}.weight`)!, at);
  const places = Int32Array.from(ids, (_, i) => i % length);
  const sum = tf.add(rows('word_embeddings', ids), rows('position_embeddings', places));
  let x = norm(config, tensors, 'embeddings.LayerNorm', tf.add(sum, rows('token_type_embeddings', typeIds)));
  const bias = tf.tensor(
    mask.map((value) => (value === 0 ? MASKED : 0)),
    [batch, 1, 1, length],
  );
  const split = (y: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(y, [batch, length, heads, width]), [0, 2, 1, 3]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const part = (name: string, y: tf.Tensor): tf.Tensor => dense(tensors, `${at}.${name}`, y);
    const [query, key, value] = ['query', 'key', 'value'].map((name) => split(part(`attention.self.${name}`, x)));
    const scores = tf.add(tf.mul(dot(query, key), 1 / Math.sqrt(width)), bias);
    const mixed = tf.transpose(matmul(tf.softmax(scores), value), [0, 2, 1, 3]);
    const joined = part('attention.output.dense', tf.reshape(mixed, [batch * length, hidden]));
    const attended = norm(config, tensors, `${at}.attention.output.LayerNorm`, tf.add(x, joined));
    const fed = part('output.dense', gelu(part('intermediate.dense', attended)));
    x = norm(config, tensors, `${at}.output.LayerNorm`, tf.add(attended, fed));
  }
  return x as tf.Tensor2D;
}

/** Logits of every word of the vocabulary at some tokens of a last hidden state: [places, words]; tied to the embeddings. */
export function predict(config: BertConfig, tensors: Tensors, hidden: tf.Tensor2D, places: Int32Array): tf.Tensor2D {
  const chosen = gelu(dense(tensors, `${HEAD}.transform.dense`, lookUp(hidden, places)));
  const x = norm(config, tensors, `${HEAD}.transform.LayerNorm`, chosen);
  const words = tensors.get('embeddings.word_embeddings.weight')!;
  return tf.add(dot(x, words), tensors.get(`${HEAD}.bias`)!) as tf.Tensor2D;
}

function dense(tensors: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return tf.add(dot(x, tensors.get(`${name}.weight`)!), tensors.get(`${name}.bias`)!);
}

function norm({ layer_norm_eps }: BertConfig, tensors: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const normed = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), layer_norm_eps)));
  return tf.add(tf.mul(normed, tensors.get(`${name}.weight`)!), tensors.get(`${name}.bias`)!);
}

/** Rows of a table. tfjs's own gradient needs a kernel that wasm lacks; this one adds up on the host, so it wants dataSync. */
function lookUp(table: tf.Tensor, at: Int32Array): tf.Tensor {
  const [rows, width] = table.shape as [number, number];
  const apply = tf.customGrad((given) => ({
    value: tf.gather(given as tf.Tensor2D, tf.tensor1d(at, 'int32')),
    gradFunc: (dy: tf.Tensor) => {
      const slopes = dy.dataSync<'float32'>();
      const sums = new Float32Array(rows * width);
      at.forEach((row, i) => {
        for (let k = 0; k < width; k++) sums[row * width + k] += slopes[i * width + k];
      });
      return tf.tensor2d(sums, [rows, width]);
    },
  }));
  return apply(table);
}
