// What `ncnet bert embed` reads: one JSON object with text_a and perhaps text_b a line, such as those of a task; faults name file and line.
import { readJsonLines, TASK_KEYS } from 'ncnet/data';
import { didYouMean } from './flags.ts';
import { fault, readBytes, shown, type WantedFile } from './input-file.ts';

export interface TextRow {
  line: number;
  a: string;
  b: string | null;
}

const WANTED: WantedFile = {
  flag: '--input',
  what: 'a file of texts',
  limit: 1 << 28,
  atMost: 'texts in at most 256 MiB',
  shorten: 'split it',
};
const EXAMPLE = 'write {"text_a": "...", "text_b": "..."}, text_b only for pairs';

/** @param file a path, or - for stdin @throws UsageError on whatever is no such file */
export async function readTextLines(file: string): Promise<TextRow[]> {
  const name = file === '-' ? 'stdin' : file;
  const wrong = (at: number, got: string): Error => fault(name, at, 'a JSON object', got, EXAMPLE);
  return readJsonLines(await readText(file, name), wrong).map((row, i) => readRow(row, name, i + 1));
}

/** The label, split, item and id of a task's row are not used here. */
function readRow(row: Record<string, unknown>, name: string, at: number): TextRow {
  const unknown = Object.keys(row).find((key) => !TASK_KEYS.includes(key));
  if (unknown !== undefined) {
    throw fault(name, at, `the keys ${TASK_KEYS.join(', ')}`, shown(unknown), didYouMean(unknown, TASK_KEYS, EXAMPLE));
  }
  const { text_a: a, text_b: b = null, choices = null } = row;
  if (typeof a !== 'string') throw fault(name, at, 'text in text_a', a === undefined ? 'none' : json(a), EXAMPLE);
  if (b !== null && typeof b !== 'string') throw fault(name, at, 'text in text_b', json(b), EXAMPLE);
  if (choices !== null) {
    const remedy = 'write a line for each choice: {"text_a": "...", "text_b": "the choice"}';
    throw fault(name, at, 'a text or a pair of texts', 'choices', remedy);
  }
  return { line: at, a, b };
}

async function readText(file: string, name: string): Promise<string> {
  const bytes = await readBytes(file, name, WANTED);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault(name, 1, 'UTF-8 text', 'binary data or another encoding', 'check the file, save it as UTF-8');
  }
}

const json = (value: unknown): string => shown(JSON.stringify(value));
