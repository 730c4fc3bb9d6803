// defineExperiment: a literal that states question, claim, cost, expectation and a sweep, checked once and filled with defaults.
import { z } from 'zod';
import { parseTask } from './boolean-task.ts';
import { CellInput, fillCell, makeCell, NcnetCell, OUTCOME_RULES, OutcomeRule } from './cell.ts';
import { describeIssues } from './issues.ts';
import type { CellRecords } from './summary.ts';

const axis = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(1000);
const shape = NcnetCell.shape;

/** Axes of a sweep; the cells are their product, in the order of the keys, hidden innermost. */
export const Sweep = z.strictObject({
  sharing: axis(shape.sharing).optional(),
  activation: axis(shape.activation).optional(),
  optimizer: axis(shape.optimizer).optional(),
  loss: axis(shape.loss).optional(),
  gain: axis(shape.gain).optional(),
  dtype: axis(shape.dtype).optional(),
  hidden: axis(shape.hidden),
});
export type Sweep = z.infer<typeof Sweep>;

export const MAX_REPLICAS = 10_000_000;

export const Variant = z.strictObject({
  replicas: z.int().min(1).max(MAX_REPLICAS),
  hidden: axis(shape.hidden).optional(),
});

/** What an experiment of any kind says about itself. */
export const about = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  title: z.string().min(1),
  question: z.string().min(1),
  paper: z.string().min(1),
  cost: z.string().min(1),
  expectation: z.string().min(1),
  command: z.string().min(1),
};

export const Experiment = z.strictObject({
  ...about,
  cell: CellInput,
  sweep: Sweep,
  outcomes: z.array(OutcomeRule).min(1).max(OUTCOME_RULES.length),
  quick: Variant,
  full: Variant,
});
export type Experiment = z.infer<typeof Experiment>;

/** Checks an experiment literal; a misspelt key is an error that names the key. */
export function defineExperiment(literal: z.input<typeof Experiment>): Experiment {
  const name = (literal as { name?: unknown } | null | undefined)?.name;
  return checkExperiment(literal, typeof name === 'string' ? `defineExperiment ${name}` : 'defineExperiment');
}

/**
 * The checked literal with its defaults.
 * @param who starts the message
 * @throws one line that names the key's path, what was expected and what came
 */
export function checkExperiment(literal: unknown, who: string): Experiment {
  const fail = (problem: string): never => {
    throw new ExperimentError(`${who}: ${problem}`);
  };
  const parsed = Experiment.safeParse(literal);
  if (!parsed.success) return fail(describeIssues(parsed.error, Experiment, literal));
  const experiment = parsed.data;
  const { cell, sweep, outcomes } = experiment;
  const lists = { ...sweep, outcomes, 'quick.hidden': experiment.quick.hidden, 'full.hidden': experiment.full.hidden };
  for (const [key, values = []] of Object.entries(lists)) {
    const repeated = (values as unknown[]).find((value, index) => values.indexOf(value as never) !== index);
    const path = key in sweep ? `sweep.${key}` : key;
    if (repeated !== undefined) fail(`${path}: expected distinct values, got ${repeated} twice; drop one`);
  }
  for (const key of ['alice', 'bob'] as const) {
    for (const [index, task] of cell[key].entries()) {
      try {
        parseTask(task, cell.inputs);
      } catch (error) {
        fail(`cell.${key}[${index}]: ${(error as Error).message.replace('--inputs', 'cell.inputs')}`);
      }
    }
  }
  const made = NcnetCell.safeParse(fillCell(cell, sweep.hidden[0]));
  if (!made.success) {
    fail(made.error.issues.map(({ path, message }) => `${['cell', ...path].join('.')}: ${message}`).join('; '));
  }
  if (outcomes.includes('loss-step') && cell.lossSteps === 'none') {
    fail('outcomes: expected cell.lossSteps "half" or "all" with the outcome loss-step, got "none"; set it');
  }
  if (outcomes.includes('loss-step') && cell.steps < 2) {
    fail('outcomes: expected at least 2 cell.steps to compare with the outcome loss-step, got 1; raise them');
  }
  if (outcomes.includes('held-out') && (cell.trainRows === 'all' || cell.trainRows === 2 ** cell.inputs)) {
    fail(
      `outcomes: expected rows that are left out with the outcome held-out, got cell.trainRows ${cell.trainRows} of ${2 ** cell.inputs}; lower it`,
    );
  }
  return experiment;
}

/** An experiment literal that cannot be used. */
export class ExperimentError extends Error {}

/** The cells of an experiment's variant, in sweep order. */
export function experimentCells(experiment: Experiment, variant: { hidden?: number[] }): NcnetCell[] {
  const { hidden, ...axes } = experiment.sweep;
  let inputs: CellInput[] = [experiment.cell];
  for (const [key, values] of Object.entries(axes)) {
    if (values === undefined) continue;
    inputs = inputs.flatMap((input) => values.map((value) => ({ ...input, [key]: value }) as CellInput));
  }
  return inputs.flatMap((input) => (variant.hidden ?? hidden).map((n) => makeCell(input, n)));
}

/** A verdict on one claim, as the report prints it. */
export interface ClaimVerdict {
  id: string;
  claim: string;
  verdict: 'supported' | 'partly supported' | 'not supported' | 'not tested';
  because: string;
}

/** A Vega-Lite literal whose data is named and carried beside it. */
export interface Chart {
  name: string;
  title: string;
  alt: string;
  spec: Record<string, unknown>;
  data: Record<string, unknown>[];
}

export interface ExperimentSummary {
  rows: Record<string, unknown>[];
  claims: ClaimVerdict[];
  charts: Chart[];
  alone?: object; // of lora cells: what heads reach whose tasks are trained alone
}

/** What an experiment's file exports: the literal and how its records become rows, claims and charts. */
export interface ExperimentModule {
  experiment: Experiment;
  summarize(cells: CellRecords[], experiment: Experiment): ExperimentSummary;
}
