// Workload W of the peers: 3 inputs coded 0/1, all 8 rows, n tanh units, two sigmoid heads, cross-entropy, full-batch descent in f32;
// the start weights that every peer gets, and the f64 reference that each must agree with.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { openKernel } from '../../packages/core-wasm/dist/index.js';
import { readKernel } from '../../packages/core-wasm/dist/node.js';

export const ROWS = 8;
export const RATE = 0.5;

const x2 = '00110011';
/** Contexts 11, 12, 21, 22 of the default tasks as truth tables alice/bob, row 0 first. */
export const CONTEXTS = [
  [x2, x2],
  [x2, '00111100'],
  ['01100110', x2],
  ['01100110', '00111100'],
];

export const networkOf = (hidden, steps) => ({
  inputs: 3,
  hidden,
  activation: 'tanh',
  loss: 'bce',
  optimizer: 'gd',
  learningRate: RATE,
  steps,
  batch: 'full',
  coding: '01',
  gain: 1,
  sharing: 'shared',
  trainRows: 'all',
  dtype: 'f32',
  seed: 1,
  lossSteps: 'none',
  cosine: false,
});

export const bitsOf = (table) => Uint8Array.from(table, Number);

export const openOurs = () => openKernel(readKernel().bytes);

/** Writes [replicas][6n + 2] start weights: per unit b, w0, w1, w2, wa, wb, then ba, bb. */
export async function writeStart(path, hidden, replicas) {
  const kernel = await openOurs();
  const weights = kernel.initialWeights(networkOf(hidden, 0), { firstReplica: 0, replicas, restart: 0 });
  const file = openSync(path, 'w');
  writeSync(file, new Uint8Array(weights.buffer));
  closeSync(file);
}

export function readWeights(path, count) {
  const { buffer, byteOffset } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * count));
}

/** Trains [replicas][6n + 2] weights in place with Math.* in f64, one replica after another. */
export function trainPlain(weights, n, steps, [alice, bob]) {
  const parameters = 6 * n + 2;
  const rate = RATE / ROWS;
  const h = new Float64Array(ROWS * n);
  const da = new Float64Array(ROWS);
  const db = new Float64Array(ROWS);
  for (let at = 0; at < weights.length; at += parameters) {
    const heads = at + 6 * n;
    for (let step = 0; step < steps; step++) {
      for (let s = 0; s < ROWS; s++) {
        let a = weights[heads];
        let b = weights[heads + 1];
        for (let j = 0, u = at; j < n; j++, u += 6) {
          const z = weights[u] + (s & 1) * weights[u + 1] + ((s >> 1) & 1) * weights[u + 2] + (s >> 2) * weights[u + 3];
          const q = Math.tanh(z);
          h[s * n + j] = q;
          a += weights[u + 4] * q;
          b += weights[u + 5] * q;
        }
        da[s] = rate * (1 / (1 + Math.exp(-a)) - alice[s]);
        db[s] = rate * (1 / (1 + Math.exp(-b)) - bob[s]);
      }
      for (let j = 0, u = at; j < n; j++, u += 6) {
        const wa = weights[u + 4];
        const wb = weights[u + 5];
        let [g, g0, g1, g2, ga, gb] = [0, 0, 0, 0, 0, 0];
        for (let s = 0; s < ROWS; s++) {
          const q = h[s * n + j];
          const e = (da[s] * wa + db[s] * wb) * (1 - q * q);
          g += e;
          if (s & 1) g0 += e;
          if (s & 2) g1 += e;
          if (s & 4) g2 += e;
          ga += da[s] * q;
          gb += db[s] * q;
        }
        weights[u] -= g;
        weights[u + 1] -= g0;
        weights[u + 2] -= g1;
        weights[u + 3] -= g2;
        weights[u + 4] -= ga;
        weights[u + 5] -= gb;
      }
      for (let s = 0; s < ROWS; s++) {
        weights[heads] -= da[s];
        weights[heads + 1] -= db[s];
      }
    }
  }
}

/** Mean cross-entropy over replicas, rows and heads. */
export function meanLoss(weights, n, tables) {
  const parameters = 6 * n + 2;
  let sum = 0;
  for (let at = 0; at < weights.length; at += parameters) {
    for (let s = 0; s < ROWS; s++) {
      for (let head = 0; head < 2; head++) {
        let o = weights[at + 6 * n + head];
        for (let j = 0, u = at; j < n; j++, u += 6) {
          const z = weights[u] + (s & 1) * weights[u + 1] + ((s >> 1) & 1) * weights[u + 2] + (s >> 2) * weights[u + 3];
          o += weights[u + 4 + head] * Math.tanh(z);
        }
        const v = tables[head][s] ? -o : o;
        sum += Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
      }
    }
  }
  return (sum * parameters) / (weights.length * ROWS * 2);
}
