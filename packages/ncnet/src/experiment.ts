// defineExperiment: a literal that states question, claim, cost, expectation and a sweep, checked once and filled with defaults.
import { z } from 'zod';
import { CellInput, makeCell, NcnetCell, OUTCOME_RULES, OutcomeRule } from './cell.ts';
import type { CellRecords } from './summary.ts';

const axis = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(1000);
const shape = NcnetCell.shape;

/** Axes of a sweep; the cells are their product, in the order of the keys, hidden innermost. */
export const Sweep = z.strictObject({
  sharing: axis(shape.sharing).optional(),
  activation: axis(shape.activation).optional(),
  optimizer: axis(shape.optimizer).optional(),
  loss: axis(shape.loss).optional(),
  hidden: axis(shape.hidden),
});
export type Sweep = z.infer<typeof Sweep>;

export const MAX_REPLICAS = 10_000_000;

export const Variant = z.strictObject({
  replicas: z.int().min(1).max(MAX_REPLICAS),
  hidden: axis(shape.hidden).optional(),
});

export const Experiment = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  title: z.string().min(1),
  question: z.string().min(1),
  paper: z.string().min(1),
  cost: z.string().min(1),
  expectation: z.string().min(1),
  command: z.string().min(1),
  cell: CellInput,
  sweep: Sweep,
  outcomes: z.array(OutcomeRule).min(1).max(OUTCOME_RULES.length),
  quick: Variant,
  full: Variant,
});
export type Experiment = z.infer<typeof Experiment>;

/** Checks an experiment literal; a misspelt key is an error that names the key. */
export function defineExperiment(literal: z.input<typeof Experiment>): Experiment {
  const parsed = Experiment.safeParse(literal);
  if (!parsed.success) throw new Error(`defineExperiment ${literal?.name ?? ''}: ${describeIssues(parsed.error)}`);
  if (parsed.data.outcomes.includes('loss-step') && parsed.data.cell.lossSteps === 'none') {
    throw new Error(
      `defineExperiment ${parsed.data.name}: outcome loss-step needs cell.lossSteps "half" or "all", got "none"`,
    );
  }
  return parsed.data;
}

/** One line for a failed schema: where, what was expected, what came. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}

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
}

/** What an experiment's file exports: the literal and how its records become rows, claims and charts. */
export interface ExperimentModule {
  experiment: Experiment;
  summarize(cells: CellRecords[], experiment: Experiment): ExperimentSummary;
}
