// The plain f64 meaning of the kernel: one replica, one loop per formula, nothing clever.

import type { Network } from '../src/network.ts';

const MASK = 0xffffffffn;

export function philox(counter: number[], key: number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c0;
    const b = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & MASK, (a >> 32n) ^ c3 ^ k1, a & MASK];
    k0 = (k0 + 0x9e3779b9n) & MASK;
    k1 = (k1 + 0xbb67ae85n) & MASK;
  }
  return [c0, c1, c2, c3].map(Number);
}

function word(seed: number, index: number, replica: number, stream: number, restart: number): number {
  return philox([Math.floor(index / 4), replica, stream, restart], [seed, 0])[index % 4];
}

const below = (random: number, bound: number): number => Number((BigInt(random) * BigInt(bound)) >> 32n);

const unitsOf = (network: Network): number => (network.sharing === 'separate' ? 2 : 1) * network.hidden;

export function initialWeights(network: Network, replica: number, restart: number): Float64Array {
  const { inputs: d, hidden, gain, seed } = network;
  const units = unitsOf(network);
  const weights = new Float64Array((d + 3) * units + 2);
  for (let p = 0; p < weights.length; p++) {
    const unit = Math.floor(p / (d + 3));
    const place = p % (d + 3);
    const isHead = unit === units || place > d;
    const scale = Math.fround(gain / Math.sqrt(isHead ? hidden : d));
    const uniform = (word(seed, p, replica, 0, restart) >>> 8) * 2 ** -23 - 1;
    weights[p] = Math.fround(Math.fround(uniform) * scale);
    if (network.sharing === 'separate' && unit < units && place === (unit < hidden ? d + 2 : d + 1)) weights[p] = 0;
  }
  return weights;
}

