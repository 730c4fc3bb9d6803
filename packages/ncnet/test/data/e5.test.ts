// The 4-bit format of multilingual-e5-small: a small file written by hand is read back as its halves times its scales.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../runner/test/helpers.ts';
import { openTensors } from '../../src/bert/safetensors.ts';
import { dequantiseE5 } from '../../src/data/e5.ts';

const folder = temporaryFolder();
const [hidden, inner, words] = [32, 64, 3];
const SCALES = [0x3c00, 0xb800, 0x0001, 0x2e66]; // binary16: 1, -0.5, 2^-24, 0.0999755859375
const VALUES = [1, -0.5, 2 ** -24, 0.0999755859375];

const int = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
const floats = (count: number, value: number): Buffer => Buffer.from(new Float32Array(count).fill(value).buffer);

/** Half k of block b is (5 b + k) modulo 16: the first 16 weights in the low halves. */
const half = (block: number, k: number): number => (5 * block + k) % 16;
function packed(count: number): Buffer {
  const blocks = Array.from({ length: count / 32 }, (_, block) => {
    const scale = SCALES[block % 4];
    const bytes = Array.from({ length: 16 }, (_, i) => half(block, i) | (half(block, 16 + i) << 4));
    return Buffer.from([scale & 255, scale >> 8, ...bytes]);
  });
  return Buffer.concat(blocks);
}

function file(): Buffer {
  const sections: [string, Buffer][] = [
    ['emb.word', packed(words * hidden)],
    ['emb.pos', floats(4 * hidden, 0.25)],
    ['emb.type', floats(2 * hidden, 0)],
    ...['emb.ln.w', 'emb.ln.b', 'l0.q.b', 'l0.k.b', 'l0.v.b', 'l0.ao.b', 'l0.fo.b'].map((name): [string, Buffer] => [
      name,
      floats(hidden, 1),
    ]),
    ...['l0.aln.w', 'l0.aln.b', 'l0.oln.w', 'l0.oln.b'].map((name): [string, Buffer] => [name, floats(hidden, 2)]),
    ...['l0.q.w', 'l0.k.w', 'l0.v.w', 'l0.ao.w'].map((name): [string, Buffer] => [name, packed(hidden * hidden)]),
    ['l0.fi.w', packed(inner * hidden)],
    ['l0.fo.w', packed(inner * hidden)],
    ['l0.fi.b', floats(inner, 3)],
  ];
  const pieces = [Buffer.from('ab'), int(0, 1, 2), floats(2, -1)];
  const start = Buffer.concat([
    ...[Buffer.from('E5S1'), int(1, hidden, 1, 2, inner, words, 4, 2), floats(1, 1e-12), int(32, 2, 0, 2, 1, 3)],
    ...[Buffer.from(BigUint64Array.of(2n).buffer), pieces[1], pieces[2], pieces[0], int(1, 5), Buffer.alloc(5)],
  ]);
  const entry = (name: string, offset: number, bytes: number): Buffer =>
    Buffer.concat([
      ...[Buffer.from(Uint16Array.of(name.length).buffer), Buffer.from(name), Buffer.from([0]), int(0)],
      Buffer.from(BigUint64Array.of(BigInt(offset), BigInt(bytes)).buffer),
    ]);
  const size = start.length + 4 + sections.reduce((sum, [name]) => sum + entry(name, 0, 0).length, 0);
  let at = size;
  const table = sections.map(([name, { length }]) => {
    at += length;
    return entry(name, at - length, length);
  });
  return Buffer.concat([start, int(sections.length), ...table, ...sections.map(([, bytes]) => bytes)]);
}

test('weights are scale x (half - 8), to the last bit of F16, subnormal ones included', () => {
  const files = dequantiseE5(file());
  const path = join(folder, 'model.safetensors');
  writeFileSync(path, files.get('model.safetensors')!);
  const tensors = openTensors(path);
  const shapes = Object.fromEntries(
    [...tensors.entries].map(([name, { shape, dtype }]) => [name, `${dtype} ${shape}`]),
  );
  expect(shapes['embeddings.word_embeddings.weight']).toBe('F16 3,32');
  expect(shapes['encoder.layer.0.intermediate.dense.weight']).toBe('F16 64,32');
  expect(shapes['encoder.layer.0.output.LayerNorm.bias']).toBe('F32 32');
  expect(Object.keys(shapes)).toHaveLength(5 + 16);
  const weights = tensors.read('encoder.layer.0.output.dense.weight');
  expect(weights).toHaveLength(inner * hidden);
  weights.forEach((value, i) => {
    const [block, k] = [Math.floor(i / 32), i % 32];
    const exact = VALUES[block % 4] * (half(block, k) - 8);
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(Math.max(Math.abs(exact) * 2 ** -11, 2 ** -25)); // half a unit
    if (block % 4 < 3) expect(value + 0).toBe(exact + 0);
  });
  expect(tensors.read('encoder.layer.0.intermediate.dense.bias')[0]).toBe(3);
  tensors.close();
  expect(JSON.parse(Buffer.from(files.get('config.json')!).toString())).toMatchObject({
    ...{ model_type: 'bert', hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 64 },
    ...{ vocab_size: 3, max_position_embeddings: 4, type_vocab_size: 2, layer_norm_eps: 1e-12 },
  });
});

test('another or a cut file is one line', () => {
  expect(() => dequantiseE5(Buffer.from('E5S2aaaa'))).toThrow(
    'e5-small-q4.bin: expected a file of format E5S1, got another',
  );
  expect(() => dequantiseE5(file().subarray(0, -10))).toThrow(
    /e5-small-q4.bin: expected section l0.fi.b, got a cut file/,
  );
});
