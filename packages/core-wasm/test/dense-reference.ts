// The plain f64 meaning of the dense kernel: one loop per formula, weights as nested lists.

import type { DenseNetwork, DenseRows } from '../src/dense-network.ts';
import { denseShapes } from '../src/dense-network.ts';
import { philox } from './reference.ts';

export interface DenseLayer {
  w: number[][]; // [outputs][inputs]
  b: number[];
}

/** [P] as the kernel lists them, from layers, and back. */
export function flatten(network: DenseNetwork, layers: DenseLayer[]): number[] {
  return layers.flatMap(({ w, b }) => [...w.flat(), ...(network.bias ? b : [])]);
}

export function unflatten(network: DenseNetwork, flat: ArrayLike<number>): DenseLayer[] {
  let place = 0;
  const take = (count: number) => Array.from({ length: count }, () => flat[place++]);
  return denseShapes(network).map(([inputs, outputs]) => ({
    w: Array.from({ length: outputs }, () => take(inputs)),
    b: network.bias ? take(outputs) : new Array(outputs).fill(0),
  }));
}

const word = ({ seed, replica, restart }: DenseNetwork, stream: number, index: number) =>
  philox([Math.floor(index / 4), replica, stream, restart], [seed, 0])[index % 4];

/** Area of the standard normal below x: a series near 0, a continued fraction in the tail. */
export function normalArea(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 3) {
    let sum = 0;
    let term = x;
    for (let n = 1; n < 200; n += 2) {
      sum += term;
      term *= (x * x) / (n + 2);
    }
    return 0.5 + density * sum;
  }
  let fraction = Math.abs(x);
  for (let k = 200; k >= 1; k--) fraction = Math.abs(x) + k / fraction;
  return x < 0 ? density / fraction : 1 - density / fraction;
}

/** Standard normal quantile by Newton's method from the left tail, where the area is exact. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let x = -1e-3 - Math.sqrt(-2 * Math.log(2 * p)) * 0.9;
  for (let i = 0; i < 60; i++) {
    x -= (normalArea(x) - p) / (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
  }
  return x;
}

export function initialLayers(network: DenseNetwork): DenseLayer[] {
  let p = 0;
  return denseShapes(network).map(([inputs, outputs]) => {
    const uniform = network.initial === 'uniform';
    const scale = network.gain * (uniform ? 1 / Math.sqrt(inputs) : Math.sqrt(2 / (inputs + outputs)));
    const draw = () => {
      const random = word(network, 0, p++);
      return scale * (uniform ? (random >>> 8) * 2 ** -23 - 1 : normalQuantile((random + 0.5) / 2 ** 32));
    };
    const w = Array.from({ length: outputs }, () => Array.from({ length: inputs }, draw));
    const b = Array.from({ length: outputs }, () => {
      const value = draw();
      return uniform && network.bias ? value : 0;
    });
    return { w, b };
  });
}

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Value and derivative of the activation. */
export function activate(kind: DenseNetwork['activation'], z: number): [number, number] {
  const s = sigmoid(z);
  switch (kind) {
    case 'linear':
      return [z, 1];
    case 'relu':
      return z > 0 ? [z, 1] : [0, 0];
    case 'leaky-relu':
      return z > 0 ? [z, 1] : [0.01 * z, 0.01];
    case 'tanh':
      return [Math.tanh(z), 1 - Math.tanh(z) ** 2];
    case 'sigmoid':
      return [s, s * (1 - s)];
    case 'elu':
      return z > 0 ? [z, 1] : [Math.expm1(z), Math.exp(z)];
    case 'swish':
      return [z * s, s + z * s * (1 - s)];
  }
}

export interface Pass {
  /** What each dense map reads (thinned by dropout), its activation and the activation's derivative. */
  fed: number[][];
  values: number[][];
  slopes: number[][];
}

/** One row up; `masks` holds one list of factors a layer, or nothing. */
export function forward(network: DenseNetwork, layers: DenseLayer[], row: number[], masks?: number[][]): Pass {
  const pass: Pass = { fed: [], values: [], slopes: [] };
  for (const [l, { w, b }] of layers.entries()) {
    const below = l === 0 ? row : pass.values[l - 1];
    const fed = below.map((x, i) => x * (masks ? masks[l][i] : 1));
    const sums = w.map((weights, o) => weights.reduce((sum, weight, i) => sum + weight * fed[i], b[o]));
    const last = l === layers.length - 1;
    const pairs = sums.map((z) => activate(last ? 'linear' : network.activation, z));
    const skips = network.skip && !last && l >= 2;
    pass.fed.push(fed);
    pass.values.push(pairs.map(([value], o) => value + (skips ? pass.values[l - 2][o] : 0)));
    pass.slopes.push(pairs.map(([, slope]) => slope));
  }
  return pass;
}

