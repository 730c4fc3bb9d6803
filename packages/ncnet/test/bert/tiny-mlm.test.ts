// tiny-mlm, the base that comes with the package: its recipe gives its files, it predicts masked words better than their
// frequencies do, and a LoRA adapter on it learns a task.
import { readFileSync } from 'node:fs';
import tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import type { Parameter } from '../../src/bert/adamw.ts';
import {
  accuracyOf,
  createEncoder,
  openBertBackend,
  openBertFolder,
  openTensors,
  padRows,
  pairTasks,
  trainContext,
} from '../../src/bert/index.ts';
import { defaultModel, openTask, resolveModel } from '../../src/data/index.ts';
import { judge, pretrain, startOfPretraining } from '../../src/pretrain/masked-language-model.ts';
import { readTexts } from '../../src/pretrain/texts.ts';
import { encodeTinyMlm, JUDGE_SEED, prepareTinyMlm, TINY_MLM_TRAINING } from '../../src/pretrain/tiny-mlm.ts';
import { encode, trainedShapes } from '../../src/pretrain/trainable.ts';
import { buildVocabulary, SPECIAL_TOKENS, splitWords } from '../../src/pretrain/vocabulary.ts';
import { largestDifference } from './support.ts';

process.env.NCNET_CACHE = '/nowhere/at/all';
const folder = resolveModel('tiny-mlm');
const { config, tokenizer, readWeights } = openBertFolder(folder);
const training = JSON.parse(readFileSync(`${folder}/training.json`, 'utf8'));
let prepared: Awaited<ReturnType<typeof prepareTinyMlm>>;

beforeAll(async () => {
  await openBertBackend('wasm');
  prepared = await prepareTinyMlm();
}, 600_000);

/** Every trained tensor of the committed file, the head's too. */
function readParameters(): Map<string, Parameter> {
  const file = openTensors(`${folder}/model.safetensors`);
  const parameters = [...trainedShapes(config)].map(
    ([name, shape]) => [name, { shape, values: file.read(name) }] as const,
  );
  file.close();
  return new Map(parameters);
}

test('the recipe makes the vocabulary and the settings that are here, byte for byte', () => {
  for (const [name, text] of Object.entries(prepared.files)) {
    expect(readFileSync(`${folder}/${name}`, 'utf8') === text, name).toBe(true);
  }
  expect(prepared.config).toEqual(config);
  expect(training).toMatchObject(TINY_MLM_TRAINING);
  expect(training.losses).toHaveLength(TINY_MLM_TRAINING.steps);
});

test('its first steps give the losses that are written beside the model', async () => {
  const losses: number[] = [];
  const onStep = (_: number, loss: number): void => void losses.push(loss);
  await pretrain(config, prepared.texts.train, TINY_MLM_TRAINING, { until: 4, onStep });
  expect(losses).toHaveLength(4);
  expect(largestDifference(losses, training.losses.slice(0, 4))).toBeLessThanOrEqual(1e-4);
});

test('masked words of texts that it never saw: the loss is below that of their frequencies', async () => {
  const texts = prepared.texts.heldOut.filter((_, i) => i % 4 === 0);
  const trained = await judge(config, readParameters(), texts, prepared.counts, JUDGE_SEED);
  expect(trained.tokens).toBeGreaterThan(1500);
  expect(trained.model).toBeLessThan(trained.unigram - 0.3);
  expect(Math.abs(trained.model - training.heldOut.model)).toBeLessThan(0.15); // a quarter of the texts, weights in F16
  const start = await judge(config, startOfPretraining(config, 1), texts.slice(0, 64), prepared.counts, JUDGE_SEED);
  expect(start.model).toBeGreaterThan(start.unigram); // what tells a trained model from none
});

