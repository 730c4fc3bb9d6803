// The workloads of the kernel bench, with the bars that they must meet.

const base = {
  inputs: 3,
  hidden: 3,
  activation: 'tanh',
  loss: 'bce',
  optimizer: 'gd',
  learningRate: 0.5,
  steps: 1000,
  batch: 'full',
  coding: '01',
  gain: 1,
  sharing: 'shared',
  trainRows: 'all',
  dtype: 'f32',
  seed: 12345,
  lossSteps: 'none',
  cosine: false,
};
const preset = { ...base, activation: 'sigmoid', coding: 'pm', optimizer: 'adam', learningRate: 0.01 };

function workload(name, network, { bars = {}, prototype = '', replicas = 64, fast = false } = {}) {
  return { name, network, bars, prototype, replicas, fast };
}

const widths = [3, 16];

/** Bars: ratio of our time to the prototype's in the same round, at most. Fast: the relaxed build is timed beside. */
export const WORKLOADS = [
  ...widths.map((n) =>
    workload(
      `W n=${n}`,
      { ...base, hidden: n },
      { bars: { direct: 0.8, product: 1.05 }, prototype: 'tanh3', fast: true },
    ),
  ),
  ...widths.map((n) =>
    workload(`preset n=${n}`, { ...preset, hidden: n }, { bars: { product: 1.05 }, prototype: 'preset', fast: true }),
  ),
  ...[4, 5, 6].flatMap((d) =>
    widths.map((n) =>
      workload(
        `d=${d} n=${n}`,
        { ...base, inputs: d, hidden: n },
        { bars: { product: 1.05 }, prototype: `tanh${d}`, replicas: 32 },
      ),
    ),
  ),
  ...[1, 2].flatMap((d) => widths.map((n) => workload(`d=${d} n=${n}`, { ...base, inputs: d, hidden: n }))),
  ...widths.flatMap((n) => [
    workload(`preset, momentum n=${n}`, { ...preset, hidden: n, optimizer: 'momentum', learningRate: 0.3 }),
    workload(`preset, mse n=${n}`, { ...preset, hidden: n, loss: 'mse' }),
    workload(`preset, all losses n=${n}`, { ...preset, hidden: n, lossSteps: 'all' }),
    workload(`preset, cosine n=${n}`, { ...preset, hidden: n, cosine: true }),
    workload(`preset, 6 of 8 rows n=${n}`, { ...preset, hidden: n, trainRows: 6 }),
    workload(`preset, separate n=${n}`, { ...preset, hidden: n, sharing: 'separate' }),
    workload(`preset, only-a n=${n}`, { ...preset, hidden: n, sharing: 'only-a' }),
    workload(`preset, frozen n=${n}`, { ...preset, hidden: n, sharing: 'frozen' }),
    workload(`preset, batch 1 n=${n}`, { ...preset, hidden: n, batch: 1 }),
    workload(`preset, batch 1, half losses n=${n}`, { ...preset, hidden: n, batch: 1, lossSteps: 'half' }),
    workload(`preset, relu n=${n}`, { ...preset, hidden: n, activation: 'relu' }),
    workload(`preset, f64 n=${n}`, { ...preset, hidden: n, dtype: 'f64' }),
  ]),
];

/** A training request for a workload; its two tasks are parities of neighbouring inputs. */
export function requestOf({ network, replicas }) {
  const table = (shift) => Uint8Array.from({ length: 1 << network.inputs }, (_, row) => (row ^ (row >> shift)) & 1);
  return { alice: table(1), bob: table(2), firstReplica: 0, replicas, restart: 0 };
}
