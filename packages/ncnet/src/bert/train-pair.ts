// LoRA training of a context's two heads, or of one head alone, on one encoder with one adapter; a step descends the sum of the losses.
import tf from '@tensorflow/tfjs';
import { type AdamWState, createAdamW, type Parameter } from './adamw.ts';
import { type LoraAdapter, type LoraModule, scalingOf } from './adapter.ts';
import { padRows, type TokenRow } from './embed.ts';
import type { BertEncoder, BertInput, DenseAdapter } from './encoder.ts';
import { type FrozenStates, gatherStates } from './frozen-layers.ts';
import { applyHead, crossEntropy, type HeadShape, logitsOf, meanPool } from './heads.ts';
import { createDenseAdapter } from './lora.ts';
import { type Draws, drawDropout } from './train-draws.ts';

export interface EncodedRow {
  texts: TokenRow[]; // one, or one of each choice
  label: number; // class or choice
}

export const HEAD_NAMES = ['alice', 'bob'] as const;
export type HeadName = (typeof HEAD_NAMES)[number];

export interface HeadsStart {
  adapter: LoraAdapter;
  names: readonly HeadName[]; // both, or the one that is trained alone
  shapes: readonly HeadShape[]; // of each of them
  heads: ReadonlyMap<string, Parameter>; // alice.weight, alice.bias, bob.weight, bob.bias; no bias for multiple choice
}

export interface HeadsOptions {
  weightDecay: number;
  clip: number | null; // largest global norm of a step's gradients
  parts: number; // a batch is computed in so many parts, whose gradients are added: less memory, the same step
  padId: number;
  draws: Draws; // of dropout
  frozen?: FrozenStates | null; // of every text, below the lowest adapted layer
}

export interface HeadsTrainer {
  /** One step on a batch of each head's task. @returns their losses in nats before the step; the caller disposes them */
  step(batches: readonly (readonly EncodedRow[])[], learningRate: number): tf.Tensor1D;
  /** @param head its place among the heads of the start @returns [rows, classes or choices] */
  logits(head: number, rows: readonly EncodedRow[]): Promise<Float32Array>;
  read(): Promise<AdamWState>;
  restore(state: AdamWState): void;
  dispose(): void;
}

/** Batches of both tasks go through the encoder as one if that adds at most this share of padding to attention: half the kernel calls. */
const MOST_PADDING = 1.2;
const GROUP = 'pair';

export function createHeadsTrainer(encoder: BertEncoder, start: HeadsStart, options: HeadsOptions): HeadsTrainer {
  const { adapter, names: heads, shapes } = start;
  const { weightDecay, clip, parts, padId, draws, frozen = null } = options;
  const parameters = new Map([...adapterParameters(adapter), ...start.heads]);
  const optimizer = createAdamW({ [GROUP]: parameters }, { weightDecay, clip });
  const lowest = lowestLayer(adapter);
  const places = [...adapter.modules.keys()];
  const { dropout } = adapter.config;
  let steps = 0; // of the optimizer, for dropout

  const openLora = (tensors: ReadonlyMap<string, tf.Tensor>, pass: number | null): DenseAdapter =>
    createDenseAdapter(
      (name) => {
        const module = adapter.modules.get(name);
        if (module === undefined) return null;
        const [a, b] = ['A', 'B'].map((side) => tensors.get(`${name}.lora_${side}`) as tf.Tensor2D);
        return { a, b, scaling: scalingOf({ ...adapter.config, rank: module.rank }) };
      },
      pass === null || dropout === 0
        ? undefined
        : (name, x) => {
            const values = drawDropout(draws, steps, pass * places.length + places.indexOf(name), x.size, dropout);
            return tf.mul(x, tf.tensor2d(values, x.shape));
          },
    );

  /** What the layers below the adapter give stands outside the tape: it takes no gradient. */
  const prepare = (texts: TokenRow[]): { input: BertInput; x: tf.Tensor2D } => {
    const input = padRows(texts, padId);
    const x = frozen === null ? encoder.below(input, lowest) : gatherStates(frozen, texts, encoder.config.hidden_size);
    return { input, x };
  };
  const pool = ({ input, x }: ReturnType<typeof prepare>, lora: DenseAdapter): tf.Tensor2D =>
    meanPool(encoder.above(x, input, lowest, lora), input);
  const score = (head: number, pooled: tf.Tensor2D, tensors: ReadonlyMap<string, tf.Tensor>): tf.Tensor2D => {
    const weight = tensors.get(`${heads[head]}.weight`) as tf.Tensor2D;
    const bias = (tensors.get(`${heads[head]}.bias`) as tf.Tensor1D | undefined) ?? null;
    return applyHead(pooled, weight, bias, shapes[head]);
  };

  /** Losses [2] and gradients of one part, each weighted by its share of the batch. */
  const descend = (rows: readonly (readonly EncodedRow[])[], shares: number[], part: number): tf.Tensor[] => {
    const [names, current] = [[...optimizer.tensors().keys()], [...optimizer.tensors().values()]];
    const labels = rows.map((own) => Int32Array.from(own, ({ label }) => label));
    const texts = rows.length === 1 ? [rows[0].flatMap((row) => row.texts)] : planPasses(rows);
    const passes = texts.map(prepare);
    let losses: tf.Tensor1D | undefined;
    const loss = (...pieces: tf.Tensor[]): tf.Scalar => {
      const tensors = new Map(names.map((name, i) => [name, pieces[i]]));
      const pooled = passes.map((pass, i) => pool(pass, openLora(tensors, 2 * part + i)));
      const own = heads.map((_, head) => {
        const count = rows[head].length * shapes[head].choices;
        const begin = pooled.length === 1 && head === 1 ? rows[0].length * shapes[0].choices : 0;
        const all = pooled[pooled.length === 1 ? 0 : head];
        const mine = pooled.length === 1 ? tf.slice(all, [begin, 0], [count, all.shape[1]]) : all;
        return tf.mul(crossEntropy(score(head, mine, tensors), labels[head]), shares[head]) as tf.Scalar;
      });
      losses = tf.keep(tf.stack(own) as tf.Tensor1D);
      return own.length === 1 ? own[0] : tf.add(own[0], own[1]);
    };
    const { grads } = tf.valueAndGrads(loss)(current);
    const tensor = losses!;
    return [tensor, ...grads];
  };

  return {
    step(batches, learningRate) {
      const names = [...optimizer.tensors().keys()];
      const kept: tf.Tensor[] = [];
      try {
        const sums = tf.tidy(() => {
          let total: tf.Tensor[] = [];
          for (let part = 0; part < parts; part++) {
            const rows = batches.map((all) =>
              all.slice(Math.floor((part * all.length) / parts), Math.floor(((part + 1) * all.length) / parts)),
            );
            if (rows.some((own) => own.length === 0)) continue;
            const shares = rows.map((own, head) => own.length / batches[head].length);
            const got = descend(rows, shares, part);
            kept.push(got[0]);
            total = total.length === 0 ? got : total.map((sum, i) => tf.add(sum, got[i]));
          }
          return [tf.clone(total[0]), ...total.slice(1)];
        });
        optimizer.step(new Map(names.map((name, i) => [name, sums[i + 1]])), learningRate);
        tf.dispose(sums.slice(1));
        steps++;
        return sums[0] as tf.Tensor1D;
      } finally {
        tf.dispose(kept);
      }
    },
    async logits(head, rows) {
      const width = logitsOf(shapes[head]);
      const values = new Float32Array(rows.length * width);
      for (const places of planReading(rows, shapes[head].choices)) {
        const tensor = tf.tidy(() => {
          const tensors = optimizer.tensors();
          return score(head, pool(prepare(places.flatMap((i) => rows[i].texts)), openLora(tensors, null)), tensors);
        });
        const got = await tensor.data();
        tensor.dispose();
        places.forEach((row, i) => {
          values.set(got.subarray(i * width, (i + 1) * width), row * width);
        });
      }
      return values;
    },
    read: () => optimizer.read(),
    restore(state) {
      optimizer.restore(state);
      steps = state.steps.get(GROUP)!;
    },
    dispose: () => optimizer.dispose(),
  };
}

