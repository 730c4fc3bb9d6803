// ncnet data: the labelled tasks there are, adding a downloaded one, looking at rows, and export as labelled JSONL.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { ColumnNames, ListedTask } from 'ncnet/data';
import { didYouMean, flag, type Reader, UsageError, wholeNumber, words } from '../flags.ts';
import { examples } from '../help.ts';

const LIST_NOTES = `
Embedded tasks come with npm packages that are installed already. The others are downloaded by you, from the address in
the list and under the licence there, and then added. Rows: docs/data.md`;

const ADD_NOTES = `
PATH is a file or the folder of a published data set: TSV, JSON lines, JSON or Parquet as its publisher has it. Every
row is checked. The files are kept by their sha-256 in ~/.cache/ncnet/data (or $NCNET_CACHE/data) and checked at every
use. Files named train.* are for training, dev.* or validation.* (else test.*) are held out; a file alone is split by
the hash of its rows. Data of your own need --columns.`;

const COLUMNS: Record<string, keyof ColumnNames> = { text_a: 'textA', text_b: 'textB', label: 'label', item: 'item' };

const columns: Reader<ColumnNames> = (name, text) => {
  const found: Partial<ColumnNames> = {};
  const example = `write it as in ${name} text_a=sentence,label=label`;
  for (const pair of text.split(',')) {
    const [key, column] = [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()];
    if (!pair.includes('=') || column === '')
      throw new UsageError(`${name}: expected KEY=COLUMN, got "${pair}"; ${example}`);
    const place = Object.hasOwn(COLUMNS, key) ? COLUMNS[key] : undefined;
    if (place === undefined) {
      const keys = Object.keys(COLUMNS);
      throw new UsageError(
        `${name}: expected the keys ${keys.join(', ')}, got "${key}"; ${didYouMean(key, keys, example)}`,
      );
    }
    if (found[place] !== undefined) throw new UsageError(`${name}: expected ${key} once, got it twice; ${example}`);
    found[place] = column;
  }
  const { textA, label } = found;
  if (textA === undefined || label === undefined) {
    throw new UsageError(`${name}: expected text_a and label, got "${text}"; ${example}`);
  }
  return { ...found, textA, label };
};

export function addData(program: Command): void {
  const data = program
    .command('data')
    .description('Labelled tasks for BERT: list, add, show, export.')
    .addHelpText('after', examples('ncnet data list', 'ncnet data export spam > spam.jsonl'));
  data
    .command('list')
    .description('List the tasks: embedded ones, added ones, and published ones that can be added.')
    .option('--json', 'print one JSON object on stdout, with what the tasks are and their hashes')
    .addHelpText('after', `${LIST_NOTES}\n${examples('ncnet data list', 'ncnet data list --json')}`)
    .action(list);
  data
    .command('add')
    .argument('<name>', 'a published set of the list, or a name of your own')
    .argument('[path]', 'its file or folder')
    .description('Add a data set that you downloaded.')
    .addOption(flag('--columns <map>', 'columns of data of your own: text_a, text_b, label, item', columns))
    .addOption(flag('--licence <text>', 'licence of data of your own', words))
    .option('--replace', 'pin these files in place of others of that name')
    .addHelpText(
      'after',
      `${ADD_NOTES}\n${examples(
        'ncnet data add paws-x:de x-final',
        'ncnet data add my-reviews reviews.parquet --columns text_a=review,label=stars --licence "CC BY 4.0"',
      )}`,
    )
    .action(add);
  data
    .command('show')
    .argument('<name>', 'a task of the list, or a labelled JSONL file')
    .description('Print what a task is, its classes and its first rows.')
    .addOption(flag('--rows <n>', 'how many rows', wholeNumber(0, 1000), '3'))
    .addHelpText('after', examples('ncnet data show spam', 'ncnet data show emoji-group:ja --rows 10'))
    .action(show);
  data
    .command('export')
    .argument('<name>', 'a task of the list, or a labelled JSONL file')
    .description('Print a task as labelled JSONL: {text_a, text_b?, choices?, label, split, item?} a line.')
    .addHelpText('after', examples('ncnet data export wordnet-defmatch > defmatch.jsonl'))
    .action(exportTask);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const { listTasks } = await import('ncnet/data');
  const tasks = listTasks();
  if (json) {
    process.stdout.write(`${JSON.stringify({ tasks }, null, 2)}\n`);
    return;
  }
  const { formatTable, wantsColour } = await import('../table.ts');
  const number = (value: number | null): string => value?.toLocaleString('en') ?? '-';
  const left = 'left' as const;
  const table = formatTable<ListedTask>(
    tasks,
    [
      { title: 'task', align: left, text: ({ name }) => name },
      { title: 'classes', text: ({ classes }) => number(classes) },
      { title: 'train', text: ({ train }) => number(train) },
      { title: 'held out', text: ({ heldOut }) => number(heldOut) },
      { title: 'where', align: left, text: ({ where }) => where },
      { title: 'licence', align: left, text: ({ licence }) => licence },
      { title: 'source', align: left, text: ({ source }) => source },
    ],
    { bold: wantsColour() },
  );
  const note = 'ncnet data add NAME PATH adds one that you downloaded; --json has what they are and their hashes';
  process.stdout.write(`${table}\n${note}\n`);
}

