// Contexts of LoRA training: pairing of rows, one start and order for all four, resuming bit for bit, records.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AdamWState } from '../../src/bert/adamw.ts';
import {
  type ContextRequest,
  computeFrozenStates,
  createEncoder,
  decodeCheckpoint,
  encodeCheckpoint,
  type LabelledTask,
  openBertBackend,
  openBertFolder,
  openTensors,
  type PairedTasks,
  pairTasks,
  startOf,
  trainContext,
} from '../../src/bert/index.ts';
import { createOrder } from '../../src/bert/train-context.ts';
import {
  AloneRecord,
  aloneRecord,
  type ContextOutcome,
  LoraRecord,
  loraRecord,
  successTally,
} from '../../src/lora/index.ts';
import { dice } from '../support.ts';
import { fixtures, largestDifference } from './support.ts';

const temporary = mkdtempSync(join(tmpdir(), 'ncnet-context-'));
const model = openBertFolder(`${fixtures}tiny`);
const encoder = () => createEncoder(model.config, model.readWeights());
const WORDS = 'man woman cat dog food bread good bad film hello world house tree green blue'.split(' ');

/** Rows whose label is whether a word is in the text; `items` gives row i the item order(i). */
function task(name: string, count: number, word: string, items?: (i: number) => string): LabelledTask {
  const roll = dice(name.length * 100 + count);
  const rows = Array.from({ length: count }, (_, i) => {
    const textA = Array.from({ length: 3 + roll(3) }, () => WORDS[roll(WORDS.length)]).join(' ');
    const split = i % 5 === 4 ? ('heldOut' as const) : ('train' as const);
    return { textA, label: Number(textA.includes(word)), split, item: items?.(i) ?? null };
  });
  return { name, kind: 'classification', classes: ['0', '1'], rows };
}

const texts = ({ tasks }: PairedTasks, k: number) => tasks[k].train.map(({ texts: [{ ids }] }) => ids.join());

test('rows pair by item where tasks share items, else row by row; every task gives as many as the smallest has', () => {
  const a1 = task('a1', 40, 'cat', (i) => `e${i}`);
  const b1: LabelledTask = { ...a1, name: 'b1', rows: [...a1.rows].reverse().slice(3) };
  const [a2, b2] = [task('aa2', 30, 'dog'), task('bbb2', 50, 'man')];
  const mixed = pairTasks([a1, a2, b1, b2], model, 64, 1);
  expect(mixed.pairing).toBe('mixed');
  for (const { train, heldOut } of mixed.tasks) expect([train.length, heldOut.length]).toEqual([24, 6]);
  expect(texts(mixed, 0)).toEqual(texts(mixed, 2)); // the same items, which here are the same texts
  expect(texts(mixed, 0)).not.toEqual(texts(mixed, 1));
  const encode = (text: string) => model.tokenizer.encode(text, null, 64).ids.join();
  const possible = new Set(a2.rows.filter(({ split }) => split === 'train').map(({ textA }) => encode(textA)));
  expect(texts(mixed, 1).every((ids) => possible.has(ids))).toBe(true);
  expect(texts(mixed, 1)).not.toEqual([...possible].slice(0, 24)); // shuffled
  const fewer = pairTasks([a1, a2, b1, b2], model, 64, 1, 10);
  expect([0, 1, 2, 3].map((k) => texts(fewer, k))).toEqual([0, 1, 2, 3].map((k) => texts(mixed, k).slice(0, 10)));
  for (const { heldOut } of fewer.tasks) expect(heldOut).toHaveLength(6);
  expect(pairTasks([a1, a2, b1, b2], model, 64, 1)).toEqual(mixed);
  expect(texts(pairTasks([a1, a2, b1, b2], model, 64, 2), 0)).not.toEqual(texts(mixed, 0));
  expect(pairTasks([a2, a2, b2, b2], model, 64, 1).pairing).toBe('shuffle');
  expect(pairTasks([a1, a1, b1, b1], model, 64, 1).pairing).toBe('item');
  const apart = task('a1', 40, 'cat', (i) => `f${i}`);
  expect(pairTasks([a1, a1, apart, apart], model, 64, 1).pairing).toBe('shuffle');
  expect(pairTasks([a1, a2, b1, b2], model, 4, 1).cut).toBeGreaterThan(0);
  expect(() => pairTasks([{ ...a1, rows: [] }, a2, b1, b2], model, 64, 1)).toThrow(
    'a1: expected training rows, got none',
  );
});

