// Strict readers of flag values: what is not exactly the expected form is an error that names flag, form, value and remedy.
import { Option } from 'commander';
import { didYouMean } from 'ncnet/did-you-mean';

export { didYouMean };

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
    const value = readNumber(text);
    if (value > 0 && value <= max) return value;
    throw new UsageError(
      `${name}: expected a number above 0 and at most ${max}, got "${text}"; write it as in ${name} 0.05`,
    );
  };
}

/** 0 or more. */
export function numberFrom0(max: number): Reader<number> {
  return (name, text) => {
    const value = readNumber(text);
    if (value >= 0 && value <= max) return value;
    throw new UsageError(`${name}: expected a number from 0 to ${max}, got "${text}"; write it as in ${name} 0.05`);
  };
}

/** Decimal digits as people write them; NaN for anything else. */
function readNumber(text: string): number {
  return /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
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

/** A text that is not blank. */
export const words: Reader<string> = (name, text) => {
  if (text.trim() !== '') return text;
  throw new UsageError(`${name}: expected a text, got an empty one; write it as in ${name} "CC BY 4.0"`);
};

/** Control characters that a user's text may carry must not reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}
