// The training step of bench/bert.mjs by ncnet/bert on one backend: one request a line on stdin, one answer a line on stdout,
// as bert_lora.py. node bench/peers/bert-step.mjs BACKEND
import { createInterface } from 'node:readline';
import tf from '@tensorflow/tfjs';
import { createHead } from '../../packages/ncnet/dist/bert/heads.js';
import {
  createAdapter,
  createEncoder,
  openBertBackend,
  parseConfig,
  weightShapes,
} from '../../packages/ncnet/dist/bert/index.js';
import { createHeadsTrainer } from '../../packages/ncnet/dist/bert/train-pair.js';

const CLASSES = 2;
const VOCABULARY = 30522;
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

let state = 1;
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

function prepare({ layers, hidden, heads, length, batch, rank }) {
  const config = parseConfig(
    JSON.stringify({
      vocab_size: VOCABULARY,
      hidden_size: hidden,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: 4 * hidden,
      max_position_embeddings: 512,
    }),
    'bench',
  );
  const weights = new Map(
    [...weightShapes(config, false)].map(([name, shape]) => {
      const size = shape.reduce((product, side) => product * side, 1);
      const isGain = name.endsWith('LayerNorm.weight');
      return [name, Float32Array.from({ length: size }, () => (isGain ? 1 : 0.07 * (uniform() - 0.5)))];
    }),
  );
  const draws = { seed: 1, replica: 0 };
  const lora = { rank, alpha: 2 * rank, targets: ['query', 'value'], layers: null, dropout: 0, rankStabilized: false };
  const shape = { outputs: CLASSES, choices: 1 };
  const encoder = createEncoder(config, weights);
  const trainer = createHeadsTrainer(
    encoder,
    {
      adapter: createAdapter(config, lora, draws, null),
      names: ['alice', 'bob'],
      shapes: [shape, shape],
      heads: new Map([...createHead('alice', shape, hidden, draws, 0), ...createHead('bob', shape, hidden, draws, 1)]),
    },
    { weightDecay: 0.01, clip: null, parts: 1, padId: 0, draws },
  );
  const rows = () =>
    Array.from({ length: batch }, () => ({
      texts: [
        {
          ids: Array.from({ length }, () => 1000 + Math.floor(uniform() * (VOCABULARY - 1000))),
          typeIds: new Array(length).fill(0),
        },
      ],
      label: Math.floor(uniform() * CLASSES),
    }));
  const [alice, bob] = [rows(), rows()];
  return {
    async step() {
      const losses = trainer.step([alice, bob], 2e-4);
      const values = [...(await losses.data())];
      losses.dispose();
      return values;
    },
    /** Kernel calls of one step. */
    async kernels() {
      const { kernels } = await tf.profile(() => trainer.step([alice, bob], 2e-4));
      return kernels.length;
    },
    dispose() {
      trainer.dispose();
      encoder.dispose();
    },
  };
}

const { device } = await openBertBackend(process.argv[2]);
answer({ device });
let prepared = { key: '', work: null };
for await (const line of createInterface({ input: process.stdin })) {
  const { steps, ...size } = JSON.parse(line);
  const key = JSON.stringify(size);
  let kernels = null;
  if (prepared.key !== key) {
    prepared.work?.dispose();
    prepared = { key, work: prepare(size) };
    await prepared.work.step();
    kernels = await prepared.work.kernels();
  }
  const began = performance.now();
  let losses;
  for (let i = 0; i < steps; i++) losses = await prepared.work.step();
  answer({ seconds: (performance.now() - began) / 1000, losses, kernels });
}