const paired = pairTasks(
  [task('a1', 60, 'cat'), task('aa2', 60, 'dog'), task('b1', 60, 'good'), task('bb2', 60, 'a')],
  model,
  64,
  1,
);
const lora = {
  rank: 2,
  alpha: 4,
  targets: ['query', 'value'] as const,
  layers: null,
  dropout: 0.1,
  rankStabilized: false,
};
const options = {
  ...{ lora, steps: 12, batch: 8, parts: 1, learningRate: 0.01, warmUp: 3, weightDecay: 0.01, clip: 1 },
};
const draws = { seed: 3, replica: 1 };
const request = (change: Partial<ContextRequest> = {}): ContextRequest => ({
  ...{ encoder: shared, padId: 0, tasks: [paired.tasks[0], paired.tasks[2]], options, draws, base: null },
  ...change,
});

let shared: ReturnType<typeof encoder>;
beforeAll(async () => {
  await openBertBackend('wasm');
  shared = encoder();
});
afterAll(() => {
  shared.dispose();
  rmSync(temporary, { recursive: true, force: true });
});

test('the four contexts of a seed share adapter, heads and order; another seed has others', () => {
  const start = (a: number, b: number, replica = 1) =>
    startOf(shared, [paired.tasks[a], paired.tasks[b]], lora, { seed: 3, replica }, null);
  expect(start(0, 3)).toEqual(start(0, 2));
  expect(start(1, 2)).toEqual(start(0, 2));
  expect(start(0, 2, 2).adapter.modules).not.toEqual(start(0, 2).adapter.modules);
  const [one, other] = [createOrder(draws, 10, 4), createOrder({ seed: 3, replica: 2 }, 10, 4)];
  const places = [0, 1, 2, 3, 4].flatMap(one);
  expect([...places.slice(0, 10)].sort()).toEqual([...places.slice(10)].sort()); // epochs hold every row once
  expect([...places.slice(0, 10)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(places.slice(0, 10)).not.toEqual(places.slice(10));
  expect(createOrder(draws, 10, 4)(3)).toEqual(places.slice(12, 16)); // a step needs no step before it
  expect([0, 1, 2, 3, 4].flatMap(other)).not.toEqual(places);
  expect(createOrder(draws, 3, 8)(0).slice(0, 3).sort()).toEqual([0, 1, 2]); // a batch larger than the rows
});

test('a task alone starts as in its contexts and sees the same rows: only the other head is absent', async () => {
  const both = startOf(shared, [paired.tasks[0], paired.tasks[2]], lora, draws, null);
  const bob = startOf(shared, [paired.tasks[2]], lora, draws, null, ['bob']);
  expect(bob.adapter).toEqual(both.adapter);
  expect([...bob.heads]).toEqual([...both.heads].filter(([name]) => name.startsWith('bob.')));
  const one = { ...options, lora: { ...lora, dropout: 0 }, steps: 1, weightDecay: 0, clip: null };
  const first: number[][] = [];
  const train = (change: Partial<ContextRequest>) =>
    trainContext(request({ options: one, onStep: (_, losses) => void first.push(losses), ...change }));
  const pair = await train({});
  const alone = [
    await train({ tasks: [paired.tasks[0]], heads: ['alice'] }),
    await train({ tasks: [paired.tasks[2]], heads: ['bob'] }),
  ];
  expect(first.map((losses) => losses.length)).toEqual([2, 1, 1]);
  expect(largestDifference([...first[1], ...first[2]], first[0])).toBeLessThanOrEqual(1e-6);
  const [value, of] = [
    ({ state }: typeof pair, name: string) => state.parameters.get(name)!,
    'encoder.layer.1.attention.self.query.lora_B',
  ];
  for (const [head, name] of ['alice', 'bob'].entries()) {
    // A head's gradient is of its own loss, that of the adapter of both.
    const wanted = value(pair, `${name}.weight`);
    expect(largestDifference(value(alone[head], `${name}.weight`), wanted)).toBeLessThanOrEqual(1e-5);
    expect(largestDifference(value(alone[head], of), value(pair, of))).toBeGreaterThan(1e-3);
    expect(alone[head].outcome.train).toEqual([expect.stringMatching(/^[01]{48}$/)]);
    expect(alone[head].outcome.heldOut).toEqual([expect.stringMatching(/^[01]{12}$/)]);
  }
});

test('a training that goes on from a checkpoint ends in the same bits, and no tensor is left', async () => {
  const whole = await trainContext(request());
  const before = tf.memory().numTensors;
  const file = join(temporary, 'checkpoint');
  let losses = 0;
  const cut = trainContext(
    request({
      async onStep(step, [a, b], read) {
        losses += a + b;
        if (step !== 5) return;
        writeFileSync(file, encodeCheckpoint('key', await read()));
        throw new Error('killed');
      },
    }),
  );
  await expect(cut).rejects.toThrow('killed');
  expect(losses).toBeGreaterThan(1);
  const read = (key: string): AdamWState => {
    const tensors = openTensors(file);
    try {
      return decodeCheckpoint(tensors, key);
    } finally {
      tensors.close();
    }
  };
  const steps: number[] = [];
  const resume = read('key');
  const resumed = await trainContext(request({ resume, onStep: (step) => void steps.push(step) }));
  expect(steps).toEqual([6, 7, 8, 9, 10, 11, 12]);
  expect(resumed).toEqual(whole);
  expect(resumed.outcome.weights).toMatch(/^[0-9a-f]{64}$/);
  expect(() => read('other')).toThrow('expected a checkpoint of this training, got another file; delete it');
  expect(tf.memory().numTensors).toBe(before);
});

test('states of frozen layers computed once train as the layers themselves do', async () => {
  const high = { ...options, lora: { ...lora, layers: [1], dropout: 0 } };
  const all = paired.tasks.flatMap((own) => [...own.train, ...own.heldOut].flatMap((row) => row.texts));
  const frozen = await computeFrozenStates(shared, all, 1, 0);
  expect(frozen!.size).toBe(all.length);
  expect(await computeFrozenStates(shared, all, 0, 0)).toBe(null);
  const curves = await Promise.all(
    [frozen, null].map(async (states) => {
      const curve: number[] = [];
      await trainContext(request({ options: high, frozen: states, onStep: (_, losses) => void curve.push(...losses) }));
      return curve;
    }),
  );
  expect(largestDifference(curves[0], curves[1])).toBeLessThanOrEqual(1e-5);
});

test('learning: a word in the text is learnt, and outcomes are those of the trained heads', async () => {
  const { outcome } = await trainContext(request({ options: { ...options, steps: 60 } }));
  const { outcome: untrained } = await trainContext(request({ options: { ...options, steps: 1, learningRate: 1e-9 } }));
  const right = (text: string) => text.replaceAll('0', '').length / text.length;
  expect(outcome.train.map((own) => own.length)).toEqual([48, 48]);
  expect(outcome.heldOut.map((own) => own.length)).toEqual([12, 12]);
  expect(outcome.losses[0]! + outcome.losses[1]!).toBeLessThan(0.8 * (untrained.losses[0]! + untrained.losses[1]!));
  expect(Math.min(...outcome.train.map(right))).toBeGreaterThan(0.7);
});

test('multiple choice beside classes: every choice is read with its question, one score each', async () => {
  const choices = (i: number) => [0, 1, 2].map((k) => WORDS[(i * 7 + k * 5) % WORDS.length]);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const own = { textA: `one ${WORDS[i % WORDS.length]}`, choices: choices(i), label: i % 3, item: null };
    return { ...own, split: i % 4 === 0 ? ('heldOut' as const) : ('train' as const) };
  });
  const choice: LabelledTask = { name: 'c', kind: 'choice', classes: [], rows };
  const { tasks } = pairTasks([task('a1', 60, 'cat'), task('aa2', 60, 'dog'), choice, choice], model, 64, 1);
  expect(tasks[2].shape).toEqual({ outputs: 1, choices: 3 });
  const [first] = tasks[2].train;
  const source = rows.find(({ textA, choices: own, label }) => {
    const ids = own.map((text) => model.tokenizer.encode(textA, text, 64).ids);
    return label === first.label && JSON.stringify(ids) === JSON.stringify(first.texts.map((text) => text.ids));
  });
  expect(source).toBeDefined();
  const { outcome, state } = await trainContext(
    request({ tasks: [tasks[0], tasks[2]], options: { ...options, steps: 2 } }),
  );
  expect([...state.parameters.keys()].filter((name) => !name.includes('lora'))).toEqual([
    'alice.bias',
    'alice.weight',
    'bob.weight',
  ]);
  expect(outcome.train[1]).toMatch(/^[01]{30}$/);
  expect(outcome.losses[1]).toBeGreaterThan(0.3);
});

