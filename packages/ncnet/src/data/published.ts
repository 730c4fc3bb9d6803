// Data sets that users download themselves, in the formats of their publishers: what their columns mean, their classes, origin and licence.
import { fault, shown } from './errors.ts';
import { type DataRecord, isTexts } from './records.ts';

export interface ColumnNames {
  textA: string;
  textB?: string;
  label: string;
  item?: string;
}

/** One row as read; `label` is the class, or the place of the right choice. */
export interface PublishedRow {
  textA: string;
  textB?: string;
  choices?: string[];
  label: string | number;
  item?: string;
}

export interface PublishedSet {
  name: string;
  about: string;
  origin: string; // where to download it
  licence: string;
  files: string; // what PATH is
  classes: string[]; // sorted; empty for multiple choice
  columns: ColumnNames[]; // alternatives: the first whose columns are all there is read
  folder?: string; // where its files are in the folder that is published
  omit?: (row: PublishedRow) => boolean; // rows that the publisher left unusable
  read?: (record: DataRecord, columns: ColumnNames) => PublishedRow; // for multiple choice
}

const PAWSX_LANGUAGES = ['en', 'de', 'fr', 'es', 'zh', 'ja', 'ko'];
const BINARY = ['0', '1'];

export const PUBLISHED_SETS: readonly PublishedSet[] = [
  ...PAWSX_LANGUAGES.map(
    (language): PublishedSet => ({
      name: `paws-x:${language}`,
      about: `two sentences (${language}) -> paraphrase or not; rows pair across languages (Yang et al. 2019)`,
      origin: 'https://github.com/google-research-datasets/paws/tree/master/pawsx',
      licence: 'any purpose, naming Google LLC',
      files: `x-final, its folder ${language}, or a Hugging Face folder of Parquet files`,
      classes: BINARY,
      columns: [{ textA: 'sentence1', textB: 'sentence2', label: 'label', item: 'id' }],
      folder: language,
      // failed translations: blank in translated_train.tsv, NS in dev_2k.tsv and test_2k.tsv
      omit: ({ textA, textB }) => [textA, textB!].some((text) => ['', 'NS'].includes(text.trim())),
    }),
  ),
  {
    name: 'sst2',
    about: 'a phrase of a film review -> negative or positive (Socher et al. 2013, as in GLUE)',
    origin: 'https://gluebenchmark.com/tasks, https://huggingface.co/datasets/stanfordnlp/sst2',
    licence: 'none stated by its publishers',
    files: 'the folder SST-2 of GLUE, or a Hugging Face folder of Parquet files',
    classes: BINARY,
    columns: [{ textA: 'sentence', label: 'label' }],
  },
  {
    name: 'mrpc',
    about: 'two sentences -> paraphrase or not (Dolan and Brockett 2005)',
    origin: 'https://www.microsoft.com/download/details.aspx?id=52398, https://huggingface.co/datasets/nyu-mll/glue',
    licence: 'Microsoft Research licence, see the download',
    files: 'a folder with msr_paraphrase_train.txt and msr_paraphrase_test.txt, or of GLUE TSV or Parquet files',
    classes: BINARY,
    columns: [
      { textA: '#1 String', textB: '#2 String', label: 'Quality' },
      { textA: 'sentence1', textB: 'sentence2', label: 'label' },
    ],
  },
  {
    name: 'commonsense-qa',
    about: 'a question -> one of five answers (Talmor et al. 2019)',
    origin: 'https://www.tau-nlp.sites.tau.ac.il/commonsenseqa, https://huggingface.co/datasets/tau/commonsense_qa',
    licence: 'MIT',
    files: 'a folder with train_rand_split.jsonl and dev_rand_split.jsonl, or of Parquet files',
    classes: [],
    columns: [
      { textA: 'question', textB: 'choices', label: 'answerKey' },
      { textA: 'question', label: 'answerKey' },
    ],
    read: readCommonsense,
  },
  {
    name: 'math-qa',
    about: 'a word problem -> one of its options (Amini et al. 2019)',
    origin: 'https://math-qa.github.io, https://huggingface.co/datasets/allenai/math_qa',
    licence: 'Apache-2.0',
    files: 'a folder with train.json and dev.json, or of Parquet files',
    classes: [],
    columns: [{ textA: 'Problem', textB: 'options', label: 'correct' }],
    read: readMath,
  },
];

const AGAIN = 'mend it, or download the file again';

/** Text of a column. @throws DataError that names it */
export function textIn({ where, value }: DataRecord, column: string): string {
  const text = value[column];
  if (typeof text === 'string') return text;
  throw fault(where, `text in ${shown(column)}`, text === undefined ? 'none' : shown(jsonable(text)), AGAIN);
}

/** Published as {stem, choices: [{label, text}]} in JSON lines, flat with lists {label, text} in Parquet. */
function readCommonsense(record: DataRecord, columns: ColumnNames): PublishedRow {
  const key = textIn(record, columns.label);
  const nested = columns.textB === undefined;
  const question = (nested ? record.value.question : record.value) as Record<string, unknown> | null;
  const stem = question?.[nested ? 'stem' : 'question'];
  const given = question?.choices;
  const lists = Array.isArray(given)
    ? { label: given.map((choice) => choice?.label), text: given.map((choice) => choice?.text) }
    : ((given ?? {}) as { label?: unknown; text?: unknown });
  if (
    typeof stem !== 'string' ||
    !isTexts(lists.label) ||
    !isTexts(lists.text) ||
    lists.text.length !== lists.label.length
  ) {
    throw fault(
      record.where,
      'a question with a stem and choices of label and text',
      shown(jsonable(record.value.question)),
      AGAIN,
    );
  }
  return { textA: stem, choices: lists.text, label: placeOf(key, lists.label, record.where, columns.label) };
}

/** Published as "a ) 38 , b ) 27.675 , c ) 30 , d ) data inadequate , e ) none of these", sometimes as a list in brackets with quotes. */
function readMath(record: DataRecord, columns: ColumnNames): PublishedRow {
  const written = textIn(record, columns.textB!);
  const options = written
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(/\s*,\s*(?=['"]?\s*[a-e]\s*\))/)
    .map((option) => /^['"]?\s*([a-e])\s*\)\s*(.*?)['"]?\s*$/.exec(option.trim()));
  const letters = options.map((option) => option?.[1] ?? '');
  if (options.length < 2 || letters.join('') !== 'abcde'.slice(0, options.length)) {
    throw fault(record.where, 'options as in "a ) 38 , b ) 27"', shown(written), AGAIN);
  }
  const label = placeOf(textIn(record, columns.label).trim(), letters, record.where, columns.label);
  return { textA: textIn(record, columns.textA), choices: options.map((option) => option![2]), label };
}

function placeOf(label: string, labels: string[], where: string, column: string): number {
  const place = labels.indexOf(label);
  if (place >= 0 && labels.lastIndexOf(label) === place) return place;
  const got = label === '' ? 'none (a test file without answers?)' : shown(label);
  throw fault(where, `one of ${labels.join(', ')} in ${shown(column)}`, got, AGAIN);
}

/** Parquet integers are bigint, which JSON cannot hold. */
export function jsonable(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item)) ?? String(value);
}
