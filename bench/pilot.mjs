// The pilot of the mixed scenario with several seeds: an easy and a hard task for each party on all-MiniLM-L6-v2, S and the four C
// by rank, beside the numbers of one PyTorch + PEFT seed. `ncnet lora` trains, so that it goes on where it was stopped.
// node bench/pilot.mjs [--backend B] [--ranks LIST] [--seeds R] [--steps T] [--store DIR] [--json FILE]

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';

/** One seed, PyTorch 2.15 + PEFT 0.21, the same base, tasks, rows and training, its own draws of start and order. */
const REFERENCE = [
  { rank: 1, S: 1.668, C: [0.845, 0.546, 0.681, 0.404] },
  { rank: 4, S: 1.844, C: [0.931, 0.686, 0.751, 0.525] },
  { rank: 12, S: 2.029, C: [0.988, 0.773, 0.871, 0.604] },
  { rank: 32, S: 2.095, C: [0.997, 0.964, 0.945, 0.811] },
  { rank: 128, S: 2.036, C: [1.0, 0.975, 1.0, 0.939] },
];
const FIXED = [
  ...['--base', 'all-MiniLM-L6-v2'],
  ...['--alice', 'spam,wordnet-supersense', '--bob', 'emoji-group:en,wordnet-defmatch'],
  ...['--rows', '1536', '--batch', '32', '--max-length', '24', '--learning-rate', '1e-3'],
  ...['--targets', 'query,value', '--layers', '4,5', '--json'],
];

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'tensorflow' },
    ranks: { type: 'string', default: REFERENCE.map(({ rank }) => rank).join(',') },
    seeds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '400' },
    store: { type: 'string' },
    json: { type: 'string' },
  },
});
const chosen = ['--rank', values.ranks, '--seeds', values.seeds, '--steps', values.steps, '--backend', values.backend];
const args = ['lora', ...FIXED, ...chosen, ...(values.store === undefined ? [] : ['--store', values.store])];
const launcher = fileURLToPath(new URL('../packages/cli/bin/ncnet.mjs', import.meta.url));
const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal)); // it keeps a checkpoint
let stdout = '';
child.stdout.setEncoding('utf8').on('data', (text) => {
  stdout += text;
});
const code = await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 130)));
if (code !== 0) process.exit(code);

const { cells, rows, timing, base, backend, device } = JSON.parse(stdout);
const fixed = (value) => value.toFixed(3);
const line = (name, S, interval, C, accuracy) =>
  console.log(`${name.padEnd(22)} ${fixed(S)}  ${interval.padEnd(16)} ${C.map(fixed).join(' ')}  ${accuracy}`);
console.log(
  `rank, program          S      95 % t interval  C11   C12   C21   C22    held out a1 a2 b1 b2 (context 11, 22)`,
);
for (const cell of cells.filter(({ outcome }) => outcome === 'correct')) {
  const { a1b1, a2b2, b1a1, b2a2 } = cell.accuracy.heldOut;
  const interval = cell.S.ci95 === null ? '-' : `[${cell.S.ci95.map(fixed).join(', ')}]`;
  line(
    `${cell.rank}, ncnet (${cell.replicas} seeds)`,
    cell.S.mean,
    interval,
    cell.C,
    [a1b1, a2b2, b1a1, b2a2].map(fixed).join(' '),
  );
  const reference = REFERENCE.find(({ rank }) => rank === cell.rank);
  if (reference !== undefined) line(`${cell.rank}, PyTorch (1 seed)`, reference.S, '-', reference.C, '');
}
if (values.json !== undefined) {
  const kept = cells.map(({ rank, outcome, replicas, S, C, delta, sOdd, verdict, recordHash, accuracy }) => {
    return { rank, outcome, replicas, S, C, delta, sOdd, verdict, recordHash, accuracy };
  });
  const command = `ncnet ${args.join(' ')}`;
  const result = {
    machine: describeMachine(),
    base,
    backend,
    device,
    command,
    rows,
    timing,
    cells: kept,
    reference: REFERENCE,
  };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