test('a training that diverges says at which step', async () => {
  const wild = { ...options, learningRate: 1e30, clip: null };
  await expect(trainContext(request({ options: wild }))).rejects.toThrow(
    /expected finite losses, got .* at step \d+; lower/,
  );
});

test('a record counts joint outcomes and flips of the four contexts, from which the successes follow', () => {
  const context = (a: string, b: string): ContextOutcome => ({
    ...{ train: [a, b], heldOut: ['', ''], losses: [0.5, null], weights: 'f'.repeat(64) },
  });
  const contexts = [context('1111', '1110'), context('1011', '0000'), context('1100', '1110'), context('1111', '1100')];
  const record = loraRecord(contexts, 2);
  expect(record).toEqual({
    counts: { correct: [3, 1, 0, 0, 0, 3, 0, 1, 2, 0, 1, 1, 2, 2, 0, 0], 'held-out': null },
    flips: { correct: [1, 4, 2, 4, 0, 4, 2, 4], 'held-out': null },
    losses: [0.5, null, 0.5, null, 0.5, null, 0.5, null],
    replica: 2,
    weights: Array(4).fill('f'.repeat(64)),
  });
  expect(LoraRecord.parse(record)).toEqual(record);
  expect(successTally(record, [0.75, 0.75, 0.75, 0.75])).toEqual({
    counts: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0],
    flips: [0, 1, 1, 1, 0, 1, 0, 1],
  });
});

