// Pre-training by masked language modelling, and the loss that judges it: nats per masked token, beside a unigram's.
import tf from '@tensorflow/tfjs';
import { createAdamW, type Parameter } from '../bert/adamw.ts';
import type { BertConfig } from '../bert/config.ts';
import type { TokenRow } from '../bert/embed.ts';
import { crossEntropy } from '../bert/heads.ts';
import { drawUniform } from '../bert/train-draws.ts';
import { createBatches, type MaskedBatch, maskBatch, PRETRAIN_STREAM } from './masks.ts';
import { encode, predict, type Tensors, trainedShapes } from './trainable.ts';

export interface PretrainOptions {
  seed: number;
  steps: number;
  batch: number; // texts
  learningRate: number; // at its highest: a linear warm-up to it, then a linear way down to 0
  warmUp: number; // steps
  weightDecay: number;
  clip: number; // largest norm of a step's gradients
}

const DEVIATION = 0.02; // of the start, as BERT's

/** Uniform numbers of standard deviation .02; gains 1 and biases 0. */
export function startOfPretraining(config: BertConfig, seed: number): Map<string, Parameter> {
  const bound = DEVIATION * Math.sqrt(3);
  const shapes = [...trainedShapes(config)];
  return new Map(
    shapes.map(([name, shape], part) => {
      const count = shape.reduce((product, side) => product * side, 1);
      const draws = { seed, replica: 0 };
      const values = name.endsWith('LayerNorm.weight')
        ? new Float32Array(count).fill(1)
        : name.endsWith('.bias')
          ? new Float32Array(count)
          : drawUniform(draws, PRETRAIN_STREAM.start, part, count, bound);
      return [name, { shape, values }];
    }),
  );
}

/** @param until stops after so many steps of the schedule @param onStep loss before the step, nats per masked token */
export async function pretrain(
  config: BertConfig,
  texts: readonly TokenRow[],
  options: PretrainOptions,
  { until = options.steps, onStep }: { until?: number; onStep?(step: number, loss: number): void } = {},
): Promise<Map<string, Parameter>> {
  const { seed, steps, batch, learningRate, warmUp, weightDecay, clip } = options;
  const start = startOfPretraining(config, seed);
  const optimizer = createAdamW({ all: start }, { weightDecay, clip });
  const places = createBatches(seed, texts, batch);
  try {
    for (let step = 0; step < until; step++) {
      const masked = maskBatch(
        places(step).map((at) => texts[at]),
        seed,
        step,
        config.vocab_size,
      );
      const names = [...optimizer.tensors().keys()];
      const { value, grads } = tf.valueAndGrads((...pieces: tf.Tensor[]) =>
        maskedLoss(config, new Map(names.map((name, i) => [name, pieces[i]])), masked),
      )([...optimizer.tensors().values()]);
      const rate = learningRate * Math.min((step + 1) / warmUp, (steps - step) / (steps - warmUp));
      optimizer.step(new Map(names.map((name, i) => [name, grads[i]])), rate);
      const [loss] = await value.data();
      tf.dispose([value, ...grads]);
      onStep?.(step, loss);
    }
    const { parameters } = await optimizer.read();
    return new Map([...start].map(([name, { shape }]) => [name, { shape, values: parameters.get(name)! }]));
  } finally {
    optimizer.dispose();
  }
}

function maskedLoss(config: BertConfig, tensors: Tensors, { input, places, labels }: MaskedBatch): tf.Scalar {
  return crossEntropy(predict(config, tensors, encode(config, tensors, input), places), labels);
}

/** Mean losses over masked tokens of texts, nats: of a model, and of always giving the words their shares of `counts`. */
export async function judge(
  config: BertConfig,
  parameters: ReadonlyMap<string, Parameter>,
  texts: readonly TokenRow[],
  counts: Float64Array,
  seed: number,
): Promise<{ model: number; unigram: number; tokens: number }> {
  const tensors = new Map([...parameters].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]));
  const total = counts.reduce((sum, count) => sum + count + 1, 0); // one more of each, so that none is impossible
  let [model, unigram, tokens] = [0, 0, 0];
  for (let begin = 0; begin < texts.length; begin += JUDGED) {
    const masked = maskBatch(texts.slice(begin, begin + JUDGED), seed, begin, config.vocab_size);
    const loss = tf.tidy(() => maskedLoss(config, tensors, masked));
    model += (await loss.data())[0] * masked.labels.length;
    loss.dispose();
    for (const label of masked.labels) unigram -= Math.log((counts[label] + 1) / total);
    tokens += masked.labels.length;
  }
  tf.dispose([...tensors.values()]);
  return { model: model / tokens, unigram: unigram / tokens, tokens };
}

const JUDGED = 64; // texts at a time
