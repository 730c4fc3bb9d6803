// The BERT encoder (Devlin et al. 2018) in tfjs ops: embeddings, attention with a padding mask, feed-forward, pooler.
import tf from '@tensorflow/tfjs';
import { sqrt } from '../elementary.ts';
import type { BertConfig } from './config.ts';
import { dot, frozenDense, gelu, type Layer, layerNorm, matmul, plus, scale, tanhGelu } from './ops.ts';
import { type Packing, packTokens, tokenPlaces } from './packing.ts';
import { type Weights, weightShapes } from './weights.ts';

/** Token ids of equal length, padded; row-major [batch, length]. */
export interface BertInput {
  batch: number;
  length: number;
  ids: Int32Array;
  typeIds: Int32Array;
  mask: Float32Array; // 1 for a token, 0 for padding, which stands behind the tokens of its row
}

export interface BertOutput {
  lastHidden: tf.Tensor3D; // [batch, length, hidden]; 0 at padding
  pooled: tf.Tensor2D | null; // [batch, hidden]; null without a pooler
}

/** Adds to the outputs of dense layers; the frozen weights stay as they are. */
export interface DenseAdapter {
  /** What is added to dense layer `name` of input x [rows, inputs]: [rows, outputs], or null for nothing. */
  delta(name: string, x: tf.Tensor): tf.Tensor | null;
}

export interface BertEncoder {
  config: BertConfig;
  /** One forward pass on the current backend. The caller disposes the output. @throws Error for ids out of range */
  forward(input: BertInput, adapter?: DenseAdapter): BertOutput;
  /** The embeddings and the first `layers` layers, without an adapter: [tokens, hidden], row after row without padding. */
  below(input: BertInput, layers: number): tf.Tensor2D;
  /** The layers from number `layers` on, for what `below` gave: the last hidden state, [tokens, hidden]. */
  above(x: tf.Tensor2D, input: BertInput, layers: number, adapter?: DenseAdapter): tf.Tensor2D;
  dispose(): void;
}

/** Puts frozen weights on the current backend. */
export function createEncoder(config: BertConfig, weights: Weights): BertEncoder {
  const owned: { dispose(): void }[] = [];
  let active: DenseAdapter | undefined; // of the pass in progress, which is never interrupted
  const own = <T extends { dispose(): void }>(thing: T): T => {
    owned.push(thing);
    return thing;
  };
  const shapes = weightShapes(config, weights.has('pooler.dense.weight'));
  const tensor = (name: string): tf.Tensor => own(tf.tensor(weights.get(name)!, shapes.get(name)!));
  const vector = (name: string): tf.Tensor1D => tensor(name) as tf.Tensor1D;
  const dense = (name: string): Layer => {
    const shape = shapes.get(`${name}.weight`) as [number, number];
    const w = own(tf.tidy(() => tf.transpose(tf.tensor2d(weights.get(`${name}.weight`)!, shape)))); // [inputs, outputs]
    const layer = own(frozenDense(w, vector(`${name}.bias`)));
    return (x) => {
      const y = layer.apply(x);
      const delta = active?.delta(name, x) ?? null;
      return delta === null ? y : plus(y, delta);
    };
  };
  const norm = (name: string): Layer =>
    own(layerNorm(vector(`${name}.weight`), vector(`${name}.bias`), config.layer_norm_eps)).apply;

  const embed = createEmbeddings(config, tensor, norm);
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) =>
    createLayer(config, `encoder.layer.${i}`, dense, norm),
  );
  const pooler = shapes.has('pooler.dense.weight') ? dense('pooler.dense') : null;
  const hidden = config.hidden_size;

  const withAdapter = <T>(adapter: DenseAdapter | undefined, pass: () => T): T => {
    active = adapter;
    try {
      return pass();
    } finally {
      active = undefined;
    }
  };
  const runLayers = (x: tf.Tensor, packing: Packing, from: number, to: number): tf.Tensor2D =>
    layers.slice(from, to).reduce((y, layer) => layer(y, packing), x) as tf.Tensor2D;
  const pack = (input: BertInput): Packing => packTokens(input, hidden, config.num_attention_heads);

  return {
    config,
    forward(input, adapter) {
      checkInput(input, config);
      const pass = (): tf.Tensor[] => {
        const packing = pack(input);
        const x = runLayers(embed(input), packing, 0, layers.length);
        const lastHidden = packing.pad(x);
        return pooler === null ? [lastHidden] : [lastHidden, tf.tanh(pooler(packing.first(x)))];
      };
      const tensors = withAdapter(adapter, () => tf.tidy(pass));
      return { lastHidden: tensors[0] as tf.Tensor3D, pooled: (tensors[1] as tf.Tensor2D | undefined) ?? null };
    },
    below(input, count) {
      checkInput(input, config);
      return tf.tidy(() => runLayers(embed(input), pack(input), 0, count));
    },
    above(x, input, count, adapter) {
      return withAdapter(adapter, () => tf.tidy(() => runLayers(x, pack(input), count, layers.length)));
    },
    dispose() {
      for (const thing of owned) thing.dispose();
      owned.length = 0;
    },
  };
}

