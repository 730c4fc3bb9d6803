// Four labelled tasks to rows that pair: row k of Alice's task stands beside row k of Bob's in every context.
import type { LabelledRow, LabelledTask } from '../data/task.ts';
import type { BertConfig } from './config.ts';
import { fault } from './errors.ts';
import type { HeadShape } from './heads.ts';
import type { BertTokenizer } from './tokenizer.ts';
import { drawPermutation, STREAM } from './train-draws.ts';
import type { EncodedRow } from './train-pair.ts';

export interface EncodedTask {
  name: string;
  shape: HeadShape;
  train: EncodedRow[];
  heldOut: EncodedRow[];
}

export interface PairedTasks {
  tasks: [a1: EncodedTask, a2: EncodedTask, b1: EncodedTask, b2: EncodedTask];
  /** Items that pair rows of tasks which share them; where tasks share none, row k stands with row k after a seeded shuffle. */
  pairing: 'item' | 'mixed' | 'shuffle';
  cut: number; // texts cut to maxLength tokens
}

interface Keyed {
  row: LabelledRow;
  key: string | null; // item, and its place among the rows of that item
}

/** @param seed of the shuffle, the same for every replica @param mostRows training rows of a task at most @throws BertInputError where no row pairs or texts don't fit */
export function pairTasks(
  tasks: readonly LabelledTask[],
  { tokenizer, config }: { tokenizer: BertTokenizer; config: BertConfig },
  maxLength: number,
  seed: number,
  mostRows = Number.POSITIVE_INFINITY,
): PairedTasks {
  const train = chooseRows(tasks, 'train', seed, mostRows);
  const heldOut = chooseRows(tasks, 'heldOut', seed);
  let cut = 0;
  const encode =
    (task: LabelledTask) =>
    (row: LabelledRow): EncodedRow => {
      const pairs = row.choices?.map((choice) => [row.textA, choice] as const) ?? [
        [row.textA, row.textB ?? null] as const,
      ];
      const texts = pairs.map(([a, b]) => {
        const { ids, typeIds, cut: wasCut } = encodeText(tokenizer, a, b, maxLength);
        if (wasCut) cut++;
        checkTypes(typeIds, config, task.name);
        return { ids, typeIds };
      });
      return { texts, label: row.label };
    };
  const encoded = tasks.map((task, i): EncodedTask => {
    const choices = task.rows[0]?.choices?.length ?? 1;
    const shape = { outputs: task.kind === 'choice' ? 1 : task.classes.length, choices };
    return {
      name: task.name,
      shape,
      train: train.rows[i].map(encode(task)),
      heldOut: heldOut.rows[i].map(encode(task)),
    };
  });
  return { tasks: encoded as PairedTasks['tasks'], pairing: train.pairing, cut };
}

/** As many rows of each task as every task has, in the order in which they pair. */
function chooseRows(
  tasks: readonly LabelledTask[],
  split: LabelledRow['split'],
  seed: number,
  most = Number.POSITIVE_INFINITY,
) {
  const keyed = tasks.map((task) => keyRows(task, split));
  const empty = keyed.findIndex((rows) => rows.length === 0);
  if (empty >= 0 && split === 'train') {
    throw fault(tasks[empty].name, 'training rows', 'none', 'give more rows, or mark them with "split": "train"');
  }
  const groups = groupByItems(keyed);
  const chosen = keyed.map((rows, i): LabelledRow[] => {
    const items = groups[i];
    const part = split === 'train' ? 0 : 100;
    if (items === null) {
      const order = drawPermutation({ seed, replica: 0 }, STREAM.rows, part + 1 + i, rows.length);
      return [...order].map((at) => rows[at].row);
    }
    const byKey = new Map(rows.map(({ row, key }) => [key, row]));
    const order = drawPermutation({ seed, replica: 0 }, STREAM.rows, part, items.length);
    return [...order].map((at) => byKey.get(items[at])!);
  });
  const count = Math.min(most, ...chosen.map((rows) => rows.length));
  const paired = groups.filter((items) => items !== null).length;
  const pairing: PairedTasks['pairing'] = paired === 0 ? 'shuffle' : paired === tasks.length ? 'item' : 'mixed';
  return { rows: chosen.map((rows) => rows.slice(0, count)), pairing };
}

function keyRows(task: LabelledTask, split: LabelledRow['split']): Keyed[] {
  const seen = new Map<string, number>();
  return task.rows
    .filter((row) => row.split === split)
    .map((row) => {
      if (row.item === null) return { row, key: null };
      const place = seen.get(row.item) ?? 0;
      seen.set(row.item, place + 1);
      return { row, key: `${row.item}\n${place}` };
    });
}

/** For each task the sorted keys that all tasks with items share, null for a task that has none or shares none. */
function groupByItems(keyed: readonly Keyed[][]): (string[] | null)[] {
  const withItems = keyed.map((rows) => rows.length > 0 && rows.every(({ key }) => key !== null));
  const sets = keyed.map((rows) => new Set(rows.map(({ key }) => key as string)));
  const members = withItems.flatMap((has, i) => (has ? [i] : []));
  const shared =
    members.length < 2 ? [] : [...sets[members[0]]].filter((key) => members.every((i) => sets[i].has(key)));
  return withItems.map((has) => (has && shared.length > 0 ? shared.sort() : null));
}

function encodeText(tokenizer: BertTokenizer, a: string, b: string | null, maxLength: number) {
  try {
    return tokenizer.encode(a, b, maxLength);
  } catch (error) {
    if (error instanceof RangeError)
      throw fault('--max-length', error.message.replace(/^expected /, ''), 'less', 'raise it');
    throw error;
  }
}

function checkTypes(typeIds: number[], { type_vocab_size: types }: BertConfig, name: string): void {
  if (types > 0 && typeIds.some((type) => type >= types)) {
    throw fault(name, `single texts (type_vocab_size ${types})`, 'a pair', 'leave text_b out');
  }
}