/** One pass for both tasks, or one for each where their lengths differ much. */
function planPasses(rows: readonly (readonly EncodedRow[])[]): TokenRow[][] {
  const texts = rows.map((own) => own.flatMap((row) => row.texts));
  const longest = texts.map((own) => Math.max(...own.map(({ ids }) => ids.length)));
  const apart = texts[0].length * longest[0] + texts[1].length * longest[1];
  const together = (texts[0].length + texts[1].length) * Math.max(...longest);
  return together <= MOST_PADDING * apart ? [texts.flat()] : texts;
}

const READING_TEXTS = 64;
const READING_TOKENS = 4096; // padding included

/** Batches of rows of similar length, for reading. */
function planReading(rows: readonly EncodedRow[], choices: number): number[][] {
  const longest = rows.map(({ texts }) => Math.max(...texts.map(({ ids }) => ids.length)));
  const order = rows.map((_, i) => i).sort((i, j) => longest[j] - longest[i] || i - j);
  const batches: number[][] = [];
  for (let begin = 0; begin < order.length; ) {
    const most = Math.min(READING_TEXTS, READING_TOKENS / longest[order[begin]]) / choices;
    const count = Math.max(1, Math.floor(most));
    batches.push(order.slice(begin, begin + count));
    begin += count;
  }
  return batches;
}

/** NAME.lora_A and NAME.lora_B of every module. */
export function adapterParameters({ modules }: LoraAdapter): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const [name, { inputs, outputs, rank, a, b }] of modules) {
    parameters.set(`${name}.lora_A`, { shape: [rank, inputs], values: a });
    parameters.set(`${name}.lora_B`, { shape: [outputs, rank], values: b });
  }
  return parameters;
}

/** The adapter with the values of a state in place of its own. */
export function adapterOf(start: LoraAdapter, { parameters }: Pick<AdamWState, 'parameters'>): LoraAdapter {
  const trained = (name: string, module: LoraModule): LoraModule => ({
    ...module,
    a: parameters.get(`${name}.lora_A`)!,
    b: parameters.get(`${name}.lora_B`)!,
  });
  return { ...start, modules: new Map([...start.modules].map(([name, module]) => [name, trained(name, module)])) };
}

/** Layers below it give the same whatever the adapter is. */
export function lowestLayer({ modules }: Pick<LoraAdapter, 'modules'>): number {
  return Math.min(...[...modules.keys()].map((name) => Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? 0)));
}