type Norm = (name: string) => Layer;

function createEmbeddings(config: BertConfig, tensor: (name: string) => tf.Tensor, norm: Norm) {
  const words = tensor('embeddings.word_embeddings.weight');
  const positions = tensor('embeddings.position_embeddings.weight');
  const types = config.type_vocab_size > 0 ? tensor('embeddings.token_type_embeddings.weight') : null;
  const normalize = norm('embeddings.LayerNorm');
  return (input: BertInput): tf.Tensor => {
    const places = tokenPlaces(input);
    const rows = (table: tf.Tensor, of: (place: number) => number): tf.Tensor =>
      tf.gather(table, tf.tensor1d(places.map(of), 'int32'));
    const tokens = rows(words, (place) => input.ids[place]);
    const x = tf.add(
      tokens,
      rows(positions, (place) => place % input.length),
    );
    return normalize(
      types === null
        ? x
        : tf.add(
            x,
            rows(types, (place) => input.typeIds[place]),
          ),
    );
  };
}

function createLayer(config: BertConfig, at: string, dense: (name: string) => Layer, norm: Norm) {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  const [query, key, value] = ['query', 'key', 'value'].map((part) => dense(`${at}.attention.self.${part}`));
  const join = dense(`${at}.attention.output.dense`);
  const afterAttention = norm(`${at}.attention.output.LayerNorm`);
  const widen = dense(`${at}.intermediate.dense`);
  const narrow = dense(`${at}.output.dense`);
  const afterFeedForward = norm(`${at}.output.LayerNorm`);
  const activate = config.hidden_act === 'gelu' ? gelu : tanhGelu;
  const width = hidden / heads;

  return (x: tf.Tensor, { split, join: joinHeads, bias }: Packing): tf.Tensor => {
    const products = dot(split(scale(query(x), 1 / sqrt(width))), split(key(x)));
    const attention = tf.softmax(bias === null ? products : tf.add(products, bias)); // [batch, heads, length, length]
    const mixed = joinHeads(matmul(attention, split(value(x))));
    const attended = afterAttention(plus(x, join(mixed)));
    return afterFeedForward(plus(attended, narrow(activate(widen(attended)))));
  };
}

/** Kernels read out of bounds without a word, so ids are checked here. */
function checkInput({ batch, length, ids, typeIds, mask }: BertInput, config: BertConfig): void {
  const size = batch * length;
  if (size === 0 || ids.length !== size || typeIds.length !== size || mask.length !== size) {
    throw new Error(`encoder: expected ${batch} x ${length} ids, types and mask, got ${ids.length} ids; pad the rows`);
  }
  const empty = Array.from({ length: batch }, (_, row) => row).find((row) => mask[row * length] === 0);
  const gap = mask.findIndex((value, at) => at % length > 0 && value !== 0 && mask[at - 1] === 0);
  if (empty !== undefined) throw new Error(`encoder: expected a token in every row, got none in row ${empty}`);
  if (gap >= 0)
    throw new Error(`encoder: expected padding behind the tokens of a row, got it before token ${gap % length}`);
  const { vocab_size: words, max_position_embeddings: positions, type_vocab_size: types } = config;
  if (length > positions) throw new Error(`encoder: expected at most ${positions} tokens, got ${length}; truncate`);
  const id = ids.find((value) => value < 0 || value >= words);
  if (id !== undefined) throw new Error(`encoder: expected ids below vocab_size ${words}, got ${id}`);
  const type = types > 0 ? typeIds.find((value) => value < 0 || value >= types) : undefined;
  if (type !== undefined) throw new Error(`encoder: expected types below type_vocab_size ${types}, got ${type}`);
}
