// Batches of masked language modelling (Devlin et al. 2018): 15 % of a text's tokens are to be predicted; of these 80 % read
// [MASK], 10 % a random word and 10 % themselves. Every draw is Philox's, by (seed, stream, step).
import { padRows, type TokenRow } from '../bert/embed.ts';
import type { BertInput } from '../bert/encoder.ts';
import { drawPermutation, drawWord } from '../bert/train-draws.ts';
import { SPECIAL_TOKENS } from './vocabulary.ts';

/** Beside those of LoRA training (16 to 20). */
export const PRETRAIN_STREAM = { start: 32, order: 33, batches: 34, masks: 35 } as const;

export interface MaskedBatch {
  input: BertInput;
  places: Int32Array; // of the tokens to predict, in the padded batch
  labels: Int32Array; // the tokens themselves
}

const CHUNK = 32; // batches; of similar length within

/** Places of the texts of batch number `step`: epochs of a fresh permutation each, cut into batches of similar length. */
export function createBatches(seed: number, texts: readonly TokenRow[], batch: number): (step: number) => number[] {
  const perEpoch = Math.floor(texts.length / batch); // the rest of an epoch is left out
  let epoch = -1;
  let batches: number[][] = [];
  return (step) => {
    if (Math.floor(step / perEpoch) !== epoch) {
      epoch = Math.floor(step / perEpoch);
      const order = [...drawPermutation({ seed, replica: 0 }, PRETRAIN_STREAM.order, epoch, texts.length)];
      const sorted: number[][] = [];
      for (let begin = 0; begin < perEpoch * batch; begin += CHUNK * batch) {
        const chunk = order.slice(begin, Math.min(begin + CHUNK * batch, perEpoch * batch));
        chunk.sort((i, j) => texts[i].ids.length - texts[j].ids.length || i - j);
        for (let at = 0; at < chunk.length; at += batch) sorted.push(chunk.slice(at, at + batch));
      }
      const shuffled = drawPermutation({ seed, replica: 0 }, PRETRAIN_STREAM.batches, epoch, sorted.length);
      batches = [...shuffled].map((at) => sorted[at]);
    }
    return batches[step % perEpoch];
  };
}

/** @param part of the stream of masks: the step @param words of the vocabulary */
export function maskBatch(texts: readonly TokenRow[], seed: number, part: number, words: number): MaskedBatch {
  const input = padRows(texts, SPECIAL_TOKENS.indexOf('[PAD]'));
  const draw = (index: number): number => drawWord({ seed, replica: 0 }, PRETRAIN_STREAM.masks, part, index) / 2 ** 32;
  const places: number[] = [];
  const special = SPECIAL_TOKENS.length;
  input.ids.forEach((id, at) => {
    if (id >= special && draw(3 * at) < 0.15) places.push(at);
  });
  if (places.length === 0) places.push(input.ids.findIndex((id) => id >= special)); // a loss needs one
  const labels = Int32Array.from(places, (at) => input.ids[at]);
  for (const at of places) {
    const fate = draw(3 * at + 1);
    if (fate < 0.8) input.ids[at] = SPECIAL_TOKENS.indexOf('[MASK]');
    else if (fate < 0.9) input.ids[at] = special + Math.floor(draw(3 * at + 2) * (words - special));
  }
  return { input, places: Int32Array.from(places), labels };
}
