// Files of a published data set, or of a user's own with named columns, to a labelled task.
import { extname } from 'node:path';
import { assembleTask, type NamedRow } from './assemble.ts';
import type { FilePart } from './data-files.ts';
import { fault, shown } from './errors.ts';
import { readParquet } from './parquet.ts';
import { type ColumnNames, jsonable, type PublishedRow, type PublishedSet, textIn } from './published.ts';
import { type DataRecord, type DataRecords, decodeText, parseJsonArray, parseJsonLines, parseTsv } from './records.ts';
import { partOf, splitKey } from './split.ts';
import type { LabelledRow, LabelledTask } from './task.ts';

export interface FileBytes {
  name: string; // as errors show it; its ending says the format
  part: FilePart;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface ReadTask {
  task: LabelledTask;
  omitted: number; // rows that the publisher left unusable
}

/** What reading needs of a PublishedSet; `classes` null: those of the data. */
export type TaskShape = Pick<PublishedSet, 'name' | 'columns' | 'omit' | 'read'> & { classes: string[] | null };

/** @throws DataError with file and line for whatever is not this data set */
export async function readPublished(shape: TaskShape, files: readonly FileBytes[]): Promise<ReadTask> {
  const rows: { row: PublishedRow; part: NamedRow['part'] }[] = [];
  let omitted = 0;
  for (const { name, part, bytes } of files) {
    let columns = shape.columns[0];
    const choose = (all: string[]): string[] => {
      columns = chooseColumns(shape, all, name);
      return namesOf(columns);
    };
    const { records } = await readRecords(bytes, name, choose);
    for (const record of records) {
      const row = (shape.read ?? readRow(shape.classes))(record, columns);
      if (shape.omit?.(row)) {
        omitted++;
        continue;
      }
      const empty = row.textA.trim() === '' ? columns.textA : row.textB?.trim() === '' ? columns.textB : undefined;
      if (empty !== undefined) {
        throw fault(record.where, `text in ${shown(empty)}`, 'an empty one', 'fill it or leave the row out');
      }
      const key = splitKey(row);
      if (row.item !== undefined && part !== 'whole') row.item = `${part}/${row.item}`;
      rows.push({ row, part: part === 'whole' ? partOf(key) : part });
    }
  }
  return { task: shape.read === undefined ? classified(shape, rows, files) : chosen(shape.name, rows), omitted };
}

function classified(
  shape: TaskShape,
  rows: { row: PublishedRow; part: NamedRow['part'] }[],
  files: readonly FileBytes[],
): LabelledTask {
  const named = rows.map(({ row, part }): NamedRow => ({ ...row, label: row.label as string, part }));
  const task = assembleTask(shape.name, named, shape.classes ?? undefined);
  if (task.classes.length < 2)
    throw fault(files[0].name, 'labels of at least two classes', shown(task.classes.join()), 'give the whole data');
  return task;
}

function chosen(name: string, rows: { row: PublishedRow; part: NamedRow['part'] }[]): LabelledTask {
  const labelled = rows.flatMap(({ row, part }): LabelledRow[] => {
    const { textA, choices, label } = row;
    return part === 'validation' ? [] : [{ textA, choices, label: label as number, split: part, item: null }];
  });
  return { name, kind: 'choice', classes: [], rows: labelled };
}

async function readRecords(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  choose: (all: string[]) => string[],
): Promise<DataRecords> {
  const ending = extname(name).toLowerCase();
  if (ending === '.parquet') return readParquet(bytes, name, choose);
  const parse = { '.tsv': parseTsv, '.txt': parseTsv, '.jsonl': parseJsonLines, '.json': parseJsonArray }[ending];
  if (parse === undefined) {
    throw fault(
      name,
      'a file that ends in .parquet, .tsv, .txt, .jsonl or .json',
      ending === '' ? 'no ending' : shown(ending),
      'rename it by its format',
    );
  }
  const read = parse(decodeText(bytes, name), name);
  choose(read.columns);
  return read;
}

function chooseColumns({ name, columns: alternatives }: TaskShape, all: string[], file: string): ColumnNames {
  const found = alternatives.find((columns) => namesOf(columns).every((column) => all.includes(column)));
  if (found !== undefined) return found;
  const expected = alternatives.map((columns) => namesOf(columns).join(', ')).join(' or ');
  throw fault(
    `${file}:1`,
    `the columns ${expected}`,
    shown(all.join(', ')),
    `check that this is ${name}, and its header`,
  );
}

const namesOf = ({ textA, textB, label, item }: ColumnNames): string[] =>
  [textA, textB, label, item].filter((column) => column !== undefined);

function readRow(classes: string[] | null): (record: DataRecord, columns: ColumnNames) => PublishedRow {
  return (record, { textA, textB, label, item }) => {
    const { where, value } = record;
    const got = value[label];
    const written = ['string', 'number', 'bigint', 'boolean'].includes(typeof got) ? String(got) : '';
    if (written === '' || (classes !== null && !classes.includes(written))) {
      const expected = classes === null ? `a class in ${shown(label)}` : `${classes.join(' or ')} in ${shown(label)}`;
      const shownGot = got === undefined ? 'none' : shown(jsonable(got));
      throw fault(
        where,
        expected,
        shownGot,
        written === '-1' ? 'test files without labels cannot be used' : 'mend the label, or leave the row out',
      );
    }
    const row: PublishedRow = { textA: textIn(record, textA), label: written };
    if (textB !== undefined) row.textB = textIn(record, textB);
    if (item !== undefined) row.item = itemIn(record, item);
    return row;
  };
}

function itemIn({ where, value }: DataRecord, column: string): string {
  const item = value[column];
  if ((typeof item === 'string' && item !== '') || typeof item === 'number' || typeof item === 'bigint')
    return String(item);
  throw fault(
    where,
    `an item in ${shown(column)}`,
    item === undefined ? 'none' : shown(jsonable(item)),
    'give each row its item',
  );
}
