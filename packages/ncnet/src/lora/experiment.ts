// The lora experiment: a literal that names base, tasks, training and ranks for its quick and its full variant.
import { z } from 'zod';
import { about, ExperimentError, type ExperimentSummary } from '../experiment.ts';
import { describeIssues } from '../issues.ts';
import { LoraCell, LoraCellInput, makeLoraCell } from './cell.ts';
import type { LoraRecords } from './runs.ts';

const LoraVariant = z.strictObject({
  replicas: z.int().min(1).max(10_000),
  ranks: z.array(LoraCell.shape.rank).min(1).max(100),
  cell: LoraCellInput,
});

export const LoraExperiment = z.strictObject({
  kind: z.literal('lora'),
  ...about,
  success: z.strictObject({ margin: z.number().min(0).lt(1) }).optional(), // a head succeeds with the training accuracy of its task alone minus this
  quick: LoraVariant,
  full: LoraVariant,
});
export type LoraExperiment = z.infer<typeof LoraExperiment>;

/** What the file of a lora experiment exports. */
export interface LoraExperimentModule {
  experiment: LoraExperiment;
  summarize(cells: LoraRecords[], experiment: LoraExperiment): ExperimentSummary;
}

/** Checks a lora experiment's literal; a misspelt key is an error that names the key. */
export function defineLoraExperiment(literal: Omit<z.input<typeof LoraExperiment>, 'kind'>): LoraExperiment {
  return checkLoraExperiment({ kind: 'lora', ...literal }, `defineLoraExperiment ${literal?.name}`);
}

/** @throws one line that starts with who and names the key's path, what was expected and what came */
export function checkLoraExperiment(literal: unknown, who: string): LoraExperiment {
  const parsed = LoraExperiment.safeParse(literal);
  const problem = parsed.success ? loraProblem(parsed.data) : describeIssues(parsed.error, LoraExperiment, literal);
  if (problem !== null) throw new ExperimentError(`${who}: ${problem}`);
  return parsed.data!;
}

/** What is wrong with an experiment beyond its schema; null if nothing is. */
function loraProblem({ quick, full }: LoraExperiment): string | null {
  for (const [variant, { ranks, cell }] of Object.entries({ quick, full })) {
    const repeated = ranks.find((rank, index) => ranks.indexOf(rank) !== index);
    if (repeated !== undefined) return `${variant}.ranks: expected distinct ranks, got ${repeated} twice; drop one`;
    if (cell.parts > cell.batch)
      return `${variant}.cell.parts: expected at most the ${cell.batch} rows of batch, got ${cell.parts}; lower it`;
  }
  return null;
}

/** A cell for each rank, then, where success is asked for, the tasks alone at the largest: what is reached where nothing competes. */
export function loraCells({ success, ...variants }: LoraExperiment, name: 'quick' | 'full'): LoraCell[] {
  const { ranks, cell } = variants[name];
  const alone = success === undefined ? [] : [makeLoraCell(cell, Math.max(...ranks), true)];
  return [...ranks.map((rank) => makeLoraCell(cell, rank)), ...alone];
}
