// The lora cell: two heads on one BERT with one low-rank adapter, on two pairs of labelled tasks, at one rank.
import { z } from 'zod';
import { LORA_BACKENDS, LORA_TARGETS } from './names.ts';

const finite = z.number().finite();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().min(1);

/** What the names of a cell stood for where it was trained; part of the key, and what a repetition must find again. */
export const LoraResolved = z.strictObject({
  base: hash, // of the base's weights, as an adapter's file carries it
  rows: z.tuple([hash, hash, hash, hash]), // a1, a2, b1, b2: shape of the head, token ids and labels, in the order in which rows pair
  train: z.int().min(1), // rows of each task
  heldOut: z.int().min(0),
  pairing: z.enum(['item', 'mixed', 'shuffle']),
  device: name,
  versions: z.record(z.string(), z.string()), // of the libraries that compute
});
export type LoraResolved = z.infer<typeof LoraResolved>;

/** What is trained, on what, and how; docs/lora.md says what each field means. */
export const LoraCell = z
  .strictObject({
    kind: z.literal('lora'),
    base: name, // a model of `ncnet model list`, or a folder
    alice: z.tuple([name, name]), // tasks of `ncnet data list`, or files
    bob: z.tuple([name, name]),
    rows: z.union([z.literal('all'), z.int().min(2)]), // training rows of each task, at most
    maxLength: z.int().min(3).max(1e6), // tokens of a text or pair
    rank: z.int().min(1).max(16384),
    alone: z.literal(true).optional(), // each task is trained alone, by one head, in place of the four contexts
    alpha: finite.positive().max(1e9),
    targets: z.array(z.enum(LORA_TARGETS)).min(1).max(LORA_TARGETS.length),
    layers: z.array(z.int().min(0).max(199)).min(1).nullable(), // of the encoder, from 0; null: all
    dropout: finite.min(0).lt(1),
    rankStabilized: z.boolean(),
    steps: z.int().min(1).max(10_000_000), // of each context
    batch: z.int().min(1).max(65_536), // rows of each task in a step
    parts: z.int().min(1).max(65_536), // in which a batch is computed
    learningRate: finite.positive().max(1e3),
    warmUp: z.int().min(0).max(10_000_000), // steps
    weightDecay: finite.min(0).max(1e3),
    clip: finite.positive().max(1e6).nullable(),
    seed: z.int().min(0).max(0xffffffff),
    backend: z.enum(LORA_BACKENDS),
    dtype: z.literal('f32'),
    resolved: LoraResolved.nullable(), // null until the names are looked up, which the runner does before it trains
  })
  .superRefine((cell, context) => {
    if (cell.parts <= cell.batch) return;
    const message = `expected at most the ${cell.batch} rows of batch, got ${cell.parts}; lower it`;
    context.addIssue({ code: 'custom', path: ['parts'], message });
  });
export type LoraCell = z.infer<typeof LoraCell>;

const shape = LoraCell.shape;

/** What an experiment writes: base and tasks are needed, anything else has the default of `ncnet lora`. The rank is swept. */
export const LoraCellInput = z.strictObject({
  base: shape.base,
  alice: shape.alice,
  bob: shape.bob,
  rows: shape.rows.default('all'),
  maxLength: shape.maxLength.default(64),
  alpha: shape.alpha.optional(), // 2 x rank
  targets: shape.targets.default(['query', 'value']),
  layers: shape.layers.default(null),
  dropout: shape.dropout.default(0),
  rankStabilized: shape.rankStabilized.default(false),
  steps: shape.steps.default(300),
  batch: shape.batch.default(32),
  parts: shape.parts.default(1),
  learningRate: shape.learningRate.default(2e-4),
  warmUp: shape.warmUp.default(0),
  weightDecay: shape.weightDecay.default(0.01),
  clip: shape.clip.default(1),
  seed: shape.seed.default(1),
  backend: shape.backend.default('lora-wasm'),
});
export type LoraCellInput = z.infer<typeof LoraCellInput>;

/** The cell at one rank; its names are not looked up yet. @param alone whether each task is trained alone */
export function makeLoraCell(input: z.input<typeof LoraCellInput>, rank: number, alone = false): LoraCell {
  const filled = LoraCellInput.parse(input);
  const alpha = filled.alpha ?? 2 * rank;
  const kind = { kind: 'lora', ...(alone ? { alone } : {}) };
  return LoraCell.parse({ ...filled, ...kind, rank, alpha, dtype: 'f32', resolved: null });
}
