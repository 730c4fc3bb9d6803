// openTask: the one way to a labelled task, by the name of an embedded one or of one that was added.
import { nearestWord } from '../did-you-mean.ts';
import { EMBEDDED_TASKS } from './embedded.ts';
import { fault, shown } from './errors.ts';
import { PUBLISHED_SETS } from './published.ts';
import type { LabelledTask } from './task.ts';
import { listCachedTasks, openCachedTask } from './task-cache.ts';

/** @throws DataError for what is no task, is not here yet, or has a kept file that changed */
export async function openTask(name: string): Promise<LabelledTask> {
  const embedded = EMBEDDED_TASKS.find((task) => task.name === name);
  if (embedded !== undefined) return embedded.build();
  const isName = /^[\w.:-]+$/.test(name);
  const cached = isName ? await openCachedTask(name) : null;
  if (cached !== null) return cached;
  const published = PUBLISHED_SETS.find((set) => set.name === name);
  if (published !== undefined) {
    const remedy = `download it from ${published.origin}, then: ncnet data add ${name} PATH`;
    throw fault(name, 'a task that is here', 'one that its publisher has', remedy);
  }
  const known = [...EMBEDDED_TASKS, ...PUBLISHED_SETS, ...listCachedTasks()].map((task) => task.name);
  const nearest = nearestWord(name, known);
  const remedy = nearest === undefined ? 'see `ncnet data list`' : `did you mean ${nearest}?`;
  throw fault(shown(name), 'the name of a task', 'none', remedy);
}
