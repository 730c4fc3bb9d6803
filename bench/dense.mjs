// Times the dense kernel: its hot loops against the same loops compiled from C, the batch-64 products against the peak of
// WebAssembly SIMD, and whole steps. Agreement first, then rounds that alternate (wall time, medians of same-round ratios).
// node bench/dense.mjs [--rounds R] [--json FILE]

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDense } from '../packages/core-wasm/dist/dense.js';
import { readDense } from '../packages/core-wasm/dist/dense-node.js';
import { agreement, DENSE, KERNELS, place, runKernel } from './dense-workloads.mjs';
import { describeMachine, median } from './machine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '31' }, json: { type: 'string' } } });
const rounds = Number(values.rounds);
const skipped = [];

/** The peak's loops, and the loops of dense.c where clang and its linker are there. */
function build() {
  const work = mkdtempSync(join(tmpdir(), 'dense-bench-'));
  try {
    const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    const source = join(root, 'bench/dense-peak/assembly/index.ts');
    const out = join(work, 'peak.wasm');
    execFileSync(process.execPath, [compiler, source, '-o', out, '-O3', '--runtime', 'stub', '--enable', 'simd']);
    const peak = new WebAssembly.Module(readFileSync(out));
    const native = join(work, 'native.wasm');
    const target = ['--target=wasm32', '-O3', '-msimd128', '-ffp-contract=off', '-nostdlib', '-Wl,--no-entry'];
    try {
      execFileSync('clang', [...target, '-o', native, join(root, 'bench/dense-native/dense.c')], { stdio: 'pipe' });
    } catch (error) {
      const reason = error.code === 'ENOENT' ? 'no clang here' : String(error.stderr).trim().split('\n')[0];
      skipped.push(`the comparison with C: ${reason} (install clang and lld, then run this again)`);
      return { peak, native: null };
    }
    return { peak, native: new WebAssembly.Module(readFileSync(native)) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Seconds a call of each variant, round by round; a variant is run for about `seconds` a round, all in turn. */
function timeRounds(variants, seconds = 0.02) {
  const repeats = variants.map((run) => {
    // the first calls let the engine reach its optimized code
    for (const warm = performance.now(); performance.now() - warm < 300; ) run();
    const start = performance.now();
    let calls = 0;
    while (performance.now() - start < 100) {
      run();
      calls++;
    }
    return Math.max(1, Math.round((seconds * 1000 * calls) / (performance.now() - start)));
  });
  const times = variants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of variants.entries()) {
      const start = performance.now();
      for (let call = 0; call < repeats[i]; call++) run();
      times[i].push((performance.now() - start) / 1000 / repeats[i]);
    }
  }
  return times;
}

const sameRound = (a, b) => median(a.map((time, round) => time / b[round]));
let missed = 0;
/** A verdict on a bar; `at` is what counts. */
function verdict(ok, bar) {
  if (!ok) missed++;
  return `(bar ${bar}: ${ok ? 'met' : 'MISSED'})`;
}

const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, node ${machine.node}`);
const { bytes, sha256 } = readDense();
const module = new WebAssembly.Module(bytes);
const { peak, native } = build();
for (const line of skipped) console.log(`skipped: ${line}`);
console.log(`agreement: ${await agreement(module, native)}`);

const TURNS = 20_000;
const { chains, pairs, products } = new WebAssembly.Instance(peak).exports;
const peakForms = [
  { run: () => chains(TURNS), flops: 26 * 4 * TURNS },
  { run: () => pairs(TURNS, 1), flops: 14 * 4 * TURNS },
  { run: () => products(TURNS), flops: 16 * 4 * TURNS },
];

const kernels = [];
for (const kernel of KERNELS) {
  const ours = place(module, kernel);
  const theirs = native ? place(native, kernel) : null;
  const peaks = kernel.ofPeak ? peakForms : [];
  const variants = [() => runKernel(ours, kernel), ...peaks.map((form) => form.run)];
  if (theirs) variants.push(() => runKernel(theirs, kernel));
  const times = timeRounds(variants);
  const flops = kernel.flops / median(times[0]);
  const entry = { name: kernel.name, seconds: median(times[0]), flopsPerSecond: flops };
  let line = `${kernel.name.padEnd(42)} ${(flops / 1e9).toFixed(1)} Gflop/s`;
  if (theirs) {
    entry.speedOfC = sameRound(times.at(-1), times[0]);
    line += ` | ${entry.speedOfC.toFixed(2)}x the speed of C ${verdict(entry.speedOfC >= 0.8, '0.8')}`;
  }
  if (kernel.ofPeak) {
    const best = times[0].map((_, i) => Math.max(...peakForms.map((form, f) => form.flops / times[f + 1][i])));
    entry.peakFlopsPerSecond = median(best);
    entry.ofPeak = median(best.map((most, i) => kernel.flops / times[0][i] / most));
    const share = `${(100 * entry.ofPeak).toFixed(0)} % of the peak ${(entry.peakFlopsPerSecond / 1e9).toFixed(1)}`;
    line += ` | ${share} ${verdict(entry.ofPeak >= 0.5, '50 %')}`;
  }
  console.log(line);
  kernels.push(entry);
}

const base = { ...DENSE, inputs: 1, hidden: new Array(20).fill(500), learningRate: 1e-4, rows: 2 };
const mnist = { inputs: 784, hidden: new Array(4).fill(200), heads: [10], rows: 64 };
const STEPS = [
  { name: '20 x 500, 2 rows, gd', bar: 20e-3 },
  { name: '20 x 500, 2 rows, adam', optimizer: 'adam' },
  { name: '20 x 500, 4 rows, gd', rows: 4 },
  { name: '8 x 100, 2 rows, gd', hidden: new Array(8).fill(100) },
  { name: '784 - 4 x 200 - 10, 64 rows, gd', ...mnist },
  { name: '784 - 4 x 200 - 10, 64 rows, adam', ...mnist, optimizer: 'adam' },
  { name: '784 - 4 x 100 - 10, 64 rows, gd', ...mnist, hidden: new Array(4).fill(100) },
];
const steps = [];
for (const { name, bar, ...options } of STEPS) {
  const network = { ...base, ...options };
  const dense = await openDense(module, network);
  const data = {
    inputs: Float32Array.from({ length: network.rows * network.inputs }, (_, i) => Math.sin(i)),
    targets: Float32Array.from({ length: network.rows * network.heads[0] }, (_, i) => Math.cos(i)),
  };
  const [times] = timeRounds([() => dense.train(data, { steps: 1 })], 0.05);
  const time = median(times);
  const text = bar ? ` ${verdict(time <= bar, `${bar * 1e3} ms`)}` : '';
  console.log(
    `step of ${name.padEnd(36)} ${(time * 1e3).toFixed(3)} ms (least ${(Math.min(...times) * 1e3).toFixed(3)})${text}`,
  );
  steps.push({ name, seconds: time, least: Math.min(...times) });
}
if (values.json) {
  const head = { machine, dense: sha256, rounds, skipped };
  writeFileSync(values.json, `${JSON.stringify({ ...head, kernels, steps }, null, 2)}\n`);
}
if (missed > 0) console.error(`${missed} bars missed`);
process.exitCode = missed > 0 ? 1 : 0;
