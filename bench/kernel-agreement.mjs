// Proof before timing: the kernel agrees with itself for any block, and with its f64 path after 50 steps.

import { createHash } from 'node:crypto';
import { openKernel } from '../packages/core-wasm/dist/index.js';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { requestOf, WORKLOADS } from './kernel-workloads.mjs';

const hash = (array) => createHash('sha256').update(new Uint8Array(array.buffer)).digest('hex').slice(0, 16);

/** Throws when the kernel disagrees; else its hash and a line of text. */
export async function agreement() {
  const { bytes, sha256 } = readKernel();
  const kernel = await openKernel(bytes);
  let worst = 0;
  const hashes = [];
  for (const { name, network } of WORKLOADS) {
    if (network.dtype === 'f64') continue;
    const request = requestOf({ network, replicas: 32 });
    const short = { ...network, steps: 50 };
    const whole = kernel.train(short, request);
    const again = (await openKernel(bytes)).train(short, { ...request, firstReplica: 3, replicas: 29 });
    const same = hash(whole.weights.slice(3 * whole.parameters)) === hash(again.weights);
    if (!same)
      throw new Error(`bench: expected the same bytes for replicas 3..31 of "${name}" in any block, got others`);
    const double = kernel.train({ ...short, dtype: 'f64' }, request);
    const off = whole.weights.map((weight, p) => Math.abs(weight - double.weights[p])).sort();
    const bound = off[Math.floor(0.99 * off.length)];
    if (!(bound <= 1e-5)) throw new Error(`bench: expected 99 % of "${name}" within 1e-5 of f64, got ${bound}`);
    worst = Math.max(worst, off[off.length - 1]);
    hashes.push(hash(whole.weights));
  }
  const all = createHash('sha256').update(hashes.join()).digest('hex').slice(0, 16);
  return {
    sha256,
    text: `${hashes.length} workloads, hash ${all}, max |dw| after 50 steps against f64 ${worst.toExponential(2)}`,
  };
}
