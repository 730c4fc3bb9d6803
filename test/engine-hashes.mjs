// What every engine must agree on: the SHA-256 of all that the kernels give for a list of networks. Runs in Node and in a page.

const base = {
  inputs: 3,
  hidden: 5,
  activation: 'sigmoid',
  loss: 'bce',
  optimizer: 'adam',
  learningRate: 0.05,
  steps: 300,
  batch: 'full',
  coding: 'pm',
  gain: 1,
  sharing: 'shared',
  trainRows: 'all',
  dtype: 'f32',
  seed: 7,
  lossSteps: 'all',
  cosine: true,
};

const ACTIVATIONS = ['sigmoid', 'tanh', 'relu'];
const EACH = ACTIVATIONS.flatMap((activation) =>
  ['gd', 'momentum', 'adam'].map((optimizer) => ({ ...base, activation, optimizer })),
);

const NETWORKS = [
  ...[1, 2, 3, 4, 5, 6].flatMap((inputs) => EACH.map((network) => ({ ...network, inputs }))),
  ...[2, 3, 4, 5, 6].flatMap((inputs) =>
    EACH.map((network) => ({ ...network, inputs, loss: 'mse', coding: '01', learningRate: 0.02 })),
  ),
  ...EACH.map((network) => ({ ...network, batch: 1, trainRows: 6 })),
  { ...base, batch: 1, loss: 'mse', learningRate: 0.02 },
  ...ACTIVATIONS.map((activation) => ({ ...base, coding: '01', gain: 40, activation })),
  { ...base, sharing: 'separate' },
  { ...base, sharing: 'only-a' },
  { ...base, dtype: 'f64' },
  { ...base, dtype: 'f64', activation: 'tanh', batch: 1 },
];

const DENSE = {
  inputs: 2,
  hidden: [37, 20],
  heads: [1, 2],
  headWeights: 'equal',
  activation: 'tanh',
  loss: 'half-mse',
  reduction: 'mean',
  optimizer: 'adam',
  learningRate: 0.01,
  initial: 'xavier-normal',
  gain: 1,
  bias: true,
  skip: false,
  dropout: 0,
  rows: 4,
  seed: 3,
  replica: 0,
  restart: 0,
};

async function hash(arrays) {
  const bytes = await new Blob(arrays.filter(Boolean)).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hashes by network; `load` gives the bytes of a built file. */
export async function hashes({ openKernel, openDense, load }) {
  const kernel = await openKernel(await load('kernel.wasm'));
  const found = {};
  for (const network of NETWORKS) {
    const rows = 1 << network.inputs;
    const alice = Uint8Array.from({ length: rows }, (_, row) => (row ^ (row >> 1)) & 1);
    const bob = Uint8Array.from({ length: rows }, (_, row) => (row >> (network.inputs - 1)) & 1);
    const block = kernel.train(network, { alice, bob, firstReplica: 5, replicas: 70, restart: 1 });
    const { weights, logits, outputs, losses, lossStep, rises, cosine } = block;
    found[JSON.stringify(network)] = await hash([weights, logits, outputs, losses, lossStep, rises, cosine]);
  }
  const convolution = { channels: 6, kernel: 5, layers: 3 };
  for (const change of [
    {},
    { activation: 'swish', optimizer: 'gd', loss: 'bce' },
    { activation: 'leaky-relu', optimizer: 'gd', hidden: [37], convolution },
  ]) {
    const network = { ...DENSE, ...change };
    const dense = await openDense(await load('dense.wasm'), network);
    const data = {
      inputs: Float32Array.of(-1, -1, -1, 1, 1, -1, 1, 1),
      targets: Float32Array.of(0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1),
    };
    const { losses } = dense.train(data, { steps: 200 });
    found[JSON.stringify(network)] = await hash([dense.weights(), losses]);
  }
  return found;
}
