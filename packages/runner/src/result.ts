// writeResult: a checked result to a file whose bytes depend on nothing but its value.
import { readFileSync } from 'node:fs';
import { RunnerError } from './errors.ts';
import { Result } from './result-schema.ts';
import { replaceFile } from './store.ts';

const WIDTH = 120;

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
  if (!parsed.success) throw new RunnerError(`writeResult: ${file}: ${describe(parsed.error.issues[0])}`);
  await replaceFile(file, formatResult(parsed.data));
}

export interface ResultText {
  result: Result;
  text: string;
}

/** Reads and checks a result file. @throws RunnerError naming the file and the first wrong field */
export function readResult(file: string): ResultText {
  const text = readFileSync(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunnerError(
      `readResult: expected JSON in ${file}, got a file that is cut off or damaged; write it again with \`ncnet run\``,
    );
  }
  const parsed = Result.safeParse(value);
  if (!parsed.success) {
    throw new RunnerError(
      `readResult: expected a result (ncnet-result/1) in ${file}, got ${describe(parsed.error.issues[0])}; write it again with \`ncnet run\``,
    );
  }
  return { result: parsed.data, text };
}

function describe(issue: { path: PropertyKey[]; message: string }): string {
  return `${issue.path.join('.') || 'the whole'}: ${issue.message}`;
}
