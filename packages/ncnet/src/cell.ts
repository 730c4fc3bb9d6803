// The cell: one point of a sweep, as plain JSON that hashes and crosses threads and machines.
import { z } from 'zod';
import { MAX_INPUTS, parseTask } from './boolean-task.ts';

export const MAX_HIDDEN = 64;

export const OUTCOME_RULES = ['correct', 'success', 'tolerance', 'held-out', 'loss-step'] as const;
export const OutcomeRule = z.enum(OUTCOME_RULES);
export type OutcomeRule = z.infer<typeof OutcomeRule>;

const truthTable = z.string().regex(/^[01]+$/, 'expected a truth table of 0 and 1');

const finite = z.number().finite();

/** The smallest single-precision number that keeps its precision, 2^-126, about 1.2e-38; what is far smaller is 0 there. */
export const SMALLEST_SINGLE = 2 ** -126;

/** Whether a cell of this backend leaves the same bytes on every machine; only such records may be stored. */
export const isReproducible = ({ backend }: { backend: string }): boolean => backend !== 'wasm-fast';

/** What a network of this kind is trained on and how; docs/method.md has the definitions. */
export const NcnetCell = z
  .strictObject({
    kind: z.literal('ncnet'),
    inputs: z.int().min(1).max(MAX_INPUTS),
    alice: z.tuple([truthTable, truthTable]),
    bob: z.tuple([truthTable, truthTable]),
    hidden: z.int('expected a whole number').min(1).max(MAX_HIDDEN),
    activation: z.enum(['sigmoid', 'tanh', 'relu']),
    loss: z.enum(['bce', 'mse']),
    coding: z.enum(['pm', '01']),
    gain: finite.positive().max(1e6),
    sharing: z.enum(['shared', 'separate', 'frozen', 'only-a']),
    optimizer: z.enum(['adam', 'momentum', 'gd']),
    learningRate: finite.positive().max(1e6),
    steps: z.int().min(1).max(10_000_000),
    batch: z.union([z.literal('full'), z.literal(1)]),
    trainRows: z.union([z.literal('all'), z.int().min(1)]),
    restarts: z.int().min(1).max(1000),
    tolerance: finite.positive().max(1e6),
    seed: z.int().min(0).max(0xffffffff),
    lossSteps: z.enum(['none', 'half', 'all']),
    cosine: z.boolean(),
    backend: z.enum(['wasm', 'reference', 'wasm-fast']),
    dtype: z.enum(['f32', 'f64']),
  })
  .superRefine((cell, context) => {
    const rows = 2 ** cell.inputs;
    for (const table of [...cell.alice, ...cell.bob]) {
      if (table.length !== rows) {
        context.addIssue({ code: 'custom', message: `expected truth tables of ${rows} rows, got ${table.length}` });
      }
    }
    if (cell.trainRows !== 'all' && cell.trainRows > rows) {
      context.addIssue({
        code: 'custom',
        path: ['trainRows'],
        message: `expected at most ${rows} rows, got ${cell.trainRows}`,
      });
    }
    if (cell.backend === 'reference' && cell.dtype !== 'f64') {
      context.addIssue({
        code: 'custom',
        path: ['dtype'],
        message: 'the reference backend computes in f64 only, got f32',
      });
    }
    for (const key of ['gain', 'learningRate'] as const) {
      const single = key === 'gain' || cell.dtype === 'f32'; // initial weights are single-precision numbers everywhere
      if (!single || cell[key] >= SMALLEST_SINGLE) continue;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `expected at least 1.2e-38, below which a single-precision number is 0 or loses digits, got ${cell[key]}`,
      });
    }
  });
export type NcnetCell = z.infer<typeof NcnetCell>;

/** `NcnetCell` by its short name; every kind of cell is `AnyCell` in any-cell.ts. */
export const Cell = NcnetCell;
export type Cell = z.infer<typeof Cell>;

/** What a user writes: tasks as expressions or tables, anything left out takes the value of the preset xor-pair. */
export const CellInput = z.strictObject({
  inputs: NcnetCell.shape.inputs.default(3),
  alice: z.tuple([z.string(), z.string()]).default(['x2', 'x1^x2']),
  bob: z.tuple([z.string(), z.string()]).default(['x2', 'x2^x3']),
  activation: NcnetCell.shape.activation.default('sigmoid'),
  loss: NcnetCell.shape.loss.default('bce'),
  coding: NcnetCell.shape.coding.default('pm'),
  gain: NcnetCell.shape.gain.default(1),
  sharing: NcnetCell.shape.sharing.default('shared'),
  optimizer: NcnetCell.shape.optimizer.default('adam'),
  learningRate: NcnetCell.shape.learningRate.default(0.05),
  steps: NcnetCell.shape.steps.default(1000),
  batch: NcnetCell.shape.batch.default('full'),
  trainRows: NcnetCell.shape.trainRows.default('all'),
  restarts: NcnetCell.shape.restarts.default(1),
  tolerance: NcnetCell.shape.tolerance.default(0.1),
  seed: NcnetCell.shape.seed.default(1),
  lossSteps: NcnetCell.shape.lossSteps.default('none'),
  cosine: NcnetCell.shape.cosine.default(false),
  backend: NcnetCell.shape.backend.exclude(['wasm-fast']).default('wasm'), // what is published is reproducible
  dtype: NcnetCell.shape.dtype.optional(),
});
export type CellInput = z.infer<typeof CellInput>;

/** The cell at one hidden width: tasks become truth tables and defaults are filled, so equal cells have equal bytes. */
export function makeCell(input: CellInput, hidden: number): Cell {
  return Cell.parse(fillCell(input, hidden));
}

/** As makeCell, unchecked. */
export function fillCell(input: CellInput, hidden: number): Cell {
  const tables = (tasks: [string, string]): [string, string] => [
    parseTask(tasks[0], input.inputs),
    parseTask(tasks[1], input.inputs),
  ];
  return {
    ...input,
    kind: 'ncnet',
    alice: tables(input.alice),
    bob: tables(input.bob),
    hidden,
    dtype: input.dtype ?? (input.backend === 'reference' ? 'f64' : 'f32'),
  };
}
