// What the layers below an adapter give for each text, computed once: no training changes it, whatever rank, seed or context.
import tf from '@tensorflow/tfjs';
import { padRows, type TokenRow } from './embed.ts';
import type { BertEncoder } from './encoder.ts';

/** Text -> [tokens, hidden] after the frozen layers. */
export type FrozenStates = ReadonlyMap<TokenRow, Float32Array>;

const MOST_BYTES = 2 ** 30;
const BATCH_TOKENS = 4096; // padding included
const BATCH_TEXTS = 64;

/**
 * Computes the states of all texts in batches that depend on the texts alone, so that a training which goes on from a
 * checkpoint sees the same bits. @returns null if there is nothing to gain, or too much to keep in memory
 */
export async function computeFrozenStates(
  encoder: BertEncoder,
  texts: readonly TokenRow[],
  layers: number,
  padId: number,
): Promise<FrozenStates | null> {
  const hidden = encoder.config.hidden_size;
  const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
  if (layers === 0 || tokens * hidden * 4 > MOST_BYTES) return null;
  const order = [...texts].sort((a, b) => b.ids.length - a.ids.length);
  const states = new Map<TokenRow, Float32Array>();
  for (let begin = 0; begin < order.length; ) {
    const longest = order[begin].ids.length;
    const batch = order.slice(begin, begin + Math.max(1, Math.min(BATCH_TEXTS, Math.floor(BATCH_TOKENS / longest))));
    const tensor = encoder.below(padRows(batch, padId), layers);
    const values = await tensor.data<'float32'>();
    tensor.dispose();
    let at = 0;
    for (const text of batch) {
      states.set(text, values.slice(at, at + text.ids.length * hidden));
      at += text.ids.length * hidden;
    }
    begin += batch.length;
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and timers in
  }
  return states;
}

/** States of texts as the encoder packs them: [tokens, hidden]. */
export function gatherStates(states: FrozenStates, texts: readonly TokenRow[], hidden: number): tf.Tensor2D {
  const own = texts.map((text) => states.get(text)!);
  const values = new Float32Array(own.reduce((size, state) => size + state.length, 0));
  let at = 0;
  for (const state of own) {
    values.set(state, at);
    at += state.length;
  }
  return tf.tensor2d(values, [values.length / hidden, hidden]);
}
