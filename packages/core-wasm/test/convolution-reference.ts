// The plain f64 meaning of the convolutional network: one dense map, valid convolutions, one dense map.

import type { DenseNetwork, DenseRows } from '../src/dense-network.ts';
import { denseShapes } from '../src/dense-network.ts';
import { activate, type DenseLayer, flatten, measure, normalQuantile, rowsOf, unflatten } from './dense-reference.ts';
import { philox } from './reference.ts';

/** Weights before step 0: torch's fans of a convolution are channels x kernel, below and above. */
export function initialWeights(network: DenseNetwork): number[] {
  const shapes = denseShapes(network);
  const { seed, replica, restart, gain, convolution } = network;
  const weights: number[] = [];
  for (const [layer, [inputs, outputs]] of shapes.entries()) {
    const convolves = layer > 0 && layer < shapes.length - 1;
    const scale = gain * Math.sqrt(2 / (inputs + outputs * (convolves ? convolution!.kernel : 1)));
    for (let i = 0; i < inputs * outputs; i++) {
      const index = weights.length;
      const word = philox([Math.floor(index / 4), replica, 0, restart], [seed, 0])[index % 4];
      weights.push(scale * normalQuantile((word + 0.5) / 2 ** 32));
    }
    if (network.bias) for (let o = 0; o < outputs; o++) weights.push(0);
  }
  return weights;
}

type Planes = number[][]; // [channels][positions]

/** One row: [layers][channels][positions] of values and of the activation's derivative. */
export function forward(network: DenseNetwork, layers: DenseLayer[], row: number[]) {
  const values: Planes[] = [];
  const slopes: Planes[] = [];
  for (const [l, { w, b }] of layers.entries()) {
    const below = l === 0 ? [row] : values[l - 1];
    const last = l === layers.length - 1;
    let sums: Planes;
    if (l === 0 || last) {
      sums = [w.map((weights, o) => weights.reduce((sum, weight, i) => sum + weight * below[0][i], b[o]))];
    } else {
      const { kernel } = network.convolution!;
      const positions = below[0].length - kernel + 1;
      sums = w.map((weights, o) =>
        Array.from({ length: positions }, (_, p) =>
          weights.reduce((sum, weight, i) => sum + weight * below[Math.floor(i / kernel)][p + (i % kernel)], b[o]),
        ),
      );
    }
    const pairs = sums.map((plane) => plane.map((z) => activate(last ? 'linear' : network.activation, z)));
    values.push(pairs.map((plane) => plane.map(([value]) => value)));
    slopes.push(pairs.map((plane) => plane.map(([, slope]) => slope)));
  }
  return { values, slopes };
}

/** Gradient [P] and losses of a batch. */
export function gradient(network: DenseNetwork, weights: ArrayLike<number>, data: DenseRows, only?: number) {
  const layers = unflatten(network, weights);
  const passes = rowsOf(data.inputs, network.inputs).map((row) => ({ row, ...forward(network, layers, row) }));
  const last = layers.length - 1;
  const outputs = network.heads.reduce((sum, width) => sum + width, 0);
  const { losses, deltas } = measure(
    network,
    passes.map(({ values }) => values[last][0]),
    rowsOf(data.targets, outputs),
    only,
  );
  const sums = layers.map(({ w, b }) => ({ w: w.map((row) => row.map(() => 0)), b: b.map(() => 0) }));
  for (const [r, { row, values, slopes }] of passes.entries()) {
    let byValue: Planes = [deltas[r]];
    for (let l = last; l >= 0; l--) {
      const bySum = byValue.map((plane, c) => plane.map((d, p) => d * slopes[l][c][p]));
      const below = l === 0 ? [row] : values[l - 1];
      const byBelow = below.map((plane) => plane.map(() => 0));
      const dense = l === 0 || l === last;
      const kernel = dense ? below[0].length : network.convolution!.kernel;
      bySum.forEach((plane, c) => {
        plane.forEach((d, p) => {
          const [o, shift] = dense ? [p, 0] : [c, p]; // a dense map's outputs lie in one plane
          sums[l].b[o] += d;
          layers[l].w[o].forEach((weight, i) => {
            const [channel, place] = [Math.floor(i / kernel), shift + (i % kernel)];
            sums[l].w[o][i] += d * below[channel][place];
            byBelow[channel][place] += d * weight;
          });
        });
      });
      byValue = byBelow;
    }
  }
  return { gradient: flatten(network, sums), losses };
}

/** Steps of gradient descent on one batch, from flat weights. */
export function train(network: DenseNetwork, start: ArrayLike<number>, data: DenseRows, steps: number) {
  let weights = Array.from(start);
  const losses: number[] = [];
  for (let t = 0; t < steps; t++) {
    const at = gradient(network, weights, data);
    losses.push(...at.losses);
    weights = weights.map((weight, p) => weight - network.learningRate * at.gradient[p]);
  }
  return { weights, losses };
}
