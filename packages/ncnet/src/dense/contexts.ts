// Two bits and four contexts: Alice has OR or the first bit, Bob AND or XOR, as the joint experiments train them on dense networks.
import type { DenseCell } from './cell.ts';
import type { DenseRun } from './runs.ts';

/** Both bits coded -1 and 1. */
export const FOUR_ROWS = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];

/** Truth tables of the four rows. */
export const TASKS = { OR: [-1, 1, 1, 1], X1: [-1, -1, 1, 1], AND: [-1, -1, -1, 1], XOR: [-1, 1, 1, -1] };
export type Task = keyof typeof TASKS;

/** Contexts 11, 12, 21, 22 and their signs in S. */
export const CONTEXTS: readonly { alice: Task; bob: Task; sign: 1 | -1 }[] = [
  { alice: 'OR', bob: 'AND', sign: 1 },
  { alice: 'OR', bob: 'XOR', sign: 1 },
  { alice: 'X1', bob: 'AND', sign: 1 },
  { alice: 'X1', bob: 'XOR', sign: -1 },
];

/** The fields of a cell that trains a head on each task; in a context Alice's comes first. */
export const taskCell = (...tasks: Task[]) => ({
  inputs: FOUR_ROWS,
  targets: FOUR_ROWS.map((_, row) => tasks.map((task) => TASKS[task][row])),
  heads: tasks.map(() => 1),
});

/** The tasks of a cell's heads; none of a cell that has other rows. */
export function tasksOf({ inputs, targets }: Pick<DenseCell, 'inputs' | 'targets'>): Task[] {
  if (inputs.length !== FOUR_ROWS.length) return [];
  const names = Object.keys(TASKS) as Task[];
  return targets[0].flatMap(
    (_, head) => names.find((name) => targets.every((row, k) => row[head] === TASKS[name][k])) ?? [],
  );
}

/** Of every head of one output, +1 where its sign is that of its target on all rows at the last moment of a run, else -1. */
export function headOutcomes({ targets, heads }: DenseCell, { probe }: DenseRun): (1 | -1)[] {
  const ends = probe.outputs.slice(-targets.length * heads.length);
  return heads.map((_, head) =>
    targets.every((row, k) => Math.sign(ends[k * heads.length + head] ?? Number.NaN) === row[head]) ? 1 : -1,
  );
}
