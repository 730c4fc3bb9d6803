// Texts -> vectors: batches of similar length through the encoder, results in the order of the texts.
import tf from '@tensorflow/tfjs';
import type { BertEncoder, BertInput, DenseAdapter } from './encoder.ts';

export interface TokenRow {
  ids: number[];
  typeIds: number[];
}

export interface Embedding {
  cls: Float32Array; // last hidden state at the first token
  mean: Float32Array; // mean of the last hidden state over the tokens that are not padding
  pooled: Float32Array | null; // null for a model without a pooler
}

export interface EmbedOptions {
  padId?: number;
  adapter?: DenseAdapter;
  tokensPerBatch?: number; // padding included
  onBatch?(done: number): void; // rows done so far
}

const MOST_ROWS = 32;

/** Pads rows to the longest of them. */
export function padRows(rows: readonly TokenRow[], padId: number): BertInput {
  const batch = rows.length;
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const ids = new Int32Array(batch * length).fill(padId);
  const typeIds = new Int32Array(batch * length);
  const mask = new Float32Array(batch * length);
  rows.forEach((row, i) => {
    ids.set(row.ids, i * length);
    typeIds.set(row.typeIds, i * length);
    mask.fill(1, i * length, i * length + row.ids.length);
  });
  return { batch, length, ids, typeIds, mask };
}

/** @param rows token ids with special tokens, none empty */
export async function embedRows(
  encoder: BertEncoder,
  rows: readonly TokenRow[],
  options: EmbedOptions = {},
): Promise<Embedding[]> {
  const { padId = 0, adapter, tokensPerBatch = 2048, onBatch } = options;
  const order = rows.map((_, i) => i).sort((i, j) => rows[j].ids.length - rows[i].ids.length || i - j);
  const results = new Array<Embedding>(rows.length);
  for (let begin = 0; begin < order.length; ) {
    const longest = rows[order[begin]].ids.length;
    const count = Math.max(1, Math.min(MOST_ROWS, Math.floor(tokensPerBatch / longest)));
    const batch = order.slice(begin, begin + count);
    const embeddings = await embedBatch(
      encoder,
      padRows(
        batch.map((i) => rows[i]),
        padId,
      ),
      adapter,
    );
    batch.forEach((row, i) => {
      results[row] = embeddings[i];
    });
    begin += batch.length;
    onBatch?.(begin);
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and timers in
  }
  return results;
}

async function embedBatch(encoder: BertEncoder, input: BertInput, adapter?: DenseAdapter): Promise<Embedding[]> {
  const { batch, length, mask } = input;
  const { lastHidden, pooled } = encoder.forward(input, adapter);
  const width = encoder.config.hidden_size;
  const [hidden, pool] = await Promise.all([lastHidden.data(), pooled?.data() ?? null]);
  tf.dispose([lastHidden, ...(pooled === null ? [] : [pooled])]);
  return Array.from({ length: batch }, (_, row) => {
    const at = row * length * width;
    const sum = new Float64Array(width);
    let tokens = 0;
    for (let token = 0; token < length; token++) {
      if (mask[row * length + token] === 0) continue;
      tokens++;
      for (let i = 0; i < width; i++) sum[i] += hidden[at + token * width + i];
    }
    return {
      cls: Float32Array.from(hidden.subarray(at, at + width)),
      mean: Float32Array.from(sum, (value) => value / tokens),
      pooled: pool === null ? null : Float32Array.from(pool.subarray(row * width, (row + 1) * width)),
    };
  });
}
