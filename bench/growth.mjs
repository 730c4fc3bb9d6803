// How cost grows: with the hidden width and the inputs (and the law ns = a + b n), with workers, and with replicas through the
// whole command: time per replica-step, peak memory and, of the largest run, the rate of each quarter.
// node bench/growth.mjs [--rounds R] [--most REPLICAS] [--json FILE]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { openKernel } from '../packages/core-wasm/dist/index.js';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { requestOf, WORKLOADS } from './kernel-workloads.mjs';
import { describeMachine, median, summary } from './machine.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    most: { type: 'string', default: '1000000' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const PRESET = WORKLOADS.find(({ name }) => name === 'preset n=3').network;
const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const INPUTS = [1, 2, 3, 4, 5, 6];
const EFFICIENCY_BAR = 1.9;
const machine = describeMachine();
const { bytes, sha256 } = readKernel();

/** CPU nanoseconds per replica-step of every width and number of inputs, round by round. */
async function timeWidths() {
  const kernel = await openKernel(bytes);
  const jobs = INPUTS.flatMap((inputs) =>
    WIDTHS.map((hidden) => {
      const replicas = Math.max(4, 4 * Math.round(2000 / (hidden * 2 ** inputs)));
      const workload = { network: { ...PRESET, inputs, hidden, steps: 500 }, replicas };
      return { inputs, hidden, ...workload, request: requestOf(workload), times: [] };
    }),
  );
  for (let round = -1; round < rounds; round++) {
    for (const { network, replicas, request, times } of jobs) {
      const before = process.cpuUsage();
      kernel.train(network, request);
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times.push(((user + system) * 1e3) / (replicas * network.steps));
    }
  }
  return jobs.map(({ inputs, hidden, times }) => ({ inputs, hidden, nanoseconds: summary(times) }));
}

/** Least relative squares of ns = a + b n. */
function fitLaw(points) {
  let [s, sx, sxx, sy, sxy] = [0, 0, 0, 0, 0];
  for (const { hidden: x, nanoseconds } of points) {
    const y = nanoseconds.median;
    const weight = 1 / y ** 2;
    s += weight;
    sx += weight * x;
    sxx += weight * x * x;
    sy += weight * y;
    sxy += weight * x * y;
  }
  const b = (s * sxy - sx * sy) / (s * sxx - sx * sx);
  const a = (sy - b * sx) / s;
  const errors = points.map(({ hidden, nanoseconds }) => Math.abs((a + b * hidden) / nanoseconds.median - 1));
  return { inputs: points[0].inputs, a, b, worst: Math.max(...errors) };
}

