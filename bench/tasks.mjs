// Every embedded task is learnable: LoRA on all-MiniLM-L6-v2, two tasks at a time as in a context of `ncnet lora`. Each task's
// loss must fall and its held-out accuracy beat always answering the commonest class of its training rows.
// node bench/tasks.mjs [--backend B] [--steps N] [--pairs K] [--json FILE]

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  accuracyOf,
  computeFrozenStates,
  createEncoder,
  openBertBackend,
  openBertFolder,
  pairTasks,
  trainContext,
} from '../packages/ncnet/dist/bert/index.js';
import { openTask, resolveModel } from '../packages/ncnet/dist/data/index.js';
import { describeMachine } from './machine.mjs';

const BASE = 'all-MiniLM-L6-v2';
/** Tasks of a kind stand together, so that none has fewer rows for the other's sake; eleven tasks leave one twice. */
const PAIRS = [
  ['spam', 'wordnet-defmatch'],
  ['wordnet-supersense', 'wordnet-defmatch'],
  ['emoji-group:en', 'emoji-group:de'],
  ['emoji-group:fr', 'emoji-group:es'],
  ['emoji-group:nl', 'emoji-group:ru'],
  ['emoji-group:zh', 'emoji-group:ja'],
];
const ROWS = 1024; // training rows of a task at most
const MAX_LENGTH = 24; // tokens
const LAYERS = [4, 5];
const TRAINING = { steps: 120, batch: 32, parts: 1, learningRate: 1e-3, warmUp: 0, weightDecay: 0.01, clip: 1 };
const WINDOW = 20; // steps at either end whose losses are averaged
const SEED = 1;

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
    steps: { type: 'string', default: String(TRAINING.steps) },
    pairs: { type: 'string', default: String(PAIRS.length) },
    json: { type: 'string' },
  },
});
const steps = Number(values.steps);
const lora = { rank: 8, alpha: 16, targets: ['query', 'value'], layers: LAYERS, dropout: 0, rankStabilized: false };
const options = { ...TRAINING, steps, lora };

const folder = openBertFolder(resolveModel(BASE));
const { backend, device } = await openBertBackend(values.backend);
const encoder = createEncoder(folder.config, folder.readWeights());
const padId = folder.tokenizer.padId ?? 0;
const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Wilson's 95 % interval of a share of n. */
function wilson(share, n) {
  const z = 1.959963984540054;
  const centre = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [(centre - half) / (1 + (z * z) / n), (centre + half) / (1 + (z * z) / n)];
}

/** The commonest class of the training rows, and its share of the held-out rows. */
function majorityOf({ train, heldOut }, classes) {
  const counts = classes.map((_, label) => train.filter((row) => row.label === label).length);
  const label = counts.indexOf(Math.max(...counts));
  return { class: classes[label], accuracy: heldOut.filter((row) => row.label === label).length / heldOut.length };
}

const rows = [];
const cpuStart = process.cpuUsage();
for (const [index, pair] of PAIRS.slice(0, Number(values.pairs)).entries()) {
  const began = process.cpuUsage();
  const labelled = await Promise.all(pair.map(openTask));
  const { tasks } = pairTasks(labelled, folder, MAX_LENGTH, SEED, ROWS);
  const texts = tasks.flatMap(({ train, heldOut }) => [...train, ...heldOut].flatMap((row) => row.texts));
  const frozen = await computeFrozenStates(encoder, texts, Math.min(...LAYERS), padId);
  const losses = [[], []];
  const { outcome } = await trainContext({
    ...{ encoder, padId, tasks, options, draws: { seed: SEED, replica: index }, base: null, frozen },
    onStep(_, both) {
      for (const head of [0, 1]) losses[head].push(both[head]);
    },
  });
  const { user, system } = process.cpuUsage(began);
  pair.forEach((task, head) => {
    const accuracy = accuracyOf(outcome.heldOut[head]);
    const majority = majorityOf(tasks[head], labelled[head].classes);
    const loss = { first: mean(losses[head].slice(0, WINDOW)), last: mean(losses[head].slice(-WINDOW)) };
    const counts = { classes: labelled[head].classes.length, train: tasks[head].train.length };
    const heldOut = tasks[head].heldOut.length;
    const row = {
      ...{ task, beside: pair[1 - head], ...counts, heldOut, loss, majority, accuracy },
      ...{ interval: wilson(accuracy, heldOut), trainAccuracy: accuracyOf(outcome.train[head]) },
    };
    row.met = loss.last < loss.first && accuracy > majority.accuracy;
    rows.push(row);
    console.log(
      `${task.padEnd(18)} beside ${row.beside.padEnd(18)} loss ${loss.first.toFixed(3)} -> ${loss.last.toFixed(3)}, held out ` +
        `${accuracy.toFixed(3)} [${row.interval.map((x) => x.toFixed(3)).join(', ')}], majority ${majority.accuracy.toFixed(3)}: ${row.met ? 'met' : 'MISSED'}`,
    );
  });
  console.log(`  ${((user + system) / 1e6).toFixed(0)} CPU-s`);
}
encoder.dispose();
const { user, system } = process.cpuUsage(cpuStart);
if (values.json) {
  const setting = { base: BASE, rows: ROWS, maxLength: MAX_LENGTH, seed: SEED, window: WINDOW, ...options };
  const result = { machine: describeMachine(), backend, device, setting, cpuSeconds: (user + system) / 1e6, rows };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = rows.some(({ met }) => !met) ? 1 : 0;