/** Each head's loss on the rows, and the derivative of their weighted sum by every row's last sums. */
export function measure(network: DenseNetwork, logits: number[][], targets: number[][], only?: number) {
  const losses: number[] = [];
  const deltas = logits.map((row) => row.map(() => 0));
  let first = 0;
  for (const [head, width] of network.heads.entries()) {
    const weight = network.headWeights === 'equal' ? 1 : network.headWeights[head];
    const half = network.loss === 'half-mse' ? 0.5 : 1;
    const share = half / (logits.length * (network.reduction === 'sum' ? 1 : width));
    let sum = 0;
    for (let r = 0; r < logits.length; r++) {
      for (let o = first; o < first + width; o++) {
        const z = logits[r][o];
        const y = targets[r][o];
        const bce = network.loss === 'bce';
        sum += bce ? Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z))) : (z - y) ** 2;
        if (only === undefined || only === head) {
          deltas[r][o] = weight * share * (bce ? sigmoid(z) - y : 2 * (z - y));
        }
      }
    }
    losses.push(sum * share);
    first += width;
  }
  return { losses, deltas };
}

export const rowsOf = (array: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: array.length / width }, (_, r) => Array.from({ length: width }, (_, i) => array[r * width + i]));

const outputsOf = (network: DenseNetwork) => network.heads.reduce((sum, width) => sum + width, 0);

/** Gradient [P] and losses of a batch; the masks are [layer][row][input]. */
export function gradient(
  network: DenseNetwork,
  layers: DenseLayer[],
  data: DenseRows,
  only?: number,
  masks?: number[][][],
): { gradient: number[]; losses: number[] } {
  const inputs = rowsOf(data.inputs, network.inputs);
  const passes = inputs.map((row, r) =>
    forward(
      network,
      layers,
      row,
      masks?.map((rows) => rows[r]),
    ),
  );
  const last = layers.length - 1;
  const { losses, deltas } = measure(
    network,
    passes.map((pass) => pass.values[last]),
    rowsOf(data.targets, outputsOf(network)),
    only,
  );
  const sums = layers.map(({ w, b }) => ({ w: w.map((row) => row.map(() => 0)), b: b.map(() => 0) }));
  for (const [r, pass] of passes.entries()) {
    const byValue = pass.values.map((values) => values.map(() => 0));
    byValue[last] = deltas[r];
    for (let l = last; l >= 0; l--) {
      const bySum = byValue[l].map((d, o) => d * pass.slopes[l][o]);
      bySum.forEach((d, o) => {
        sums[l].b[o] += d;
        pass.fed[l].forEach((x, i) => {
          sums[l].w[o][i] += d * x;
          if (l > 0) byValue[l - 1][i] += d * layers[l].w[o][i] * (masks ? masks[l][r][i] : 1);
        });
      });
      if (!network.skip || l === last || l < 2) continue;
      byValue[l].forEach((d, o) => {
        byValue[l - 2][o] += d;
      });
    }
  }
  return { gradient: flatten(network, sums), losses };
}

/** The factors of step t: [layer][row][input]. */
export function masksOf(network: DenseNetwork, t: number, rows: number): number[][][] {
  let place = 0;
  return denseShapes(network).map(([inputs]) =>
    Array.from({ length: rows }, () =>
      Array.from({ length: inputs }, () =>
        word(network, 3 + 16 * t, place++) < Math.floor(network.dropout * 2 ** 32) ? 0 : 1 / (1 - network.dropout),
      ),
    ),
  );
}

/** Steps on one batch, from flat weights; returns the flat weights and [steps][heads] losses. */
export function train(network: DenseNetwork, start: ArrayLike<number>, data: DenseRows, steps: number) {
  const weights = Array.from(start);
  const m = weights.map(() => 0);
  const v = weights.map(() => 0);
  const losses: number[] = [];
  const rows = data.inputs.length / network.inputs;
  for (let t = 0; t < steps; t++) {
    const masks = network.dropout > 0 ? masksOf(network, t, rows) : undefined;
    const at = gradient(network, unflatten(network, weights), data, undefined, masks);
    losses.push(...at.losses);
    at.gradient.forEach((g, p) => {
      if (network.optimizer === 'gd') weights[p] -= network.learningRate * g;
      else if (network.optimizer === 'momentum') {
        m[p] = 0.9 * m[p] + g;
        weights[p] -= network.learningRate * m[p];
      } else {
        m[p] = 0.9 * m[p] + 0.1 * g;
        v[p] = 0.999 * v[p] + 0.001 * g * g;
        const first = m[p] / (1 - 0.9 ** (t + 1));
        const second = v[p] / (1 - 0.999 ** (t + 1));
        weights[p] -= (network.learningRate * first) / (Math.sqrt(second) + 1e-8);
      }
    });
  }
  return { weights, losses };
}
