// writeResult: a checked result to a file whose bytes depend on nothing but its value.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIssues } from 'ncnet';
import { InputError, RunnerError } from './errors.ts';
import { Result } from './result-schema.ts';
import { replaceFile } from './store.ts';

const WIDTH = 120;
const RESULT_SCHEMA = 'ncnet-result/1';

/** Pretty JSON with one byte string per value: keys sorted, what fits in a line of 120 characters stays in one. */
export function formatResult(value: unknown): string {
  return `${format(value, '', '', 0)}\n`;
}

function format(value: unknown, indent: string, path: string, room: number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RunnerError(
      `writeResult: expected a finite number at ${path || 'the top'}, got ${value}; write null for a value that is not known`,
    );
  }
  if (value === null || typeof value !== 'object') {
    const text = JSON.stringify(value);
    if (text === undefined)
      throw new RunnerError(`writeResult: expected JSON at ${path || 'the top'}, got ${typeof value}`);
    return text;
  }
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const items = Array.isArray(value)
    ? value.map((item, index) => format(item, deeper, `${path}[${index}]`, 0))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => {
          const name = `${JSON.stringify(key)}: `;
          return name + format(item, deeper, path === '' ? key : `${path}.${key}`, name.length);
        });
  if (items.length === 0) return open + close;
  const flat = `${open}${items.join(', ')}${close}`;
  if (indent.length + room + flat.length < WIDTH && !flat.includes('\n')) return flat;
  return `${open}\n${items.map((item) => deeper + item).join(',\n')}\n${indent}${close}`;
}

/** Checks a result against its schema and writes it whole or not at all. */
export async function writeResult(file: string, result: Result): Promise<void> {
  const parsed = Result.safeParse(result);
  if (!parsed.success) throw new RunnerError(`writeResult: ${file}: ${describeIssues(parsed.error, Result, result)}`);
  await replaceFile(file, formatResult(parsed.data));
}

export interface ResultText {
  result: Result;
  text: string;
}

/**
 * Reads and checks a result file.
 * @throws InputError if it is no result at all, RunnerError if it is a damaged one; both name the file
 */
export function readResult(file: string, text = readFileSync(file, 'utf8')): ResultText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (!text.includes('"recordHash"')) throw noResult(file, text.trim() === '' ? 'an empty file' : 'another file');
    throw new RunnerError(
      `readResult: expected JSON in ${file}, got a file that is cut off or damaged; write it again with \`ncnet run\``,
    );
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== RESULT_SCHEMA) throw noResult(file, 'other JSON');
  const parsed = Result.safeParse(value);
  if (parsed.success) return { result: parsed.data, text };
  throw new RunnerError(
    `readResult: expected a whole result in ${file}, got ${describeIssues(parsed.error, Result, value)}; write it again with \`ncnet run\``,
  );
}

/** The error of a path that holds neither a result nor a block of records. */
export function noResult(file: string, got: string): InputError {
  const remedy =
    got === 'a folder'
      ? `name the file in it, as in ${join(file, 'result.json')}`
      : '`ncnet run NAME` prints the path of its result';
  return new InputError(
    `expected a result.json (${RESULT_SCHEMA}) or a block of records (.ndjson of a store), got ${got}: ${file === '' ? '""' : file}; ${remedy}`,
  );
}
