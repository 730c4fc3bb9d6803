// What every backend computes in a cross-check: a tiny BERT with seeded weights, one padded batch, adapters of rank 1 and a head that are trained.
import { philox } from '../philox.ts';
import type { BertConfig } from './config.ts';
import { padRows, type TokenRow } from './embed.ts';
import { type Weights, weightShapes } from './weights.ts';

const SEED = 2402; // key of the generator; one stream a tensor

export const MODEL: BertConfig = {
  ...{ model_type: 'bert', hidden_act: 'gelu', layer_norm_eps: 1e-12, position_embedding_type: 'absolute' },
  ...{ vocab_size: 50, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32 },
  ...{ max_position_embeddings: 8, type_vocab_size: 2, pad_token_id: 0, is_decoder: false, add_cross_attention: false },
};
export const CLASSES = 2;
export const LABELS = [0, 1, 1]; // of the rows
export const ADAPTER_SCALE = 2; // the adapter adds this times (x A) B
export const LEARNING_RATE = 0.05; // plain gradient descent
export const STEPS = 20;
const RANK = 1;

/** Uniform in [-reach, reach), exact in float32. */
function draws(count: number, stream: number, reach: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const word = philox([i >>> 2, 0, 0, stream], [SEED, 0])[i & 3];
    return reach * ((word >>> 8) * 2 ** -23 - 1);
  });
}

/** Draws for the inputs of single ops; streams from 1000 on. */
export const opDraws = (count: number, stream: number, reach = 2): Float32Array => draws(count, 1000 + stream, reach);

const size = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

export function modelWeights(): Weights {
  const weights: Weights = new Map();
  for (const [name, shape] of weightShapes(MODEL, true)) {
    const values = draws(size(shape), weights.size, shape.length === 2 ? 0.5 : 0.2);
    const isScale = name.endsWith('LayerNorm.weight');
    weights.set(name, isScale ? values.map((value) => 1 + value) : values);
  }
  return weights;
}

/** Three texts of 8, 5 and 7 tokens: padding and both token types take part. */
export function modelInput(): ReturnType<typeof padRows> {
  const rows = [8, 5, 7].map((length, row): TokenRow => {
    const ids = Array.from(draws(length, 500 + row, 1), (u) => 1 + Math.floor(((u + 1) / 2) * (MODEL.vocab_size - 1)));
    return { ids, typeIds: ids.map((_, i) => (i < 4 ? 0 : 1)) };
  });
  return padRows(rows, 0);
}

export interface Parameter {
  name: string;
  shape: [number, number];
  at: number; // offset in the one arena of all parameters
}

/** What is trained: A [hidden, rank] and B [rank, hidden] at query and value of each layer, the head's weight and bias. */
export const PARAMETERS: readonly Parameter[] = layout();

function layout(): Parameter[] {
  const { hidden_size: hidden, num_hidden_layers: layers } = MODEL;
  const shapes: [string, [number, number]][] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (const part of ['query', 'value']) {
      const name = `encoder.layer.${layer}.attention.self.${part}`;
      shapes.push([`${name}.A`, [hidden, RANK]], [`${name}.B`, [RANK, hidden]]);
    }
  }
  shapes.push(['head.weight', [hidden, CLASSES]], ['head.bias', [1, CLASSES]]);
  let at = 0;
  return shapes.map(([name, shape]) => {
    const parameter = { name, shape, at };
    at += size(shape);
    return parameter;
  });
}

export const PARAMETER_COUNT = PARAMETERS.reduce((sum, { shape }) => sum + size(shape), 0);

/** Seeded start; B is not 0, so that every gradient differs from 0. */
export const startParameters = (): Float32Array => draws(PARAMETER_COUNT, 900, 0.3);
