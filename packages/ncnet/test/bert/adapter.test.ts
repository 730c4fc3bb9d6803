// LoRA adapters: identity at the start, merging, and files exchanged with Python PEFT in both directions.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adaptedLayers,
  type BertEncoder,
  createAdapter,
  createEncoder,
  type DenseAdapter,
  encodeTensors,
  hashWeights,
  type LoraConfig,
  mergeAdapter,
  openAdapter,
  openBertBackend,
  openBertFolder,
  openTensors,
  padRows,
  peftTensors,
  readAdapter,
  scalingOf,
  writeAdapter,
} from '../../src/bert/index.ts';
import { writeOurs } from './fixtures/peft/ours.ts';
import { expected, fixtures, largestDifference } from './support.ts';

const peft = `${fixtures}peft/`;
const folder = mkdtempSync(join(tmpdir(), 'ncnet-lora-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { config, readWeights } = openBertFolder(`${fixtures}tiny`);
const weights = readWeights();
const hash = hashWeights(weights);
const rows = expected('tiny').rows.slice(0, 3);
const input = padRows(rows, 0);
const draws = { seed: 1, replica: 0 };
const lora: LoraConfig = {
  rank: 4,
  alpha: 8,
  targets: ['query', 'value'],
  layers: null,
  dropout: 0,
  rankStabilized: false,
};

/** Last hidden states of the rows, padding left out, and the pooler's output. */
async function pass(encoder: BertEncoder, adapter?: DenseAdapter): Promise<[number[], number[]]> {
  const { lastHidden, pooled } = encoder.forward(input, adapter);
  const values = await lastHidden.data();
  const width = config.hidden_size;
  const own = rows.flatMap(({ ids }, i) => [
    ...values.subarray(i * input.length * width).subarray(0, ids.length * width),
  ]);
  const pool = [...(await pooled!.data())];
  tf.dispose([lastHidden, pooled!]);
  return [own, pool];
}

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(() => openBertBackend(backend));

  test('an adapter at its start, and the encoder after it, give the bits of the encoder alone', async () => {
    const encoder = createEncoder(config, weights);
    const before = tf.memory().numTensors;
    const alone = await pass(encoder);
    const every = { ...lora, targets: ['query', 'key', 'value', 'dense'] as const };
    const adapter = openAdapter(createAdapter(config, every, draws, null));
    expect(await pass(encoder, adapter)).toEqual(alone);
    const strong = openAdapter(readAdapter(`${peft}plain`, config, () => hash));
    expect(largestDifference((await pass(encoder, strong))[0], alone[0])).toBeGreaterThan(0.1);
    expect(await pass(encoder)).toEqual(alone);
    adapter.dispose();
    strong.dispose();
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
  });

  const cases = ['plain', 'every', 'ours'] as const;
  const wanted = JSON.parse(readFileSync(`${peft}expected.json`, 'utf8'));
  test.each(cases)('%s gives the numbers of PEFT, and merged the same', async (name) => {
    const adapter = readAdapter(peft + name, config, () => hash);
    const encoder = createEncoder(config, weights);
    const opened = openAdapter(adapter);
    const [hidden, pooled] = await pass(encoder, opened);
    expect(largestDifference(hidden, wanted[name].lastHidden.flat(2))).toBeLessThanOrEqual(1e-5);
    if (name === 'every') expect(largestDifference(pooled, wanted.every.pooled.flat())).toBeLessThanOrEqual(1e-5);
    const merged = createEncoder(config, mergeAdapter(weights, adapter));
    const largest = Math.max(...hidden.map(Math.abs));
    expect(largestDifference((await pass(merged))[0], hidden) / largest).toBeLessThanOrEqual(1e-6);
    expect(hashWeights(weights)).toBe(hash); // merging leaves the base as it was
    for (const thing of [encoder, merged, opened]) thing.dispose();
  });
});

test('A is uniform in +-1/sqrt(inputs), the same whichever rank and targets; B is zero', () => {
  const small = createAdapter(config, { ...lora, rank: 2, layers: [1], targets: ['value'] }, draws, null);
  const large = createAdapter(config, { ...lora, rank: 32, targets: ['query', 'key', 'value', 'dense'] }, draws, null);
  const name = 'encoder.layer.1.attention.self.value';
  expect([...small.modules.keys()]).toEqual([name]);
  expect(large.modules.get(name)!.a.subarray(0, 64)).toEqual(small.modules.get(name)!.a);
  expect(large.modules.size).toBe(12);
  for (const { a, b, inputs } of large.modules.values()) {
    const scaled = [...a].map((value) => value * Math.sqrt(inputs));
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.abs(scaled.reduce((sum, value) => sum + value, 0) / a.length)).toBeLessThan(
      4 / Math.sqrt(3 * a.length),
    );
    expect(scaled.reduce((sum, value) => sum + value * value, 0) / a.length).toBeCloseTo(1 / 3, 1);
    expect(b.every((value) => value === 0)).toBe(true);
  }
  const other = createAdapter(config, lora, { seed: 1, replica: 1 }, null).modules.get(name)!;
  expect(other.a).not.toEqual(large.modules.get(name)!.a.subarray(0, 128));
  expect(adaptedLayers(config, { targets: ['dense'], layers: [0] })).toEqual([
    'encoder.layer.0.attention.output.dense',
    'encoder.layer.0.intermediate.dense',
    'encoder.layer.0.output.dense',
  ]);
  expect([lora, { ...lora, rankStabilized: true }].map(scalingOf)).toEqual([2, 4]);
});