interface AddFlags {
  columns?: ColumnNames;
  licence?: string;
  replace?: boolean;
}

async function add(name: string, path: string | undefined, flags: AddFlags): Promise<void> {
  const { addTask, listTasks, openTask } = await import('ncnet/data');
  if (path === undefined) {
    const [unused] = Object.keys(flags);
    if (unused !== undefined) {
      throw new UsageError(
        `--${unused}: expected it with a PATH, got NAME alone; write the file or folder after ${name}`,
      );
    }
    const task = listTasks().find((listed) => listed.name === name);
    if (task === undefined && existsSync(name)) {
      throw new UsageError(`expected NAME and PATH, got ${name} alone; write it as in ncnet data add my-task ${name}`);
    }
    await openTask(name); // says what is missing
    process.stdout.write(`${name} is here (${task!.where})\n`);
    return;
  }
  const { manifest, isNew } = await addTask(name, path, flags);
  const { train, heldOut, omitted, classes, kind, source, licence, files, sha256 } = manifest;
  const left = omitted === 0 ? '' : `; ${omitted} left out, which their publisher left without a text`;
  process.stdout.write(
    [
      `${name}: ${train} rows to train on, ${heldOut} held out, ${classes} ${kind === 'choice' ? 'choices' : 'classes'}${left}`,
      ...files.map((file) => `${file.name}  ${file.bytes} bytes  sha-256 ${file.sha256}`),
      `task sha-256 ${sha256}`,
      `licence: ${licence}`,
      `origin: ${source}`,
      isNew ? 'its files are pinned now' : 'its files are those that were pinned before',
      '',
    ].join('\n'),
  );
}

async function show(name: string, { rows: count }: { rows: number }): Promise<void> {
  const { listTasks, openTask, taskHash, taskLines } = await import('ncnet/data');
  const task = await openTask(name);
  const listed = listTasks().find((other) => other.name === name); // none: a file
  const size = (split: string): number => task.rows.filter((row) => row.split === split).length;
  const classes = task.classes.map(
    (label, place) => `${label} ${task.rows.filter((row) => row.label === place).length}`,
  );
  process.stdout.write(
    [
      `${name}: ${listed?.about ?? 'a labelled JSONL file'}`,
      `rows: ${size('train')} to train on, ${size('heldOut')} held out`,
      ...(task.kind === 'choice' ? [] : [`classes: ${classes.join(', ')}`]),
      ...(listed === undefined ? [] : [`source: ${listed.source}`, `licence: ${listed.licence}`]),
      `sha-256: ${taskHash(task)}`,
      ...taskLines({ ...task, rows: task.rows.slice(0, count) }),
      '',
    ].join('\n'),
  );
}

async function exportTask(name: string): Promise<void> {
  const { openTask, taskLines } = await import('ncnet/data');
  const lines = taskLines(await openTask(name));
  for (let start = 0; start < lines.length; start += 1000) {
    const text = `${lines.slice(start, start + 1000).join('\n')}\n`;
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}
