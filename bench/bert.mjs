// A LoRA training step (both tasks of a context: forward, backward, AdamW) on every backend of this machine and, with Python, in
// PyTorch + PEFT, in interleaved rounds at one thread each: milliseconds per step and their ratios.
// node bench/bert.mjs [--rounds R] [--sizes micro,tiny-32,tiny-64,minilm] [--backends LIST] [--peers python] [--json FILE]

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, median, summary } from './machine.mjs';
import { installTools } from './peers/install.mjs';

const SIZES = {
  micro: { layers: 2, hidden: 32, heads: 2, length: 16, batch: 4, rank: 4 },
  'tiny-32': { layers: 2, hidden: 128, heads: 2, length: 32, batch: 8, rank: 8 },
  'tiny-64': { layers: 2, hidden: 128, heads: 2, length: 64, batch: 8, rank: 8 },
  minilm: { layers: 6, hidden: 384, heads: 12, length: 64, batch: 8, rank: 8 },
};
const BACKENDS = ['wasm', 'tensorflow', 'webgpu', 'cpu'];
const ROUND_SECONDS = 2;
/** Who needs more seconds for the first step, and so many times those of the fastest, is left out of this size and of larger ones. */
const SLOWEST = { seconds: 5, times: 20 };
/** Ratio of medians' rounds, and the sizes they hold at. */
const BARS = [
  { of: 'tensorflow', to: 'pytorch', size: 'minilm', most: 1.6 },
  { of: 'tensorflow', to: 'pytorch', size: 'tiny-32', most: 3 },
  { of: 'tensorflow', to: 'pytorch', size: 'tiny-64', most: 3 },
  { of: 'wasm', to: 'tensorflow', size: 'minilm', most: 5 },
];
/** Kernel calls of a step of the first prototype, for one task; ours trains two. */
const KERNEL_BARS = { micro: 639, minilm: 1707 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: Object.keys(SIZES).join(',') },
    backends: { type: 'string', default: BACKENDS.join(',') },
    peers: { type: 'string', default: 'js' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const sizes = values.sizes.split(',');
const unknown = sizes.find((name) => !(name in SIZES));
if (unknown !== undefined) {
  console.error(`bert: expected --sizes out of ${Object.keys(SIZES).join(', ')}, got "${unknown}"`);
  process.exit(2);
}

/** A program that answers each line with a line; one thread. */
function openProgram(name, command) {
  const child = spawn(command[0], command.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
  });
  let noise = '';
  child.stderr.on('data', (text) => {
    noise = (noise + text).slice(-2000);
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.on('exit', () => {
    const last = noise.trim().split('\n').at(-1);
    for (const { reject } of waiting.splice(0)) reject(new Error(last || 'it ended'));
  });
  const next = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  return {
    name,
    next,
    ask(request) {
      const reply = next();
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return reply;
    },
    close: () => child.stdin.end(),
  };
}

const step = fileURLToPath(new URL('peers/bert-step.mjs', import.meta.url));
const programs = [];
const skipped = [];
for (const backend of values.backends.split(',')) {
  const program = openProgram(backend, [process.execPath, step, backend]);
  try {
    program.device = (await program.next()).device;
    programs.push(program);
  } catch (error) {
    skipped.push({ name: backend, reason: error.message });
  }
}
const versions = {};
if (values.peers.includes('python')) {
  const { tools } = await installTools(new Set(['bert']));
  if (tools.bert.reason) skipped.push({ name: 'pytorch', reason: tools.bert.reason });
  else {
    Object.assign(versions, tools.bert.versions);
    const file = fileURLToPath(new URL('peers/bert_lora.py', import.meta.url));
    programs.push(openProgram('pytorch', [...tools.bert.command, file]));
  }
}
for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);

const rows = [];
let running = programs;
for (const size of sizes) {
  const times = Object.fromEntries(programs.map(({ name }) => [name, []]));
  const kernels = {};
  const counts = {};
  const firsts = new Map();
  for (const program of running) firsts.set(program, await program.ask({ ...SIZES[size], steps: 1 }));
  const fastest = Math.min(...[...firsts.values()].map(({ seconds }) => seconds));
  const quick = [];
  for (const [program, first] of firsts) {
    if (first.seconds > SLOWEST.seconds && first.seconds > SLOWEST.times * fastest) {
      const reason = `its first step took ${first.seconds.toFixed(0)} s, the fastest ${fastest.toFixed(2)} s`;
      skipped.push({ name: `${program.name}, from ${size} on`, reason });
      console.log(`skipped: ${program.name}, from ${size} on: ${reason}`);
      continue;
    }
    quick.push(program);
    kernels[program.name] = first.kernels ?? null;
    counts[program.name] = Math.max(1, Math.round(ROUND_SECONDS / first.seconds));
  }
  running = quick;
  for (let round = 0; round < rounds; round++) {
    for (const program of running) {
      const steps = counts[program.name];
      const { seconds } = await program.ask({ ...SIZES[size], steps });
      times[program.name].push((1000 * seconds) / steps);
    }
  }
  for (const { name } of running) {
    const ratios = Object.fromEntries(
      running
        .filter((other) => other.name !== name)
        .map((other) => [other.name, median(times[name].map((time, round) => time / times[other.name][round]))]),
    );
    rows.push({ size, program: name, milliseconds: summary(times[name]), ratios, kernels: kernels[name] });
    const against = Object.entries(ratios).map(([other, ratio]) => `${ratio.toFixed(2)}x ${other}`);
    const calls = kernels[name] === null ? '' : `, ${kernels[name]} kernel calls`;
    console.log(
      `${size.padEnd(8)} ${name.padEnd(11)} ${summary(times[name]).median.toFixed(1).padStart(8)} ms${calls}; ${against.join(', ')}`,
    );
  }
}
for (const program of programs) program.close();

const bars = [
  ...BARS.flatMap(({ of, to, size, most }) => {
    const value = rows.find((row) => row.size === size && row.program === of)?.ratios[to];
    return value === undefined ? [] : [{ what: `${of} to ${to}, ${size}`, value, bar: most, met: value <= most }];
  }),
  ...Object.entries(KERNEL_BARS).flatMap(([size, most]) => {
    const value = rows.find((row) => row.size === size && row.kernels !== null)?.kernels;
    return value === undefined ? [] : [{ what: `kernel calls, ${size}`, value, bar: most, met: value < most }];
  }),
];
for (const { what, value, bar, met } of bars) {
  console.log(`${what}: ${Number(value.toFixed(2))}, bar ${bar}: ${met ? 'met' : 'MISSED'}`);
}
if (values.json) {
  const devices = Object.fromEntries(programs.map(({ name, device }) => [name, device ?? 'CPU, PyTorch, 1 thread']));
  const result = { machine: { ...describeMachine(), versions }, rounds, sizes: SIZES, devices, rows, bars, skipped };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = bars.some(({ met }) => !met) ? 1 : 0;
