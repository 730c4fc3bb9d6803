// Ours: the project's kernel through its loader, a worker for each thread, blocks of 256 replicas taken in turn.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openKernel } from '../../packages/core-wasm/dist/index.js';
import { readKernel } from '../../packages/core-wasm/dist/node.js';
import { serve } from './protocol.mjs';
import { networkOf } from './work.mjs';

const BLOCK = 256;

async function work() {
  const { module, n, replicas, next, weights, losses } = workerData;
  const kernel = await openKernel(module);
  parentPort.on('message', ({ steps, alice, bob }) => {
    const network = networkOf(n, steps);
    for (;;) {
      const firstReplica = BLOCK * Atomics.add(next, 0, 1);
      if (firstReplica >= replicas) break;
      const count = Math.min(BLOCK, replicas - firstReplica);
      const trained = kernel.train(network, { alice, bob, firstReplica, replicas: count, restart: 0 });
      weights.set(trained.weights, firstReplica * trained.parameters);
      losses.set(trained.losses, 2 * firstReplica);
    }
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
}

const shared = (length) => new Float32Array(new SharedArrayBuffer(4 * length));

async function open(_variant, { n, replicas, threads }) {
  const module = await WebAssembly.compile(readKernel().bytes);
  const next = new Int32Array(new SharedArrayBuffer(4));
  const weights = shared(replicas * (6 * n + 2));
  const losses = shared(replicas * 2);
  const data = { module, n, replicas, next, weights, losses };
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: data }));
  const answer = (worker) => new Promise((done) => worker.once('message', done));
  await Promise.all(workers.map(answer));
  return {
    prepare: ([alice, bob]) => ({ alice, bob }),
    async run({ alice, bob }, steps) {
      next[0] = 0;
      await Promise.all(
        workers.map((worker) => {
          worker.postMessage({ steps, alice, bob });
          return answer(worker);
        }),
      );
    },
    weights: () => weights,
    loss: () => losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
  };
}

await (isMainThread ? serve(open) : work());
