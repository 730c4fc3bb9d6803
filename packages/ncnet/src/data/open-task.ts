// openTask: the one way to a labelled task: an embedded one or one that was added, by its name, or a labelled JSONL file.
import { statSync } from 'node:fs';
import { nearestWord } from '../did-you-mean.ts';
import { isName } from './cache.ts';
import { readDataFile } from './data-files.ts';
import { EMBEDDED_TASKS } from './embedded.ts';
import { fault, shown } from './errors.ts';
import { PUBLISHED_SETS } from './published.ts';
import { decodeText } from './records.ts';
import type { LabelledTask } from './task.ts';
import { listCachedTasks, openCachedTask } from './task-cache.ts';
import { parseTaskFile } from './task-file.ts';

/** @param name of a task, or a file @throws DataError, or BertInputError for a file's lines, for what is no task, is not here yet, or has a kept file that changed */
export async function openTask(name: string): Promise<LabelledTask> {
  const embedded = EMBEDDED_TASKS.find((task) => task.name === name);
  if (embedded !== undefined) return embedded.build();
  const cached = isName(name) ? await openCachedTask(name) : null;
  if (cached !== null) return cached;
  const published = PUBLISHED_SETS.find((set) => set.name === name);
  if (published !== undefined) {
    const remedy = `download it from ${published.origin}, then: ncnet data add ${name} PATH`;
    throw fault(name, 'a task that is here', 'one that its publisher has', remedy);
  }
  if (statSync(name, { throwIfNoEntry: false })?.isFile())
    return parseTaskFile(decodeText(readDataFile(name), name), name);
  const known = [...EMBEDDED_TASKS, ...PUBLISHED_SETS, ...listCachedTasks()].map((task) => task.name);
  const nearest = nearestWord(name, known);
  const remedy = nearest === undefined ? 'see `ncnet data list`' : `did you mean ${nearest}?`;
  throw fault(shown(name), 'the name of a task or a labelled JSONL file', 'none', remedy);
}
