// Strict readers of flag values: what is not exactly the expected form is an error that names flag, form, value and remedy.
import { Option } from 'commander';

/** A value on the command line that cannot be used: exit code 2. */
export class UsageError extends Error {
  readonly exitCode = 2;
}

/** Reads the text after a flag. @throws UsageError that names the flag */
export type Reader<T> = (flag: string, text: string) => T;

/** A flag whose value is read strictly; the default is written as a user would write it. */
export function flag<T>(usage: string, description: string, read: Reader<T>, byDefault?: string): Option {
  const option = new Option(usage, description);
  const parse = (text: string): T => read(option.long!, text);
  option.argParser(parse);
  return byDefault === undefined ? option : option.default(parse(byDefault), byDefault);
}

export function wholeNumber(min: number, max: number): Reader<number> {
  return (name, text) => {
    const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const example = `${name} ${Math.min(max, Math.max(min, 4))}`;
    throw new UsageError(
      `${name}: expected a whole number from ${min} to ${max}, got "${text}"; write digits only, as in ${example}`,
    );
  };
}

export function positiveNumber(max: number): Reader<number> {
  return (name, text) => {
    const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value > 0 && value <= max) return value;
    throw new UsageError(
      `${name}: expected a number above 0 and at most ${max}, got "${text}"; write it as in ${name} 0.05`,
    );
  };
}

export function choice<T extends string>(values: readonly T[]): Reader<T> {
  return (name, text) => {
    const found = values.find((value) => value === text);
    if (found !== undefined) return found;
    const hint = didYouMean(text, values, `write one of them, as in ${name} ${values[0]}`);
    throw new UsageError(`${name}: expected ${values.join('|')}, got "${text}"; ${hint}`);
  };
}

/** Distinct values between commas, in the given order. */
export function list<T>(read: Reader<T>): Reader<T[]> {
  return (name, text) => {
    const values = text.split(',').map((item) => read(name, item.trim()));
    const repeated = values.find((value, index) => values.indexOf(value) !== index);
    if (repeated === undefined) return values;
    throw new UsageError(`${name}: expected distinct values, got ${repeated} twice in "${text}"; write it once`);
  };
}

/** One word, or a whole number. */
export function wordOrNumber<T extends string>(word: T, min: number, max: number): Reader<T | number> {
  return (name, text) => {
    if (text === word) return word;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(
      `${name}: expected ${word} or a whole number from ${min} to ${max}, got "${text}"; write it as in ${name} ${word}`,
    );
  };
}

/** Exactly two tasks between commas; an expression holds no comma. */
export const taskPair: Reader<[string, string]> = (name, text) => {
  const tasks = text.split(',').map((task) => task.trim());
  if (tasks.length === 2 && !tasks.includes('')) return [tasks[0], tasks[1]];
  throw new UsageError(
    `${name}: expected two tasks with a comma between, got "${text}"; write it as in ${name} "x2,x1^x2"`,
  );
};

/** A folder's path that is not blank. */
export const folder: Reader<string> = (name, text) => {
  if (text.trim() !== '') return text;
  throw new UsageError(`${name}: expected a folder, got "${text}"; write it as in ${name} .ncnet`);
};

/** "did you mean X?" for the nearest known word, else the given hint. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.slice(0, 100), candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  const near = best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3));
  return near ? `did you mean ${best.candidate}?` : otherwise;
}

/** Levenshtein distance with neighbouring swaps counted once. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, substitute);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
