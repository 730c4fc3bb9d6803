// Every task there is to name: embedded, added, and published ones that the user can add.
import { EMBEDDED_TASKS } from './embedded.ts';
import { PUBLISHED_SETS } from './published.ts';
import type { LabelledTask } from './task.ts';
import { listCachedTasks } from './task-cache.ts';

export interface ListedTask {
  name: string;
  about: string;
  source: string;
  licence: string;
  kind: LabelledTask['kind'];
  classes: number | null; // choices of the first row for multiple choice; null: not known before it is added
  train: number | null; // rows
  heldOut: number | null; // rows
  rows: number | null; // both
  sha256: string | null; // of its labelled JSONL
  where: 'npm package' | 'cache' | 'to download';
  here: boolean;
}

export function listTasks(): ListedTask[] {
  const cached = listCachedTasks();
  const embedded = EMBEDDED_TASKS.map(({ build: _, ...task }): ListedTask => {
    const rows = task.train + task.heldOut;
    return { ...task, kind: 'classification', rows, where: 'npm package', here: true };
  });
  const about = (name: string): string => PUBLISHED_SETS.find((set) => set.name === name)?.about ?? 'texts of your own';
  const added = cached.map(({ schema: _, columns, omitted, files, ...task }): ListedTask => {
    return { ...task, about: about(task.name), rows: task.train + task.heldOut, where: 'cache', here: true };
  });
  const missing = PUBLISHED_SETS.filter(({ name }) => !cached.some((task) => task.name === name));
  const published = missing.map(({ name, about, origin, licence, classes, read }): ListedTask => {
    const kind = read === undefined ? 'classification' : 'choice';
    const none = { train: null, heldOut: null, rows: null, sha256: null };
    const count = kind === 'choice' ? null : classes.length;
    return { name, about, source: origin, licence, kind, classes: count, ...none, where: 'to download', here: false };
  });
  return [...embedded, ...added, ...published];
}
