// What `ncnet bert embed` reads: one JSON object with text_a and perhaps text_b a line; faults name file and line.
import { createReadStream } from 'node:fs';
import { didYouMean, UsageError } from './flags.ts';

export interface TextRow {
  line: number;
  a: string;
  b: string | null;
}

const LIMIT = 1 << 28;
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
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = file === '-' ? process.stdin : createReadStream(file);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      parts.push(chunk);
      length += chunk.length;
      if (length > LIMIT) throw fault(name, 1, 'texts in at most 256 MiB', 'a larger file', 'split it');
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(name, error as NodeJS.ErrnoException);
  }
  const bytes = Buffer.concat(parts);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault(name, 1, 'UTF-8 text', 'binary data or another encoding', 'check the file, save it as UTF-8');
  }
}

const PATH_FAULTS: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  ENAMETOOLONG: 'a name that is too long',
  ERR_INVALID_ARG_VALUE: 'no such file',
  EISDIR: 'a folder',
};

function unreadable(name: string, { code, message }: NodeJS.ErrnoException): Error {
  const got = PATH_FAULTS[code ?? ''];
  if (got !== undefined) {
    return new UsageError(
      `--input: expected a file of texts, got ${got} ${printable(name)}; give its path, or - for stdin`,
    );
  }
  const failed = `--input: expected to read ${printable(name)}, got ${code ?? message}; check the permissions and the disk`;
  return Object.assign(new UsageError(failed), { exitCode: 1 });
}

function fault(name: string, line: number, expected: string, got: string, remedy: string): UsageError {
  return new UsageError(printable(`${name}:${line}: expected ${expected}, got ${got}; ${remedy}`));
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}

const json = (value: unknown): string => shown(JSON.stringify(value));

function shown(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}