export function trainingRows(network: Network, replica: number): number[] {
  const rows = 2 ** network.inputs;
  const list = Array.from({ length: rows }, (_, row) => row);
  if (network.trainRows === 'all') return list;
  for (let i = 0; i < network.trainRows; i++) {
    const j = i + below(word(network.seed, i, replica, 2, 0), rows - i);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list.slice(0, network.trainRows).sort((a, b) => a - b);
}

export function order(network: Network, replica: number, restart: number, steps: number): number[] {
  const training = trainingRows(network, replica);
  const count = training.length;
  const result: number[] = [];
  for (let epoch = 0; result.length < steps; epoch++) {
    const list = [...training];
    for (let i = count - 1; i > 0; i--) {
      const j = below(word(network.seed, epoch * count + i, replica, 1, restart), i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    result.push(...list);
  }
  return result.slice(0, steps);
}

const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Value and derivative of the activation. */
export function activate(kind: Network['activation'], z: number): [number, number] {
  if (kind === 'sigmoid') return [sigmoid(z), sigmoid(z) * sigmoid(-z)];
  if (kind === 'tanh') return [Math.tanh(z), 1 - Math.tanh(z) ** 2];
  return z > 0 ? [z, 1] : [0, 0];
}

export function inputOf(network: Network, row: number, i: number): number {
  return (row >> i) & 1 ? 1 : network.coding === 'pm' ? -1 : 0;
}

export function logitsOf(network: Network, w: Float64Array, row: number): [number, number] {
  const { inputs: d } = network;
  const logits: [number, number] = [w[w.length - 2], w[w.length - 1]];
  for (let at = 0; at < w.length - 2; at += d + 3) {
    let z = w[at];
    for (let i = 0; i < d; i++) z += w[at + 1 + i] * inputOf(network, row, i);
    const [h] = activate(network.activation, z);
    logits[0] += w[at + d + 1] * h;
    logits[1] += w[at + d + 2] * h;
  }
  return logits;
}

export function headLoss(
  network: Network,
  w: Float64Array,
  table: ArrayLike<number>,
  head: 0 | 1,
  rows: number[],
): number {
  let sum = 0;
  for (const row of rows) {
    const logit = logitsOf(network, w, row)[head];
    sum += network.loss === 'mse' ? (logit - table[row]) ** 2 : softplus(table[row] ? -logit : logit);
  }
  return sum / rows.length;
}

/** Gradient of one head's mean loss over the rows, by all weights. */
export function headGradient(
  network: Network,
  w: Float64Array,
  table: ArrayLike<number>,
  head: 0 | 1,
  rows: number[],
): Float64Array {
  const { inputs: d } = network;
  const g = new Float64Array(w.length);
  for (const row of rows) {
    const logit = logitsOf(network, w, row)[head];
    const delta = (network.loss === 'mse' ? 2 * (logit - table[row]) : sigmoid(logit) - table[row]) / rows.length;
    g[w.length - 2 + head] += delta;
    for (let at = 0; at < w.length - 2; at += d + 3) {
      let z = w[at];
      for (let i = 0; i < d; i++) z += w[at + 1 + i] * inputOf(network, row, i);
      const [h, slope] = activate(network.activation, z);
      const gz = delta * w[at + d + 1 + head] * slope;
      g[at] += gz;
      for (let i = 0; i < d; i++) g[at + 1 + i] += gz * inputOf(network, row, i);
      g[at + d + 1 + head] += delta * h;
    }
  }
  return g;
}

function isHidden(network: Network, p: number): boolean {
  return p < (network.inputs + 3) * unitsOf(network) && p % (network.inputs + 3) <= network.inputs;
}

/** What descends: the sum of both heads' gradients, less what the sharing forbids. */
export function gradient(
  network: Network,
  w: Float64Array,
  alice: ArrayLike<number>,
  bob: ArrayLike<number>,
  rows: number[],
): Float64Array {
  const a = headGradient(network, w, alice, 0, rows);
  const b = headGradient(network, w, bob, 1, rows);
  const perUnit = network.inputs + 3;
  return a.map((value, p) => {
    if (isHidden(network, p)) {
      return network.sharing === 'frozen' ? 0 : network.sharing === 'only-a' ? value : value + b[p];
    }
    const unit = Math.floor(p / perUnit);
    if (network.sharing === 'separate' && unit < 2 * network.hidden) {
      if (p % perUnit === (unit < network.hidden ? perUnit - 1 : perUnit - 2)) return 0;
    }
    return value + b[p];
  });
}

export function cosineOf(network: Network, a: Float64Array, b: Float64Array): number {
  let dot = 0;
  let normA = 0;
  let normB = 0;
  for (let p = 0; p < a.length; p++) {
    if (!isHidden(network, p)) continue;
    dot += a[p] * b[p];
    normA += a[p] ** 2;
    normB += b[p] ** 2;
  }
  return normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
}

export interface Trained {
  weights: Float64Array;
  /** Both heads' full-batch losses before each step, when watched. */
  losses: [number, number][];
  /** Mean over every 10th step of the second half, when watched. */
  cosine: number;
}

export function train(
  network: Network,
  alice: ArrayLike<number>,
  bob: ArrayLike<number>,
  replica: number,
  restart: number,
  watch = true,
): Trained {
  const w = initialWeights(network, replica, restart);
  const m = new Float64Array(w.length);
  const v = new Float64Array(w.length);
  const training = trainingRows(network, replica);
  const rowOf = network.batch === 1 ? order(network, replica, restart, network.steps) : [];
  const losses: [number, number][] = [];
  const cosines: number[] = [];
  for (let t = 0; t < network.steps; t++) {
    if (watch) {
      const a = headGradient(network, w, alice, 0, training);
      const b = headGradient(network, w, bob, 1, training);
      losses.push([headLoss(network, w, alice, 0, training), headLoss(network, w, bob, 1, training)]);
      if (t % 10 === 0 && t >= Math.floor(network.steps / 2)) cosines.push(cosineOf(network, a, b));
    }
    const g = gradient(network, w, alice, bob, network.batch === 1 ? [rowOf[t]] : training);
    for (let p = 0; p < w.length; p++) {
      if (network.optimizer === 'gd') w[p] -= network.learningRate * g[p];
      else if (network.optimizer === 'momentum') {
        v[p] = 0.9 * v[p] + g[p];
        w[p] -= network.learningRate * v[p];
      } else {
        m[p] = 0.9 * m[p] + 0.1 * g[p];
        v[p] = 0.999 * v[p] + 0.001 * g[p] ** 2;
        const first = m[p] / (1 - 0.9 ** (t + 1));
        const second = v[p] / (1 - 0.999 ** (t + 1));
        w[p] -= (network.learningRate * first) / (Math.sqrt(second) + 1e-8);
      }
    }
  }
  return { weights: w, losses, cosine: cosines.reduce((sum, x) => sum + x, 0) / Math.max(cosines.length, 1) };
}
