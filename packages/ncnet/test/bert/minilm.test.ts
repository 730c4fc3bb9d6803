// The real all-MiniLM-L6-v2 against transformers, within 1e-4, where its folder is at hand: NCNET_MINILM or the cache.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  BackendUnavailable,
  createEncoder,
  createTokenizer,
  embedRows,
  openBertBackend,
  openBertFolder,
} from '../../src/bert/index.ts';
import { type ExpectedTokens, fixtures, largestDifference } from './support.ts';

const TOLERANCE = 1e-4;
const folder = process.env.NCNET_MINILM ?? join(homedir(), '.cache/ncnet/models/all-MiniLM-L6-v2');
const found = existsSync(join(folder, 'model.safetensors'));
if (!found) {
  process.stderr.write(`minilm.test.ts: skipped, no model.safetensors in ${folder}; set NCNET_MINILM to its folder\n`);
}

interface Row extends ExpectedTokens {
  cls: number[];
  mean: number[];
  pooled: number[];
}
const rows: Row[] = JSON.parse(readFileSync(`${fixtures}minilm.json`, 'utf8')).rows;
const few = (values: Float32Array): number[] => [...values].filter((_, i) => i % 48 === 0);
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

test.skipIf(!found).for(['wasm', 'tensorflow'] as const)(
  'MiniLM on %s gives the ids and vectors of transformers',
  async (backend, { skip }) => {
    await openBertBackend(backend).catch((error) => {
      if (error instanceof BackendUnavailable) skip(error.message);
      throw error;
    });
    const { config, tokenizer, readWeights } = openBertFolder(folder);
    const encodings = rows.map(({ text_a, text_b }) => tokenizer.encode(text_a, text_b, 512));
    expect(encodings.map(({ ids, typeIds }) => ({ ids, typeIds }))).toEqual(
      rows.map(({ ids, typeIds }) => ({ ids, typeIds })),
    );
    const encoder = createEncoder(config, readWeights());
    const embeddings = await embedRows(encoder, encodings);
    encoder.dispose();
    rows.forEach(({ cls, mean, pooled }, i) => {
      expect(largestDifference(few(embeddings[i].cls), cls)).toBeLessThanOrEqual(TOLERANCE);
      expect(largestDifference(few(embeddings[i].mean), mean)).toBeLessThanOrEqual(TOLERANCE);
      expect(largestDifference(few(embeddings[i].pooled!), pooled)).toBeLessThanOrEqual(TOLERANCE);
    });
    const [example, food, bread] = embeddings.map(({ mean }) =>
      mean.map((value) => value / Math.sqrt(dot(mean, mean))),
    );
    expect([...example.subarray(0, 4)].map((value) => value.toFixed(4))).toEqual([
      '0.0677',
      '0.0635',
      '0.0487',
      '0.0793',
    ]);
    expect(dot(food, bread).toFixed(4)).toBe('0.7553');
  },
);

test.skipIf(!found || !existsSync(join(folder, 'vocab.txt')))('its vocab.txt alone gives the same ids', () => {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const config = read('tokenizer_config.json');
  const tokenizer = createTokenizer({ json: null, vocabulary: read('vocab.txt'), config }, folder);
  for (const { text_a, text_b, ids } of rows) expect(tokenizer.encode(text_a, text_b, 512).ids).toEqual(ids);
});
