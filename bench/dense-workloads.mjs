// The dense kernel's hot loops as workloads: arrays placed in a module's memory, one call, and the proof that two compilers'
// modules leave the same bytes.

import { openDense } from '../packages/core-wasm/dist/dense.js';

const KERNEL_SIZES = { rows: 64, inputs: 500, outputs: 500 };

/** What the networks of this bench share. */
export const DENSE = {
  heads: [1],
  headWeights: 'equal',
  activation: 'leaky-relu',
  loss: 'half-mse',
  reduction: 'mean',
  optimizer: 'gd',
  initial: 'xavier-normal',
  gain: 1,
  bias: true,
  skip: false,
  dropout: 0,
  seed: 1,
  replica: 0,
  restart: 0,
};

/** `matrices` weight matrices, one after the other in a call: 20 of 500 x 500 do not fit the caches that one does. */
export const KERNELS = [
  { name: 'forward product, 64 rows, 500 x 500', loop: 'forwardProduct', ...KERNEL_SIZES, matrices: 1, ofPeak: true },
  { name: 'backward product, 64 rows, 500 x 500', loop: 'backwardProduct', ...KERNEL_SIZES, matrices: 1, ofPeak: true },
  { name: 'update, 64 rows, 500 x 500', loop: 'updateGd', ...KERNEL_SIZES, matrices: 1, ofPeak: true },
  {
    name: 'forward product, 64 rows, 784 x 200',
    loop: 'forwardProduct',
    rows: 64,
    inputs: 784,
    outputs: 200,
    matrices: 1,
  },
  {
    name: 'forward product, 64 rows, 100 x 100',
    loop: 'forwardProduct',
    rows: 64,
    inputs: 100,
    outputs: 100,
    matrices: 1,
  },
  { name: 'forward product, 2 rows, 20 of 500 x 500', loop: 'forwardProduct', ...KERNEL_SIZES, rows: 2, matrices: 20 },
  { name: 'sweep, 2 rows, 20 of 500 x 500', loop: 'sweepGd', ...KERNEL_SIZES, rows: 2, matrices: 20 },
  { name: 'sweep, 4 rows, 20 of 500 x 500', loop: 'sweepFourGd', ...KERNEL_SIZES, rows: 4, matrices: 20 },
  {
    name: 'forward product, 2 rows, 100 x 100',
    loop: 'forwardProduct',
    rows: 2,
    inputs: 100,
    outputs: 100,
    matrices: 1,
  },
  { name: 'sweep, 2 rows, 100 x 100', loop: 'sweepGd', rows: 2, inputs: 100, outputs: 100, matrices: 1 },
].map((kernel) => ({
  ...kernel,
  // a multiplication and an addition for each weight and row; a sweep is two products
  flops: 2 * kernel.rows * kernel.inputs * kernel.outputs * kernel.matrices * (kernel.loop.startsWith('sweep') ? 2 : 1),
}));

const padded = (width) => Math.ceil(width / 8) * 32;
const strideOf = (width) => (padded(width) % 256 === 0 ? padded(width) + 64 : padded(width));

/** A fresh instance with w, x (rows of inputs), g (rows of outputs), d and a panel in its memory; w, x, g are not zero. */
export function place(module, { rows, inputs, outputs, matrices }) {
  const { exports } = new WebAssembly.Instance(module);
  const stride = strideOf(inputs);
  const strideG = strideOf(outputs);
  let top = exports.memory.buffer.byteLength;
  const take = (bytes) => {
    const at = top;
    top += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const matrixBytes = stride * (Math.ceil(outputs / 4) * 4);
  const w = take(matrixBytes * matrices);
  const [x, g, d] = [take(rows * stride), take(rows * strideG), take(rows * Math.max(stride, strideG))];
  const panel = take(Math.max(32 * strideG, 16 * rows));
  exports.memory.grow(Math.ceil((top - exports.memory.buffer.byteLength) / 65536) + 1);
  const memory = new Float32Array(exports.memory.buffer);
  const fill = (at, count, width, step, scale) => {
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < width; i++) memory[(at + r * step) / 4 + i] = scale * Math.sin(1 + r * 7.3 + i * 1.7);
    }
  };
  for (let m = 0; m < matrices; m++) fill(w + m * matrixBytes, outputs, inputs, stride, 0.05);
  fill(x, rows, inputs, stride, 1);
  fill(g, rows, outputs, strideG, 1e-6);
  return { exports, stride, strideG, matrixBytes, w, x, g, d, panel, top };
}

export function runKernel(placed, { loop, rows, inputs, outputs, matrices }) {
  const { exports, stride, strideG, matrixBytes, x, g, d, panel } = placed;
  const run = exports[loop];
  const bytes = padded(inputs);
  for (let m = 0; m < matrices; m++) {
    const w = placed.w + m * matrixBytes;
    if (loop === 'forwardProduct') run(d, x, w, rows, outputs, bytes, strideG, stride, stride);
    else if (loop === 'backwardProduct') run(d, g, w, panel, rows, outputs, bytes, stride, strideG, stride);
    else if (loop === 'updateGd') run(w, x, g, panel, rows, outputs, bytes, stride, stride, strideG);
    else run(w, d, x, g, outputs, bytes, stride, stride, strideG);
  }
}

const used = ({ exports, w, top }) => Buffer.from(exports.memory.buffer, w, top - w);

/** Throws when C's loops leave other bytes, or 2 and 4 rows train apart by more than rounding; else a line of text. */
export async function agreement(module, native) {
  if (native) {
    for (const kernel of KERNELS) {
      const [ours, theirs] = [place(module, kernel), place(native, kernel)];
      for (const placed of [ours, theirs]) runKernel(placed, kernel);
      if (!used(ours).equals(used(theirs))) {
        throw new Error(`bench: expected the same bytes from C for "${kernel.name}", got others`);
      }
    }
  }
  // the same two rows twice, or four times, are the same loss: both sweeps must agree with the tiles
  const network = { ...DENSE, inputs: 2, hidden: [101, 101, 101], learningRate: 0.01, rows: 8 };
  const weights = [];
  for (const copies of [1, 2, 4]) {
    const dense = await openDense(module, network);
    const repeat = (...numbers) =>
      Float32Array.from({ length: copies * numbers.length }, (_, i) => numbers[i % numbers.length]);
    dense.train({ inputs: repeat(1, 0, 0.5, -1), targets: repeat(0.6, 1.3) }, { steps: 100 });
    weights.push(dense.weights());
  }
  const off = weights[0].reduce((most, weight, p) => {
    return Math.max(most, Math.abs(weight - weights[1][p]), Math.abs(weight - weights[2][p]));
  }, 0);
  if (!(off <= 1e-5)) throw new Error(`bench: expected sweeps within 1e-5 of tiles after 100 steps, got ${off}`);
  const c = native ? `${KERNELS.length} loops with the same bytes as C` : 'C not there';
  return `${c}, sweeps and tiles within ${off.toExponential(1)} after 100 steps`;
}
