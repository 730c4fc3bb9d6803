// openTask: the one way to a labelled task, by the name of an embedded one.
import { nearestWord } from '../did-you-mean.ts';
import { EMBEDDED_TASKS } from './embedded.ts';
import { fault, shown } from './errors.ts';
import type { LabelledTask } from './task.ts';

/** @throws DataError for what is no task */
export async function openTask(name: string): Promise<LabelledTask> {
  const embedded = EMBEDDED_TASKS.find((task) => task.name === name);
  if (embedded !== undefined) return embedded.build();
  const nearest = nearestWord(
    name,
    EMBEDDED_TASKS.map((task) => task.name),
  );
  throw fault(
    shown(name),
    'the name of a task',
    'none',
    nearest === undefined ? 'see `ncnet data list`' : `did you mean ${nearest}?`,
  );
}