test('no text that a task holds out was learnt from', async () => {
  const { train } = await readTexts();
  const learnt = new Set(train.flatMap(({ a, b }) => (b === null ? [a] : [a, b])));
  expect(learnt.size).toBeGreaterThan(40_000);
  for (const name of ['spam', 'emoji-group:ja', 'wordnet-defmatch', 'wordnet-supersense']) {
    const { rows } = await openTask(name);
    const held = rows.filter(({ split }) => split === 'heldOut').flatMap(({ textA, textB }) => [textA, textB]);
    expect(held.filter((text) => text !== undefined && learnt.has(text))).toEqual([]);
  }
});

test('the encoder that trains and the one that is frozen compute the same', async () => {
  const tensors = new Map(
    [...readParameters()].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
  );
  const rows = [tokenizer.encode('a small boat', 'ein kleines Boot', 64), tokenizer.encode('счастье', null, 64)];
  const input = padRows(rows, 0);
  const encoder = createEncoder(config, readWeights());
  const frozen = encoder.forward(input).lastHidden;
  const mask = tf.tensor2d(input.mask, [input.mask.length, 1]); // the frozen one computes nothing at padding
  const trained = tf.tidy(() => tf.mul(encode(config, tensors, input), mask));
  expect(largestDifference(await trained.data(), await frozen.data())).toBeLessThanOrEqual(1e-5);
  tf.dispose([frozen, trained, mask, ...tensors.values()]);
  encoder.dispose();
});

test('the file is what the writer of the recipe makes of its numbers', () => {
  const bytes = readFileSync(`${folder}/model.safetensors`);
  expect(bytes.length).toBeLessThan(1.5e6);
  expect(Buffer.compare(Buffer.from(encodeTinyMlm(readParameters())), bytes)).toBe(0); // F16 of F16 is itself
});

test('a LoRA adapter on it learns tasks: the losses fall, held-out rows beat the commonest class', async () => {
  const tasks = await Promise.all(['spam', 'emoji-group:en'].map(openTask));
  const paired = pairTasks(tasks, { tokenizer, config }, 24, 1, 512);
  const [spam, emoji] = paired.tasks;
  const encoder = createEncoder(config, readWeights());
  const losses: number[][] = [];
  const { outcome } = await trainContext({
    ...{ encoder, padId: 0, tasks: [spam, emoji], draws: { seed: 1, replica: 0 }, base: null },
    options: {
      lora: { rank: 4, alpha: 8, targets: ['query', 'value'], layers: null, dropout: 0, rankStabilized: false },
      ...{ steps: 80, batch: 16, parts: 1, learningRate: 5e-3, warmUp: 0, weightDecay: 0.01, clip: 1 },
    },
    onStep: (_, both) => void losses.push(both),
  });
  encoder.dispose();
  [spam, emoji].forEach(({ train, heldOut, shape }, head) => {
    const mean = (from: number, to: number) =>
      losses.slice(from, to).reduce((sum, both) => sum + both[head], 0) / (to - from);
    expect(mean(60, 80)).toBeLessThan(mean(0, 20));
    const counts = Array.from({ length: shape.outputs }, (_, k) => train.filter(({ label }) => label === k).length);
    const commonest = counts.indexOf(Math.max(...counts));
    const majority = heldOut.filter(({ label }) => label === commonest).length / heldOut.length;
    expect(accuracyOf(outcome.heldOut[head])).toBeGreaterThan(majority + 0.05);
  });
});

test('it is the base where no better one is here', () => {
  expect(defaultModel()).toBe('tiny-mlm');
});

test('a vocabulary: special tokens, characters by count, then the most frequent joins', () => {
  expect(splitWords("Don't: 漢字かな ÄB<c>")).toEqual(['don', "'", 't', ':', '漢', '字', 'かな', 'äb', '<', 'c', '>']);
  const texts = ['low low low low', 'lower lower lower', 'new new new new new'];
  expect(buildVocabulary(texts, 1000)).toEqual([
    ...SPECIAL_TOKENS,
    ...['##w', '##e', '##o', 'l', 'n', '##r'], // 12, 8, 7, 7, 5, 3
    ...['##ow', 'low', '##ew', 'new', '##er', 'lower'],
  ]);
  expect(buildVocabulary(texts, 8)).toHaveLength(8);
});
