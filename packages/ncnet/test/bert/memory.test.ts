// LoRA training keeps its memory: over 1,000 steps neither a tensor nor a byte is left behind, whichever head has its turn.
import tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { createAdamW } from '../../src/bert/adamw.ts';
import { applyHead, createHead, crossEntropy, meanPool } from '../../src/bert/heads.ts';
import {
  createAdapter,
  createEncoder,
  type LoraConfig,
  openBertBackend,
  padRows,
  parseConfig,
  scalingOf,
  weightShapes,
} from '../../src/bert/index.ts';
import { createDenseAdapter } from '../../src/bert/lora.ts';
import { adapterParameters, createHeadsTrainer, type EncodedRow, HEAD_NAMES } from '../../src/bert/train-pair.ts';
import { dice } from '../support.ts';

const STEPS = 1000;
const config = parseConfig(
  JSON.stringify({
    ...{ vocab_size: 40, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 },
    max_position_embeddings: 16,
  }),
  'micro',
);
const roll = dice(3);
const weights = new Map(
  [...weightShapes(config, false)].map(([name, shape]) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const number = () => (name.endsWith('LayerNorm.weight') ? 1 : (roll(1000) - 500) / 2000);
    return [name, Float32Array.from({ length: size }, number)];
  }),
);
const draws = { seed: 1, replica: 0 };
const lora: LoraConfig = {
  ...{ rank: 2, alpha: 4, targets: ['query', 'value'], layers: null, dropout: 0, rankStabilized: false },
};
const shapes = [
  { outputs: 2, choices: 1 },
  { outputs: 3, choices: 1 },
] as const;

/** Texts of one length, another in every batch. */
function batch(step: number, outputs: number): EncodedRow[] {
  const length = 4 + (step % 9);
  return Array.from({ length: 3 }, () => {
    const ids = Array.from({ length }, () => roll(40));
    return { texts: [{ ids, typeIds: ids.map(() => 0) }], label: roll(outputs) };
  });
}

async function flatOver(step: (at: number) => Promise<number>): Promise<void> {
  const memory = (): string => `${tf.memory().numTensors} tensors, ${tf.memory().numBytes} bytes`;
  const seen = new Set<string>();
  for (let at = 1; at <= STEPS; at++) {
    expect(Number.isFinite(await step(at))).toBe(true);
    if (at >= 2) seen.add(memory()); // the first step makes the frozen weights' transposes
  }
  expect([...seen]).toEqual([memory()]);
}

test('two heads that take turns on one adapter', async () => {
  await openBertBackend('wasm');
  const before = tf.memory().numTensors;
  const encoder = createEncoder(config, weights);
  const adapter = createAdapter(config, lora, draws, null);
  const optimizer = createAdamW({
    adapter: adapterParameters(adapter),
    alice: createHead('alice', shapes[0], 8, draws, 0),
    bob: createHead('bob', shapes[1], 8, draws, 1),
  });
  const turns = { alice: 0, bob: 0 };
  await flatOver(async (at) => {
    const head = at % 2;
    const name = (['alice', 'bob'] as const)[head];
    turns[name]++;
    const rows = batch(at, shapes[head].outputs);
    const input = padRows(
      rows.flatMap(({ texts }) => texts),
      0,
    );
    const own = [...optimizer.tensors()].filter(([key]) => key.includes('.lora_') || key.startsWith(name));
    const x = encoder.below(input, 0);
    const { value, grads } = tf.valueAndGrads((...pieces: tf.Tensor[]) => {
      const tensors = new Map(own.map(([key], i) => [key, pieces[i]]));
      const delta = createDenseAdapter((layer) => {
        const [a, b] = ['A', 'B'].map((side) => tensors.get(`${layer}.lora_${side}`) as tf.Tensor2D);
        return a === undefined ? null : { a, b, scaling: scalingOf(lora) };
      });
      const pooled = meanPool(encoder.above(x, input, 0, delta), input);
      const [weight, bias] = ['weight', 'bias'].map((part) => tensors.get(`${name}.${part}`)!);
      const logits = applyHead(pooled, weight as tf.Tensor2D, bias as tf.Tensor1D, shapes[head]);
      return crossEntropy(
        logits,
        Int32Array.from(rows, ({ label }) => label),
      );
    })(own.map(([, tensor]) => tensor));
    optimizer.step(new Map(own.map(([key], i) => [key, grads[i]])), 1e-3);
    const [loss] = await value.data();
    tf.dispose([value, x, ...grads]);
    return loss;
  });
  expect(turns).toEqual({ alice: STEPS / 2, bob: STEPS / 2 });
  optimizer.dispose();
  encoder.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the trainer of a context, with both heads in every step', async () => {
  await openBertBackend('wasm');
  const encoder = createEncoder(config, weights);
  const heads = new Map([...createHead('alice', shapes[0], 8, draws, 0), ...createHead('bob', shapes[1], 8, draws, 1)]);
  const start = { adapter: createAdapter(config, lora, draws, null), names: HEAD_NAMES, shapes, heads };
  const trainer = createHeadsTrainer(encoder, start, { weightDecay: 0.01, clip: 1, parts: 1, padId: 0, draws });
  await flatOver(async (at) => {
    const losses = trainer.step([batch(at, 2), batch(at, 3)], 1e-3);
    const [alice, bob] = await losses.data();
    losses.dispose();
    return alice + bob;
  });
  trainer.dispose();
  encoder.dispose();
});