test('a rank or a layer that the model lacks is refused', () => {
  expect(() => createAdapter(config, { ...lora, rank: 33 }, draws, null)).toThrow(
    '--rank: expected a rank of at most 32, the hidden_size of this model, got 33; lower it',
  );
  expect(() => createAdapter(config, { ...lora, layers: [0, 2] }, draws, null)).toThrow('expected layers from 0 to 1');
});

test('what PEFT loads is what this version writes, and writing what was read gives it back', () => {
  writeOurs(join(folder, 'ours'));
  for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
    expect(readFileSync(join(folder, 'ours', name)).equals(readFileSync(`${peft}ours/${name}`)), name).toBe(true);
  }
  for (const name of ['plain', 'every', 'ours']) {
    const read = readAdapter(peft + name, config, () => hash);
    writeAdapter(join(folder, name), read, 'tiny');
    expect(readAdapter(join(folder, name), config, () => hash)).toEqual(read);
    const [theirs, own] = [peft + name, join(folder, name)].map((at) => openTensors(`${at}/adapter_model.safetensors`));
    expect([...own.entries.keys()].sort()).toEqual([...theirs.entries.keys()].sort());
    expect([...peftTensors(read).keys()].sort()).toEqual([...theirs.entries.keys()].sort());
    theirs.close();
    own.close();
  }
});

test("another base is refused where the file names its own, PEFT's files fit by shape", () => {
  expect(readAdapter(`${peft}plain`, config, () => 'never asked').base).toBe(null);
  expect(readAdapter(`${peft}ours`, config, () => hash).base).toBe(hash);
  const other = new Map(weights).set('encoder.layer.0.output.dense.bias', new Float32Array(32));
  expect(() => readAdapter(`${peft}ours`, config, () => hashWeights(other))).toThrow(
    'expected the base that this adapter was trained on, got other weights; give that base with --base',
  );
  expect(() => readAdapter(`${peft}plain`, { ...config, num_hidden_layers: 1 }, () => hash)).toThrow(
    'expected LoRA tensors of the dense layers of this BERT, got base_model.model.encoder.layer.1.',
  );
  expect(() => readAdapter(`${peft}plain`, { ...config, hidden_size: 16 }, () => hash)).toThrow(
    'of shape [3,16], got [3,32]',
  );
});

/** plain/ with a changed config, or other tensors. */
function changed(change: object, tensors?: (given: ReturnType<typeof peftTensors>) => void): string {
  const target = mkdtempSync(join(folder, 'bad-'));
  cpSync(`${peft}plain`, target, { recursive: true });
  const given = JSON.parse(readFileSync(join(target, 'adapter_config.json'), 'utf8'));
  writeFileSync(join(target, 'adapter_config.json'), JSON.stringify({ ...given, ...change }));
  if (tensors !== undefined) {
    const map = peftTensors(readAdapter(`${peft}plain`, config, () => hash));
    tensors(map);
    writeFileSync(join(target, 'adapter_model.safetensors'), encodeTensors(map));
  }
  return target;
}

const QUERY = 'base_model.model.encoder.layer.0.attention.self.query';
const bad: [what: string, make: () => string, message: string][] = [
  ['no folder', () => join(folder, 'nowhere'), 'got no such folder'],
  ['no config', () => mkdtempSync(join(folder, 'none-')), 'expected the JSON object that PEFT writes, got ENOENT'],
  [
    'DoRA',
    () => changed({ use_dora: true }),
    'expected a use_dora of plain LoRA, got true; this encoder computes plain',
  ],
  ['another method', () => changed({ peft_type: 'IA3' }), 'expected a peft_type of plain LoRA, got IA3'],
  ['trained biases', () => changed({ bias: 'all' }), 'expected a bias of plain LoRA, got all'],
  ['alphas by module', () => changed({ alpha_pattern: { query: 2 } }), 'expected a alpha_pattern of plain LoRA'],
  ['A alone', () => changed({}, (map) => map.delete(`${QUERY}.lora_B.weight`)), 'self.query, got lora_A alone'],
  [
    'a number that is none',
    () => changed({}, (map) => map.get(`${QUERY}.lora_A.weight`)!.values.set([Number.NaN])),
    'expected finite numbers in the LoRA of encoder.layer.0.attention.self.query, got NaN',
  ],
  [
    'an embedding',
    () => changed({}, (map) => map.set('base_model.model.embeddings.x', { shape: [1], values: new Float32Array(1) })),
    'got base_model.model.embeddings.x; give an adapter of this base',
  ],
  ['no tensor', () => changed({}, (map) => map.clear()), 'expected at least one LoRA tensor, got none'],
];

test.each(bad)('%s is one clear error', (_, make, message) => {
  expect(() => readAdapter(make(), config, () => hash)).toThrow(message);
});

test('heads that PEFT saved beside an adapter are left out', () => {
  const head = { shape: [2], values: new Float32Array(2) };
  const target = changed({ modules_to_save: ['classifier'] }, (map) =>
    map.set('base_model.model.classifier.weight', head),
  );
  expect(readAdapter(target, config, () => hash).modules.size).toBe(4);
});

test('encodeTensors: equal content, equal bytes; a wrong size is refused', () => {
  const tensor = { shape: [2], values: Float32Array.of(1, 2) };
  const bytes = [
    ['b', 'a'],
    ['a', 'b'],
  ].map((names) => encodeTensors(new Map(names.map((name) => [name, tensor]))));
  expect(bytes[0]).toEqual(bytes[1]);
  expect(() => encodeTensors(new Map([['a', { ...tensor, shape: [3] }]]))).toThrow(
    'expected a of shape [3], got 2 numbers',
  );
});
