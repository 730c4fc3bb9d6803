// Times the kernel against the first prototypes: agreement first, then rounds that alternate between processes on one core
// (CPU time, nanoseconds per replica-step).
// Every other option is held against its count of operations, at the time per operation of workload W in the same round.
// node bench/kernel.mjs [--rounds R] [--json FILE] [--prototypes DIR] [--only TEXT]
// The prototypes are not in this repository: a FILE that is written anew keeps its ratios to those that are not at hand.

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepRatios, readEarlier } from './kept-ratios.mjs';
import { agreement } from './kernel-agreement.mjs';
import { WORKLOADS } from './kernel-workloads.mjs';
import { describeMachine, keepToCore, median, pinned, summary as summarise } from './machine.mjs';
import { countOperations, weightOf } from './operations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const child = fileURLToPath(new URL('kernel-child.mjs', import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '51' },
    json: { type: 'string' },
    prototypes: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});

/** Our time over what the operation count predicts, at most. */
const PREDICTION_BAR = 1.5;
const YARDSTICK = WORKLOADS[0];

/** Builds the prototypes that are there, in a temporary folder; returns each one's file and harness, and what is skipped. */
function buildPrototypes(folder) {
  const work = mkdtempSync(join(tmpdir(), 'kernel-bench-'));
  if (folder === undefined) {
    return { built: {}, skipped: ['the prototypes: they are not in this repository (--prototypes DIR)'], work };
  }
  const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const compile = (source, name) => {
    const out = join(work, `${name}.wasm`);
    const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];
    execFileSync(process.execPath, [compiler, source, '-o', out, ...options]);
    return out;
  };
  const built = {};
  const skipped = [];
  const copy = (name) => {
    const source = join(resolve(folder), name);
    const found = existsSync(source);
    if (found) cpSync(source, join(work, name), { recursive: true });
    else skipped.push(`prototype ${name}: no folder ${source} (--prototypes DIR)`);
    return found;
  };
  if (copy('kernel')) {
    const wasm = compile(join(work, 'kernel/assembly/simd_hs.ts'), 'direct');
    built.direct = () => [wasm];
  }
  if (copy('kernel-exp')) {
    const harness = join(work, 'kernel-exp/run.mjs');
    const best = ['fold=1', 'knuth=1', 'loop=1', 'fl=0', 'lo=2'];
    const generate = (name, ...options) => {
      const source = join(work, `${name}.ts`);
      const generator = [join(work, 'kernel-exp/gen.mjs'), ...options, ...best];
      writeFileSync(source, execFileSync(process.execPath, generator, { stdio: ['ignore', 'pipe', 'ignore'] }));
      return compile(source, name);
    };
    const files = {
      tanh3: compile(join(work, 'kernel-exp/assembly/w3_tanh01.ts'), 'tanh3'),
      tanh4: generate('tanh4', 'd=4'),
      tanh5: generate('tanh5', 'd=5'),
      tanh6: generate('tanh6', 'd=6'),
      preset: generate('preset', 'act=sig', 'coding=pm', 'opt=adam', 'adam2=1'),
    };
    built.product = ({ prototype }) => [files[prototype], harness];
  }
  return { built, skipped, work };
}

/** The next message of a child; a child that ends instead is an error. */
async function answer(process) {
  const ended = new AbortController();
  const lost = once(process, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(
      `bench: expected an answer from ${process.spawnargs.slice(2).join(' ')}, it ended with code ${code}`,
    );
  });
  try {
    return (await Promise.race([once(process, 'message', { signal: ended.signal }), lost]))[0];
  } finally {
    ended.abort();
    lost.catch(() => {});
  }
}

/** Nanoseconds per replica-step of every variant, round by round, each in its own process. */
async function timeRounds(workload, built, rounds) {
  const prototypes = Object.keys(workload.bars).filter((name) => built[name]);
  const names = ['whole', 'yardstick', ...(prototypes.length > 0 ? ['steps'] : []), ...prototypes];
  if (workload.fast) names.push('fast');
  const processes = names.map((name) =>
    name === 'yardstick'
      ? fork(child, ['whole', YARDSTICK.name])
      : fork(child, [name, workload.name, ...(built[name]?.(workload) ?? [])]),
  );
  try {
    for (const process of processes) keepToCore(process, 0);
    for (const process of processes) await answer(process);
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [i, process] of processes.entries()) {
        process.send('go');
        times[names[i]].push(await answer(process));
      }
    }
    return times;
  } finally {
    for (const process of processes) process.kill();
  }
}

/** The bars compare steps with steps: same-round ratios, their median; the least times beside them for a busy machine. */
async function describe(workload, times) {
  const operations = await countOperations(workload);
  const cost = weightOf(operations) / weightOf(await countOperations(YARDSTICK));
  const predicted = median(times.whole.map((time, round) => time / (times.yardstick[round] * cost)));
  const summary = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, summarise(all)]));
  const ns = ({ median, least }) => `${median.toFixed(1)} (least ${least.toFixed(1)})`;
  let line = `${workload.name.padEnd(31)} kernel.train ${ns(summary.whole)} ns`;
  if (summary.steps) line += `, steps alone ${ns(summary.steps)}`;
  const fast = times.fast && median(times.fast.map((time, round) => time / times.whole[round]));
  if (fast) line += `, relaxed SIMD ${ns(summary.fast)}, ratio ${fast.toFixed(3)}`;
  const ratios = {};
  let missed = predicted > PREDICTION_BAR ? 1 : 0;
  const total = Object.values(operations).reduce((sum, count) => sum + count);
  line += ` | ${total.toFixed(0)} operations, measured / predicted ${predicted.toFixed(2)}${missed ? ` (bar ${PREDICTION_BAR}: MISSED)` : ''}`;
  for (const [name, bar] of Object.entries(workload.bars)) {
    if (!times[name]) continue;
    const ratio = median(times.steps.map((time, round) => time / times[name][round]));
    const least = summary.steps.least / summary[name].least;
    ratios[name] = { ratio, least, bar };
    if (ratio > bar) missed++;
    const verdict = `bar ${bar}: ${ratio <= bar ? 'met' : 'MISSED'}`;
    line += ` | ${name} ${ns(summary[name])}, ratio ${ratio.toFixed(3)} (of the least ${least.toFixed(3)}; ${verdict})`;
  }
  return { entry: { name: workload.name, operations, nanoseconds: summary, predicted, fast, ratios }, line, missed };
}

const machine = { ...describeMachine(), pinned };
console.log(`${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, node ${machine.node}`);
if (!pinned) console.log('no taskset here: processes are not kept to one core');
const proof = await agreement();
console.log(`agreement: ${proof.text}`);
const { built, skipped, work } = buildPrototypes(values.prototypes);
for (const line of skipped) console.log(`skipped: ${line}`);
const workloads = [];
let missed = 0;
try {
  for (const workload of WORKLOADS.filter(({ name }) => name.includes(values.only))) {
    const result = await describe(workload, await timeRounds(workload, built, Number(values.rounds)));
    console.log(result.line);
    workloads.push(result.entry);
    missed += result.missed;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (values.json) {
  const result = { machine, kernel: proof.sha256, rounds: Number(values.rounds), skipped, workloads };
  const earlier = readEarlier(values.json);
  writeFileSync(values.json, `${JSON.stringify(earlier === null ? result : keepRatios(result, earlier), null, 2)}\n`);
}
if (missed > 0) console.error(`${missed} bars missed`);
process.exitCode = missed > 0 ? 1 : 0;
