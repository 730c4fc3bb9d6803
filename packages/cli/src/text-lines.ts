// What `ncnet bert embed` reads: one JSON object with text_a and perhaps text_b a line; faults name file and line.
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
const KEYS = ['text_a', 'text_b', 'id', 'label']; // the last two belong to data files and are not used here
const EXAMPLE = 'write {"text_a": "...", "text_b": "..."}, text_b only for pairs';

/** @param file a path, or - for stdin @throws UsageError on whatever is no such file */
export async function readTextLines(file: string): Promise<TextRow[]> {
  const name = file === '-' ? 'stdin' : file;
  const text = (await readText(file, name)).replace(/^\ufeff/, '');
  const lines = text.split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0) throw fault(name, 1, 'a JSON object a line', 'an empty file', EXAMPLE);
  return lines.map((line, i) => readRow(line, name, i + 1));
}

function readRow(line: string, name: string, at: number): TextRow {
  if (line.trim() === '') throw fault(name, at, 'a JSON object', 'an empty line', 'leave it out');
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw fault(name, at, 'a JSON object', shown(line), `mend the line: ${EXAMPLE}`);
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw fault(name, at, 'a JSON object', shown(line), EXAMPLE);
  }
  const unknown = Object.keys(row).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw fault(name, at, `the keys ${KEYS.join(', ')}`, shown(unknown), didYouMean(unknown, KEYS, EXAMPLE));
  }
  const { text_a: a, text_b: b = null } = row as Record<string, unknown>;
  if (typeof a !== 'string') throw fault(name, at, 'text in text_a', a === undefined ? 'none' : json(a), EXAMPLE);
  if (b !== null && typeof b !== 'string') throw fault(name, at, 'text in text_b', json(b), EXAMPLE);
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
