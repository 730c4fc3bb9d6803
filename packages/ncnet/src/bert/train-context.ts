// One training from start to outcomes: the contexts of a replica, and its tasks alone, start from one adapter and two heads and see one order.
import { createHash } from 'node:crypto';
import { exp } from '../elementary.ts';
import type { ContextOutcome } from '../lora/record.ts';
import type { AdamWState, Parameter } from './adamw.ts';
import { createAdapter, type LoraConfig } from './adapter.ts';
import type { BertEncoder } from './encoder.ts';
import { BertInputError } from './errors.ts';
import { log } from './exact.ts';
import type { FrozenStates } from './frozen-layers.ts';
import { createHead, logitsOf } from './heads.ts';
import { learningRateAt } from './schedule.ts';
import { type Draws, drawPermutation, STREAM } from './train-draws.ts';
import { createHeadsTrainer, HEAD_NAMES, type HeadName, type HeadsStart } from './train-pair.ts';
import type { EncodedTask } from './train-rows.ts';

export interface TrainingOptions {
  lora: LoraConfig;
  steps: number;
  batch: number; // rows of each task a step
  parts: number; // a batch is computed in so many parts
  learningRate: number;
  warmUp: number; // steps
  weightDecay: number;
  clip: number | null;
}

export interface ContextRequest {
  encoder: BertEncoder;
  padId: number;
  tasks: readonly EncodedTask[]; // of the heads
  heads?: readonly HeadName[]; // both, unless one task is trained alone
  options: TrainingOptions;
  draws: Draws; // never of the context
  base: string | null; // hash of the base, for the adapter
  frozen?: FrozenStates | null; // see computeFrozenStates
  resume?: AdamWState;
  /** After every step; what it returns is awaited. @param step steps done @param losses of the heads before it, nats @param read the state now */
  onStep?(step: number, losses: number[], read: () => Promise<AdamWState>): Promise<void> | void;
}

/** The start of every context of a replica, or of one task alone: its head and the adapter are then the same. */
export function startOf(
  encoder: BertEncoder,
  tasks: ContextRequest['tasks'],
  lora: LoraConfig,
  draws: Draws,
  base: string | null,
  names: readonly HeadName[] = HEAD_NAMES,
): HeadsStart {
  const heads = new Map<string, Parameter>();
  const shapes = tasks.map(({ shape }) => shape);
  for (const [place, name] of names.entries()) {
    const head = createHead(name, shapes[place], encoder.config.hidden_size, draws, HEAD_NAMES.indexOf(name));
    for (const [key, parameter] of head) heads.set(key, parameter);
  }
  return { adapter: createAdapter(encoder.config, lora, draws, base), names, shapes, heads };
}

/** Places of the rows of step `step` among `count`: epochs of a fresh permutation each, without a break between them. */
export function createOrder(draws: Draws, count: number, batch: number): (step: number) => number[] {
  let epoch = -1;
  let order: Int32Array = new Int32Array(0);
  return (step) =>
    Array.from({ length: batch }, (_, k) => {
      const at = step * batch + k;
      if (Math.floor(at / count) !== epoch) {
        epoch = Math.floor(at / count);
        order = drawPermutation(draws, STREAM.order, epoch, count);
      }
      return order[at % count];
    });
}

export interface TrainedContext {
  outcome: ContextOutcome;
  state: AdamWState;
}

/** @throws BertInputError if the training diverges */
export async function trainContext(request: ContextRequest): Promise<TrainedContext> {
  const { encoder, padId, tasks, heads, options, draws, base, frozen, resume, onStep } = request;
  const { lora, steps, batch, parts, learningRate, warmUp, weightDecay, clip } = options;
  const start = startOf(encoder, tasks, lora, draws, base, heads);
  const trainer = createHeadsTrainer(encoder, start, { weightDecay, clip, parts, padId, draws, frozen });
  try {
    if (resume !== undefined) trainer.restore(resume);
    const order = createOrder(draws, tasks[0].train.length, batch);
    const done = resume === undefined ? 0 : Math.max(...resume.steps.values());
    for (let step = done; step < steps; step++) {
      const places = order(step);
      const batches = tasks.map(({ train }) => places.map((place) => train[place]));
      const loss = trainer.step(batches, learningRateAt(step, learningRate, warmUp));
      const losses = [...(await loss.data())];
      loss.dispose();
      if (!losses.every(Number.isFinite)) {
        const got = `${losses.join(' and ')} at step ${step + 1}`;
        throw new BertInputError(`training: expected finite losses, got ${got}; lower --learning-rate`);
      }
      await onStep?.(step + 1, losses, () => trainer.read());
    }
    const state = await trainer.read();
    const read = [];
    for (const [head, { train, heldOut, shape }] of tasks.entries()) {
      const width = logitsOf(shape);
      const logits = await trainer.logits(head, train);
      read.push({
        train: rightRows(logits, width, train),
        heldOut: rightRows(await trainer.logits(head, heldOut), width, heldOut),
        loss: meanLoss(logits, width, train),
      });
    }
    const outcome: ContextOutcome = {
      train: read.map(({ train }) => train),
      heldOut: read.map(({ heldOut }) => heldOut),
      losses: read.map(({ loss }) => loss),
      weights: hashParameters(state),
    };
    return { outcome, state };
  } finally {
    trainer.dispose();
  }
}

/** Right if the label's logit is above every other; a tie is wrong, and so is what is not a number. */
function rightRows(logits: Float32Array, width: number, rows: readonly { label: number }[]): string {
  return rows
    .map(({ label }, row) => {
      const own = logits.subarray(row * width, (row + 1) * width);
      return own.every((value, k) => k === label || value < own[label]) ? '1' : '0';
    })
    .join('');
}

function meanLoss(logits: Float32Array, width: number, rows: readonly { label: number }[]): number | null {
  let sum = 0;
  rows.forEach(({ label }, row) => {
    const own = logits.subarray(row * width, (row + 1) * width);
    const largest = own.reduce((most, value) => Math.max(most, value));
    sum += log(own.reduce((total, value) => total + exp(value - largest), 0)) + largest - own[label];
  });
  return Number.isFinite(sum) ? sum / rows.length : null;
}

function hashParameters({ parameters }: AdamWState): string {
  const hash = createHash('sha256');
  for (const name of [...parameters.keys()].sort()) {
    const { buffer, byteOffset, byteLength } = parameters.get(name)!;
    hash.update(`${name}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
