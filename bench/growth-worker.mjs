// A thread of the growth bench: one kernel, one block at every message.

import { parentPort, workerData } from 'node:worker_threads';
import { openKernel } from '../packages/core-wasm/dist/index.js';

const { bytes, network, request } = workerData;
const kernel = await openKernel(bytes);
parentPort.on('message', () => {
  kernel.train(network, request);
  parentPort.postMessage('done');
});
parentPort.postMessage('ready');
