// The encoder against Hugging Face's on tiny random models, on each backend: every token of padded rows, within 1e-5.
import tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { embedRows, openBertBackend, openBertFolder, padRows } from '../../src/bert/index.ts';
import { describeBackends, expected, fixtures, largestDifference, MODELS, openEncoder } from './support.ts';

const TOLERANCE = 1e-5;

await describeBackends(() => {
  test.each(MODELS)('%s gives the last hidden state and the pooler output of transformers', async (model) => {
    const { rows } = expected(model);
    const encoder = openEncoder(fixtures + model);
    const { pad_token_id: pad, hidden_size: hidden } = encoder.config;
    const input = padRows(rows, pad ?? 0);
    const { lastHidden, pooled } = encoder.forward(input);
    expect(lastHidden.shape).toEqual([rows.length, input.length, hidden]);
    const values = await lastHidden.data();
    const pool = (await pooled?.data()) ?? null;
    const differences = rows.map((row, i) => {
      const at = i * input.length * hidden;
      const tokens = largestDifference(values.slice(at, at + row.ids.length * hidden), row.lastHidden.flat());
      expect(pool === null).toBe(row.pooled === null);
      if (pool === null || row.pooled === null) return tokens;
      return Math.max(tokens, largestDifference(pool.slice(i * hidden, (i + 1) * hidden), row.pooled));
    });
    expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE);
    tf.dispose(pooled === null ? [lastHidden] : [lastHidden, pooled]);
    encoder.dispose();
  });

  test('rows alone and rows in padded batches agree, cls and mean are those of the last hidden state', async () => {
    const { rows } = expected('tiny');
    const encoder = openEncoder(`${fixtures}tiny`);
    const done: number[] = [];
    const alone = await embedRows(encoder, rows, { tokensPerBatch: 1, onBatch: (count) => done.push(count) });
    const together = await embedRows(encoder, rows);
    expect(done).toEqual(rows.map((_, i) => i + 1));
    rows.forEach(({ lastHidden, pooled }, i) => {
      const mean = lastHidden[0].map(
        (_, j) => lastHidden.reduce((sum, token) => sum + token[j], 0) / lastHidden.length,
      );
      for (const embedding of [alone[i], together[i]]) {
        expect(largestDifference(embedding.cls, lastHidden[0])).toBeLessThanOrEqual(TOLERANCE);
        expect(largestDifference(embedding.mean, mean)).toBeLessThanOrEqual(TOLERANCE);
        expect(largestDifference(embedding.pooled!, pooled!)).toBeLessThanOrEqual(TOLERANCE);
      }
    });
    encoder.dispose();
  });

  test('a gradient passes through the last hidden state and the pooler, padding or not', async () => {
    const encoder = openEncoder(`${fixtures}tiny`);
    const input = padRows(expected('tiny').rows, 0);
    const weights = tf.tensor1d(
      Float32Array.from({ length: encoder.config.hidden_size }, (_, i) => ((i * 7) % 11) / 11),
    );
    const loss = (t: tf.Tensor): tf.Scalar => {
      const delta = (name: string, x: tf.Tensor) =>
        name.endsWith('layer.0.attention.self.query') ? tf.mul(x, t) : null;
      const { lastHidden, pooled } = encoder.forward(input, { delta });
      return tf.add(tf.sum(tf.mul(lastHidden, weights)), tf.sum(tf.mul(pooled!, weights)));
    };
    const values = tf.tidy(() =>
      tf.stack([tf.grad(loss)(tf.scalar(0.5)), loss(tf.scalar(0.55)), loss(tf.scalar(0.45))]),
    );
    const [slope, above, below] = await values.data();
    values.dispose();
    expect(Math.abs(slope)).toBeGreaterThan(0.01);
    expect(Math.abs((above - below) / 0.1 - slope)).toBeLessThan(0.02 * Math.abs(slope));
    weights.dispose();
    encoder.dispose();
  });

  test('no tensor is left behind, neither by a pass nor by an encoder', async () => {
    const before = tf.memory().numTensors;
    const encoder = openEncoder(`${fixtures}tiny`);
    const loaded = tf.memory().numTensors;
    for (let pass = 0; pass < 3; pass++) await embedRows(encoder, expected('tiny').rows);
    expect(tf.memory().numTensors).toBe(loaded);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('ids, types and lengths out of range are refused before a kernel reads past its memory', async () => {
  await openBertBackend('cpu');
  const encoder = openEncoder(`${fixtures}tiny`);
  const { vocab_size: size } = openBertFolder(`${fixtures}tiny`).config;
  const forward = (ids: number[], types = ids.map(() => 0)) => encoder.forward(padRows([{ ids, typeIds: types }], 0));
  expect(() => forward([1, size])).toThrow(`expected ids below vocab_size ${size}, got ${size}`);
  expect(() => forward([-1])).toThrow('got -1');
  expect(() => forward([1, 2], [0, 2])).toThrow('expected types below type_vocab_size 2, got 2');
  expect(() => forward(Array(65).fill(1))).toThrow('expected at most 64 tokens, got 65');
  const masked = (...mask: number[]) =>
    encoder.forward({ ...padRows([{ ids: [1, 2, 3], typeIds: [0, 0, 0] }], 0), mask: Float32Array.from(mask) });
  expect(() => masked(0, 0, 0)).toThrow('expected a token in every row, got none in row 0');
  expect(() => masked(1, 0, 1)).toThrow('expected padding behind the tokens of a row, got it before token 2');
  encoder.dispose();
});
