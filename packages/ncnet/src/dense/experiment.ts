// The dense experiment: a literal that lists named dense cells for its quick and its full variant.
import { z } from 'zod';
import { canonicalJson } from '../canonical-json.ts';
import { about, ExperimentError, type ExperimentSummary } from '../experiment.ts';
import { describeIssues } from '../issues.ts';
import { type DenseCell, DenseCellInput, makeDenseCell } from './cell.ts';
import type { DenseRecords } from './runs.ts';

const NamedCell = z.strictObject({ name: z.string().min(1), cell: DenseCellInput });
const DenseVariant = z.strictObject({
  replicas: z.int().min(1).max(10_000),
  cells: z.array(NamedCell).min(1).max(1000),
});

export const DenseExperiment = z.strictObject({
  kind: z.literal('dense'),
  ...about,
  quick: DenseVariant,
  full: DenseVariant,
});
export type DenseExperiment = z.infer<typeof DenseExperiment>;

/** What the file of a dense experiment exports. */
export interface DenseExperimentModule {
  experiment: DenseExperiment;
  summarize(cells: DenseRecords[], experiment: DenseExperiment): ExperimentSummary;
}

/** Checks a dense experiment's literal; a misspelt key is an error that names the key. */
export function defineDenseExperiment(literal: Omit<z.input<typeof DenseExperiment>, 'kind'>): DenseExperiment {
  return checkDenseExperiment({ kind: 'dense', ...literal }, `defineDenseExperiment ${literal?.name}`);
}

/** @throws one line that starts with who and names the key's path, what was expected and what came */
export function checkDenseExperiment(literal: unknown, who: string): DenseExperiment {
  const parsed = DenseExperiment.safeParse(literal);
  const problem = parsed.success ? denseProblem(parsed.data) : describeIssues(parsed.error, DenseExperiment, literal);
  if (problem !== null) throw new ExperimentError(`${who}: ${problem}`);
  return parsed.data!;
}

/** What is wrong with an experiment beyond its schema; null if nothing is. */
function denseProblem({ quick, full }: DenseExperiment): string | null {
  for (const [variant, { cells }] of Object.entries({ quick, full })) {
    const names = cells.map(({ name }) => name);
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) return `${variant}.cells: expected distinct names, got "${repeated}" twice; rename one`;
    for (const [index, { cell }] of cells.entries()) {
      const made = safely(() => makeDenseCell(cell));
      if (made === null) continue;
      const { path, message } = made.issues[0];
      return `${[variant, 'cells', index, 'cell', ...path].join('.')}: ${message}`;
    }
  }
  return null;
}

/** The schema's error of an attempt; null where there is none. */
function safely(attempt: () => unknown): z.ZodError | null {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof z.ZodError) return error;
    throw error;
  }
}

export const denseCells = ({ cells }: { cells: { cell: DenseCellInput }[] }): DenseCell[] =>
  cells.map(({ cell }) => makeDenseCell(cell));

/** The name that an experiment gives to a cell. */
export function cellName({ quick, full }: DenseExperiment, cell: DenseCell): string {
  const wanted = canonicalJson(cell);
  const named = [...quick.cells, ...full.cells].find((entry) => canonicalJson(makeDenseCell(entry.cell)) === wanted);
  if (named === undefined) throw new Error('cellName: expected a cell of the experiment, got another; run it again');
  return named.name;
}
