// One variant of one workload in a process of its own: warms up, then times one run for every message from the parent.
// node kernel-child.mjs whole|fast|steps|direct|product WORKLOAD [WASM HARNESS]

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { openKernel } from '../packages/core-wasm/dist/index.js';
import { readFastKernel, readKernel } from '../packages/core-wasm/dist/node.js';
import { requestOf, WORKLOADS } from './kernel-workloads.mjs';

const [kind, name, wasm, harness] = process.argv.slice(2);
const workload = WORKLOADS.find((each) => each.name === name);
const { network, replicas } = workload;
const { hidden: n, steps } = network;

const instantiate = () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {}).exports;

/** All that kernel.train does. */
async function trainWith(bytes) {
  const kernel = await openKernel(bytes);
  const request = requestOf(workload);
  return { prepare: () => {}, run: () => kernel.train(network, request) };
}

/** Each returns { prepare, run }; only `run` is timed. Both prototypes run their steps alone, without results. */
const VARIANTS = {
  whole: () => trainWith(readKernel().bytes),
  fast: () => trainWith(readFastKernel().bytes),
  /** The kernel's begin and training calls alone, for the workloads that have a prototype. */
  async steps() {
    const { activation, coding, inputs, learningRate, optimizer, seed } = network;
    const exports = new WebAssembly.Instance(new WebAssembly.Module(readKernel().bytes), {}).exports;
    const [isTanh, isAdam, rows] = [activation === 'tanh', optimizer === 'adam', 1 << inputs];
    const choices = [
      isTanh ? 1 : 0,
      false,
      isAdam ? 2 : 0,
      learningRate,
      steps,
      false,
      coding === 'pm',
      1,
      0,
      rows,
      seed,
    ];
    exports.configure(false, inputs, n, ...choices, 0, false);
    const { alice, bob } = requestOf(workload);
    const targets = new Uint8Array(exports.memory.buffer, exports.targetsAddress(), 128);
    targets.set(alice);
    targets.set(bob, 64);
    const train = exports[`train${isTanh ? 'Tanh' : 'Sigmoid'}${inputs}${isAdam ? 'Adam' : 'Gd'}`];
    return {
      prepare: () => {},
      run: () => {
        for (let replica = 0; replica < replicas; replica += 4) {
          exports.begin(replica, 0);
          for (let step = 0; step < steps; step += 128) train(step, Math.min(step + 128, steps));
        }
      },
    };
  },
  async product() {
    const { setup } = await import(pathToFileURL(harness).href);
    const exports = instantiate();
    const rate = 0.5 / (1 << network.inputs);
    const { w, scr, tgt, corr } = setup(exports, n, replicas, 1, Math.max(steps, 64), rate);
    return {
      prepare: () => exports.init(w, replicas, n, 12345, 0, 0),
      run: () => exports.train(w, scr, tgt, n, replicas, steps, rate, corr, 1),
    };
  },
  async direct() {
    const exports = instantiate();
    const parameters = 6 * n + 2;
    const align = (address) => (address + 63) & ~63;
    const targets = align(exports.heap());
    const scratch = targets + 256;
    const weights = align(scratch + (8 * n + 24) * 16);
    const missing = weights + parameters * replicas * 4 - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow((missing >>> 16) + 1);
    const view = new Int32Array(exports.memory.buffer, targets, 64);
    for (let i = 0; i < 64; i++) view[i] = ((i < 32 ? 0x66 : 0xe8) >> ((i >> 2) & 7)) & 1 ? -(2 ** 31) : 0;
    return {
      prepare: () => exports.init(weights, replicas, n, 12345, 0, 0),
      run: () => exports.train(weights, scratch, targets, n, replicas, steps, 0.5 / 8),
    };
  },
};

const { prepare, run } = await VARIANTS[kind]();
const until = performance.now() + 300;
for (let i = 0; i < 3 || performance.now() < until; i++) {
  prepare();
  run();
}
await new Promise((done) => setTimeout(done, 50));

process.on('message', () => {
  prepare();
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  process.send(((user + system) * 1e3) / (replicas * steps));
});
process.send('ready');