test('a record of tasks alone counts the right rows of each', () => {
  const task = (train: string, heldOut: string, loss: number | null): ContextOutcome => ({
    ...{ train: [train], heldOut: [heldOut], losses: [loss], weights: 'e'.repeat(64) },
  });
  const bits = [task('1110', '01', 0.5), task('0000', '11', null), task('1111', '00', 0.1), task('0001', '10', 2)];
  const record = aloneRecord(bits, 3);
  expect(record).toEqual({
    losses: [0.5, null, 0.1, 2],
    replica: 3,
    right: { correct: [3, 0, 4, 1], 'held-out': [1, 2, 0, 1] },
    rows: { correct: 4, 'held-out': 2 },
    weights: Array(4).fill('e'.repeat(64)),
  });
  expect(AloneRecord.parse(record)).toEqual(record);
  const none = aloneRecord(
    bits.map((own) => ({ ...own, heldOut: [''] })),
    3,
  );
  expect(AloneRecord.parse(none)).toMatchObject({ right: { 'held-out': null }, rows: { 'held-out': 0 } });
  expect(
    AloneRecord.safeParse(
      loraRecord(
        [0, 1, 2, 3].map(() => ({ ...bits[0], train: ['1', '1'], heldOut: ['', ''] })),
        0,
      ),
    ).success,
  ).toBe(false);
});
