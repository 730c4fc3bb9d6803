// Broken and hostile safetensors files, weights that do not fit their config, and configs that the encoder cannot compute.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBertFolder, openTensors, parseConfig } from '../../src/bert/index.ts';
import { fixtures } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'ncnet-bert-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (header: unknown, data = 0, length?: bigint): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, Buffer.alloc(data)]);
};
const f32 = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = 'F32') => ({
  ...{ dtype, shape, data_offsets: [begin, end] },
});
const open = (bytes: Buffer) => {
  const file = join(folder, 'a.safetensors');
  writeFileSync(file, bytes);
  return openTensors(file);
};

const hostile: [what: string, bytes: Buffer, message: string][] = [
  ['an empty file', Buffer.alloc(0), 'got 0 bytes'],
  ['a header of 2^64 - 1 bytes', bytesOf('{}', 8, 2n ** 64n - 1n), 'got a header length of 18446744073709552000 bytes'],
  ['a header over the limit', bytesOf('{}', 8, 100_000_001n), 'got a header length of 100000001 bytes'],
  ['a header past the end', bytesOf('{}', 8, 1000n), 'got a header of 1000 bytes in a file of 18'],
  ['a zip file', Buffer.from('504b0304140000000000000000000000', 'hex'), 'got a header length of 85966670672 bytes'],
  ['a list', bytesOf('[1,2,3]'), 'got a header that does not start with {'],
  ['cut JSON', bytesOf('{"a": '), 'got a header that is no JSON'],
  ['bytes that are no UTF-8', bytesOf('{"a\u00ff": 1}').fill(0xff, 11, 12), 'got a header that is no JSON'],
  ['an entry that is none', bytesOf({ a: null }), 'got tensor a of dtype undefined'],
  ['an unknown dtype', bytesOf({ a: f32([1], 0, 4, 'toString') }, 4), 'got tensor a of dtype toString'],
  ['a negative side', bytesOf({ a: f32([-1], 0, 4) }, 4), 'got tensor a of shape [-1]'],
  ['a broken side', bytesOf({ a: f32([0.5], 0, 2) }, 2), 'got tensor a of shape [0.5]'],
  [
    'a shape past 2^53',
    bytesOf({ a: f32([2 ** 30, 2 ** 30], 0, 4) }, 4),
    'got tensor a of F32 [1073741824,1073741824]',
  ],
  ['an end before the begin', bytesOf({ a: f32([1], 4, 0) }, 4), 'got tensor a of F32 [1] in -4 bytes'],
  ['text for an offset', bytesOf({ a: f32([1], '0', 4) }, 4), 'got tensor a with data_offsets ["0",4]'],
  ['another size', bytesOf({ a: f32([2], 0, 4) }, 4), 'got tensor a of F32 [2] in 4 bytes'],
  ['data cut short', bytesOf({ a: f32([4], 0, 16) }, 8), 'got tensor a that ends at byte'],
  ['an overlap', bytesOf({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4), 'got tensor b at byte'],
  ['a gap', bytesOf({ a: f32([1], 4, 8) }, 8), 'got tensor a at byte'],
  ['bytes after the end', bytesOf({ a: f32([1], 0, 4) }, 5), 'got 1 bytes after the last tensor'],
  ['control characters', bytesOf({ 'a\u001b[31m': f32([2], 0, 4) }, 4), 'got tensor a\\u001b[31m of F32'],
];

test.each(hostile)('%s is refused in one line', (_, bytes, message) => {
  expect(() => open(bytes)).toThrow(message);
});

test('a file that is not there is an error like another', () => {
  expect(() => openTensors(join(folder, 'nowhere'))).toThrow('expected a file that can be read, got ENOENT; check');
});

test('a name of an inherited property is a name like another', () => {
  const file = open(bytesOf(`{"__proto__":${JSON.stringify(f32([1], 0, 4))}}`, 4));
  expect([...file.entries.keys()]).toEqual(['__proto__']);
  file.close();
});

test('F16 and BF16 give their exact values, I64 is refused where weights are wanted', () => {
  const header = {
    half: f32([6], 0, 12, 'F16'),
    brain: f32([2], 12, 16, 'BF16'),
    long: f32([1], 16, 24, 'I64'),
  };
  const bytes = bytesOf(header, 24);
  const at = bytes.length - 24;
  [0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555, 0x8000, 0x3f80, 0xc049].forEach((bits, i) => {
    bytes.writeUInt16LE(bits, at + 2 * i);
  });
  const file = open(bytes);
  expect([...file.read('half')]).toEqual([1, -2, 2 ** -24, 65504, 0.333251953125, -0]);
  expect([...file.read('brain')]).toEqual([1, -3.140625]);
  expect(() => file.read('long')).toThrow('expected weights in F32, F16 or BF16, got tensor long in I64');
  file.close();
});

/** The tiny model with a changed header or config. */
function changed(header: (entries: Record<string, unknown>) => void, config: object = {}): string {
  const target = mkdtempSync(join(folder, 'model-'));
  copyFileSync(`${fixtures}tiny/vocab.txt`, join(target, 'vocab.txt'));
  const given = JSON.parse(readFileSync(`${fixtures}tiny/config.json`, 'utf8'));
  writeFileSync(join(target, 'config.json'), JSON.stringify({ ...given, ...config }));
  const bytes = readFileSync(`${fixtures}tiny/model.safetensors`);
  const length = Number(bytes.readBigUInt64LE());
  const entries = JSON.parse(bytes.subarray(8, 8 + length).toString());
  header(entries);
  writeFileSync(join(target, 'model.safetensors'), Buffer.concat([bytesOf(entries), bytes.subarray(8 + length)]));
  return target;
}
function withVocabulary(change: (words: string[]) => string[]): string {
  const target = changed(() => {});
  const words = readFileSync(join(target, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  writeFileSync(join(target, 'vocab.txt'), `${change(words).join('\n')}\n`);
  return target;
}
/** The tiny model whose tokens stand in a tokenizer.json, with the words that are kept. */
function withTokenizer(keep: (word: string, id: number) => boolean, settings: object = {}): string {
  const target = changed(() => {});
  const words = readFileSync(join(target, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  rmSync(join(target, 'vocab.txt'));
  const kept = words.map((word, id): [string, number] => [word, id]).filter(([word, id]) => keep(word, id));
  const model = {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    vocab: Object.fromEntries(kept),
  };
  const steps = { normalizer: null, pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: null, decoder: null };
  writeFileSync(join(target, 'tokenizer.json'), JSON.stringify({ added_tokens: [], ...steps, model }));
  writeFileSync(join(target, 'tokenizer_config.json'), JSON.stringify(settings));
  return target;
}
const rename = (from: string, to: string) => (entries: Record<string, unknown>) => {
  entries[to] = entries[from];
  delete entries[from];
};
const QUERY = 'encoder.layer.1.attention.self.query.weight';

const unfit: [what: string, make: () => string, message: string][] = [
  ['a missing tensor', () => changed(rename(QUERY, 'classifier.weight')), `expected the tensor ${QUERY}, got none;`],
  ['an extra tensor', () => changed(() => {}, { num_hidden_layers: 1 }), 'got encoder.layer.1.'],
  ['half a pooler', () => changed(rename('pooler.dense.bias', 'cls.x')), 'expected the tensor pooler.dense.bias, got'],
  [
    'another vocabulary',
    () => changed(() => {}, { vocab_size: 9 }),
    'expected tokens for vocab_size 9 of config.json, got 126;',
  ],
  [
    'a larger embedding',
    () => changed(() => {}, { vocab_size: 127 }),
    'word_embeddings.weight of shape [127,32], got [',
  ],
  [
    'a vocab.txt cut short',
    () => withVocabulary((words) => words.slice(0, 20)),
    'vocab.txt: expected tokens for vocab_size 126 of config.json, got 20;',
  ],
  [
    'a vocab.txt of another model',
    () => withVocabulary((words) => [...words, 'more']),
    'vocab.txt: expected tokens for vocab_size 126 of config.json, got 127;',
  ],
  [
    'a tokenizer.json of a smaller model',
    () => withTokenizer((_, id) => id < 60),
    'tokenizer.json: expected tokens for vocab_size 126 of config.json, got 60;',
  ],
  [
    'a tokenizer.json with few of the tokens, the last among them',
    () => withTokenizer((_, id) => id < 20 || id === 125),
    'tokenizer.json: expected tokens for vocab_size 126 of config.json, got 21;',
  ],
  [
    'a tokenizer.json without a token that its settings name',
    () => withTokenizer(() => true, { pad_token: '<pad>' }),
    'tokenizer.json: expected the pad_token <pad> of tokenizer_config.json, got none;',
  ],
  [
    'one tensor under two names',
    () => changed(rename('pooler.dense.bias', `bert.${QUERY}`)),
    `expected the tensor ${QUERY} once, got `,
  ],
];

test('a tokenizer.json may leave out some tokens', () => {
  expect(openBertFolder(withTokenizer((_, id) => id < 100)).tokenizer).toMatchObject({ size: 100, largestId: 99 });
});

test.each(unfit)('%s is an error that names it', (_, make, message) => {
  expect(() => openBertFolder(make()).readWeights()).toThrow(message);
});

const config = JSON.parse(readFileSync(`${fixtures}tiny/config.json`, 'utf8'));
const unsupported: [change: object, message: string][] = [
  [
    { hidden_act: 'relu' },
    'c: expected hidden_act gelu|gelu_new|gelu_pytorch_tanh, got relu; this encoder computes no',
  ],
  [{ position_embedding_type: 'relative_key' }, 'expected position_embedding_type absolute, got relative_key'],
  [{ model_type: 'xlm-roberta' }, 'expected model_type bert, got xlm-roberta'],
  [{ is_decoder: true }, 'expected is_decoder false, got true'],
  [{ hidden_size: undefined }, 'expected hidden_size to be a number in range'],
  [{ vocab_size: 1e9 }, 'expected vocab_size to be a number in range'],
  [{ num_attention_heads: 5 }, 'expected hidden_size 32 to be a multiple of num_attention_heads, got 5'],
];

test.each(unsupported)('config %j is one clear error', (change, message) => {
  expect(() => parseConfig(JSON.stringify({ ...config, ...change }), 'c')).toThrow(message);
});

test('a folder that lacks a file says which', () => {
  const empty = join(folder, 'empty');
  expect(() => openBertFolder(empty)).toThrow('got no such folder');
  mkdirSync(empty);
  expect(() => openBertFolder(empty)).toThrow('got no config.json');
  copyFileSync(`${fixtures}tiny/config.json`, join(empty, 'config.json'));
  expect(() => openBertFolder(empty)).toThrow('got no tokenizer.json or vocab.txt');
  copyFileSync(`${fixtures}tiny/vocab.txt`, join(empty, 'vocab.txt'));
  expect(() => openBertFolder(empty)).toThrow('got no model.safetensors');
});