/** Replica-steps per second of so many threads, each with a kernel of its own; rounds alternate between the counts. */
async function timeWorkers(counts) {
  const network = { ...PRESET, steps: 1000 };
  const request = requestOf({ network, replicas: 256 });
  const threads = Array.from({ length: Math.max(...counts) }, () => {
    const source = new URL('growth-worker.mjs', import.meta.url);
    return new Worker(source, { workerData: { bytes, network, request } });
  });
  const answer = (thread) => new Promise((done) => thread.once('message', done));
  await Promise.all(threads.map(answer));
  const rates = Object.fromEntries(counts.map((count) => [count, []]));
  for (let round = -1; round < rounds; round++) {
    for (const count of counts) {
      const started = performance.now();
      await Promise.all(
        threads.slice(0, count).map((thread) => {
          thread.postMessage('go');
          return answer(thread);
        }),
      );
      const seconds = (performance.now() - started) / 1e3;
      if (round >= 0) rates[count].push((count * 256 * network.steps) / seconds);
    }
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
  return counts.map((workers) => {
    const speedups = rates[workers].map((rate, round) => rate / rates[1][round]);
    return { workers, stepsPerSecond: median(rates[workers]), speedup: median(speedups), most: Math.max(...speedups) };
  });
}

/** Replica-steps per second in each quarter of a run, from the times at which its blocks were stored; null for few blocks. */
function rateOfQuarters(store, replicaSteps) {
  const entries = readdirSync(join(store, 'blocks'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length < 400) return null;
  const times = files.map((file) => statSync(file).mtimeMs).sort((a, b) => a - b);
  const last = times.length - 1;
  const ends = [0, 1, 2, 3, 4].map((quarter) => Math.round((last * quarter) / 4));
  const stepsOf = (blocks) => (replicaSteps * blocks) / files.length;
  return ends.slice(1).map((end, k) => (1e3 * stepsOf(end - ends[k])) / (times[end] - times[ends[k]]));
}

/** The whole command for so many replicas: seconds, nanoseconds per replica-step and worker, peak memory, and quarters. */
function timeReplicas(replicas) {
  const store = mkdtempSync(join(tmpdir(), 'ncnet-growth-'));
  const peak = 'process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))';
  const ncnet = fileURLToPath(new URL('../packages/cli/bin/ncnet.mjs', import.meta.url));
  const flags = ['--hidden', '3', '--steps', '200', '--replicas', String(replicas), '--store', store, '--json'];
  try {
    const started = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${peak}`, ncnet, 'train', ...flags],
      { encoding: 'utf8', maxBuffer: 1e9 },
    );
    const seconds = (performance.now() - started) / 1e3;
    if (status !== 0) throw new Error(`growth: expected ncnet train to end well, got exit ${status}: ${stderr}`);
    const { timing } = JSON.parse(stdout);
    const mebibytes = Math.max(...[...stderr.matchAll(/peak (\d+)/g)].map(([, kib]) => Number(kib))) / 1024;
    const nanoseconds = (timing.seconds * timing.workers * 1e9) / timing.replicaSteps;
    const quarters = rateOfQuarters(store, timing.replicaSteps);
    const { seconds: trainingSeconds, workers } = timing;
    return { replicas, seconds, trainingSeconds, workers, nanoseconds, mebibytes, quarters };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

console.log(
  `${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, node ${machine.node}, kernel ${sha256.slice(0, 16)}`,
);
const widths = await timeWidths();
const law = INPUTS.map((inputs) => fitLaw(widths.filter((point) => point.inputs === inputs)));
console.log('preset (sigmoid, Adam, -1/+1), CPU ns per replica-step:');
for (const { inputs, a, b, worst } of law) {
  const points = widths.filter((point) => point.inputs === inputs);
  const cells = points.map(({ hidden, nanoseconds }) => `${hidden}: ${nanoseconds.median.toFixed(0)}`).join('  ');
  console.log(
    `  d = ${inputs}: ${a.toFixed(1)} + ${b.toFixed(1)} n (off by ${(100 * worst).toFixed(0)} % at most)   ${cells}`,
  );
}
const counts = [...new Set([1, 2, machine.cores])].filter((count) => count <= machine.cores);
const workers = await timeWorkers(counts);
const isMissed = ({ workers: count, speedup }) => count === 2 && speedup < EFFICIENCY_BAR;
for (const point of workers) {
  const { workers: count, stepsPerSecond, speedup, most } = point;
  const bar = count === 2 ? `, bar ${EFFICIENCY_BAR}: ${isMissed(point) ? 'MISSED' : 'met'}` : '';
  console.log(
    `${count} workers: ${(stepsPerSecond / 1e6).toFixed(1)} M replica-steps/s, ${speedup.toFixed(2)}x one (most ${most.toFixed(2)}x)${bar}`,
  );
}
const replicas = [];
for (let count = 100; count <= Number(values.most); count *= 10) {
  const point = timeReplicas(count);
  replicas.push(point);
  const rate = point.trainingSeconds.toFixed(1);
  console.log(
    `${count} replicas: ${point.seconds.toFixed(1)} s in all, ${rate} s training, ${point.nanoseconds.toFixed(0)} ns per replica-step and worker, peak ${point.mebibytes.toFixed(0)} MiB`,
  );
}
const { quarters } = replicas.at(-1);
if (quarters !== null) {
  const rates = quarters.map((rate) => (rate / 1e6).toFixed(1)).join(', ');
  console.log(`its quarters: ${rates} M replica-steps/s`);
}
const [first, last] = [replicas.at(-2), replicas.at(-1)];
const bytesPerReplica = ((last.mebibytes - first.mebibytes) * 2 ** 20) / (last.replicas - first.replicas);
console.log(`memory: ${bytesPerReplica.toFixed(0)} bytes per further replica`);
if (values.json) {
  const result = { machine, kernel: sha256, rounds, widths, law, workers, replicas, bytesPerReplica };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = workers.some(isMissed) ? 1 : 0;
