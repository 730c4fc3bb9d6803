// Reading counts from text: JSON (16 integers or 4 x 4) or CSV with the header x,y,a,b,n.

import { checkCounts, OUTCOMES, SETTINGS } from './counts.ts';

const HEADER = 'x,y,a,b,n';

/**
 * The 16 counts in a file: a JSON array of 16 whole numbers or of 4 rows of 4 (settings 11, 12, 21, 22; outcomes
 * ++, +-, -+, --), or CSV with the header x,y,a,b,n and one line for each of the 16 cells in any order.
 * A byte order mark, CRLF, blank lines and a missing last newline are accepted.
 * @throws one line "file:line: expected ..., got ...; remedy" on wrong columns, NaN, negative or non-integer counts, values
 * above 2^53, missing or repeated cells, a truncated line, or a setting without trials
 */
export function parseCounts(text: string, fileName: string): number[] {
  const body = text.replace(/^\ufeff/, '');
  if (body.trim() === '')
    throw fault(fileName, 1, 'counts', 'an empty file', `write 16 numbers as JSON or CSV with ${HEADER}`);
  const counts = /^\s*[[{"]/.test(body) ? parseJson(body, fileName) : parseCsv(body, fileName);
  try {
    checkCounts(counts, 'counts');
  } catch (error) {
    throw new Error(`${fileName}:${lineCount(body)}: ${(error as Error).message}`);
  }
  return counts;
}

/** Guesses from the first line whether a text holds counts or ordered trials; null if it is neither. */
export function guessFormat(text: string): 'counts' | 'trials' | null {
  const first = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .split(/\r?\n/, 1)[0]
    .replace(/\s/g, '')
    .toLowerCase();
  if (first.startsWith('[') || first === HEADER) return 'counts';
  return first === 'x,y,a,b' ? 'trials' : null;
}

/** A tokeniser for nested arrays of numbers: JSON.parse would round 2^53 + 1 and not say the line of a fault. */
function parseJson(body: string, fileName: string): number[] {
  const numbers: number[] = [];
  const rowLengths: number[] = [];
  let depth = 0;
  let closed = false;
  let needValue = true;
  let line = 1;
  for (const [token] of body.matchAll(/\n|[^\S\n]+|[[\],]|[^\s[\],]+/g)) {
    if (token === '\n') line += 1;
    if (token.trim() === '') continue;
    if (closed) throw fault(fileName, line, 'one JSON array', `${shown(token)} after it`, 'keep one array in the file');
    if (token === '[') {
      if (!needValue || depth === 2) throw shape(fileName, line, 'a bracket too many');
      depth += 1;
      if (depth === 2) rowLengths.push(0);
    } else if (token === ']') {
      if (depth === 0 || needValue) throw fault(fileName, line, 'a count', '"]"', 'remove the stray comma or bracket');
      depth -= 1;
      closed = depth === 0;
      needValue = false;
    } else if (token === ',') {
      if (needValue) throw fault(fileName, line, 'a count', '","', 'remove the stray comma');
      needValue = true;
    } else {
      if (depth === 0) throw shape(fileName, line, shown(token));
      if (!needValue)
        throw fault(fileName, line, 'a comma between counts', shown(token), 'separate counts with commas');
      numbers.push(whole(token, fileName, line, `count ${numbers.length + 1}`));
      if (depth === 2) rowLengths[rowLengths.length - 1] += 1;
      needValue = false;
    }
  }
  if (!closed)
    throw fault(fileName, line, 'the closing "]"', 'the end of the file', 'the file is truncated: complete it');
  const flat = rowLengths.length === 0 && numbers.length === 16;
  const table = numbers.length === 16 && rowLengths.length === 4 && rowLengths.every((n) => n === 4);
  if (!flat && !table) {
    const rows = rowLengths.length > 0 ? ` in rows of ${rowLengths.join(', ')}` : '';
    throw shape(fileName, line, `${numbers.length} numbers${rows}`);
  }
  return numbers;
}

function parseCsv(body: string, fileName: string): number[] {
  const lines = body.split(/\r?\n/);
  const counts = new Array<number>(16).fill(-1);
  let headerSeen = false;
  lines.forEach((text, index) => {
    if (text.trim() === '') return;
    const line = index + 1;
    const fields = text.split(',').map((field) => field.trim());
    if (!headerSeen) {
      if (fields.join(',').toLowerCase() !== HEADER) {
        throw fault(fileName, line, `the header ${HEADER}`, shown(text), `name the columns ${HEADER} in this order`);
      }
      headerSeen = true;
      return;
    }
    if (fields.length !== 5 || fields[4] === '') {
      const truncated = index === lines.length - 1 && fields.length <= 5;
      const remedy = truncated ? 'the last line is truncated: complete it' : 'write one cell a line';
      throw fault(fileName, line, `5 fields ${HEADER}`, shown(text), remedy);
    }
    const cell = cellOf(fields, fileName, line);
    if (counts[cell] >= 0)
      throw fault(fileName, line, 'each cell once', `${cellName(cell)} again`, 'add the two counts up or delete one');
    counts[cell] = whole(fields[4], fileName, line, 'the count n');
  });
  const missing = counts.indexOf(-1);
  if (missing >= 0) {
    throw fault(
      fileName,
      lineCount(body),
      'all 16 cells',
      `no line for ${cellName(missing)}`,
      'add it, with n = 0 if it never occurred',
    );
  }
  return counts;
}

function cellOf(fields: string[], fileName: string, line: number): number {
  const [x, y, a, b] = fields;
  const setting = SETTINGS.indexOf(`${x}${y}` as (typeof SETTINGS)[number]);
  const sign = (v: string) => (v === '1' || v === '+1' ? '+' : v === '-1' ? '-' : '?');
  const outcome = OUTCOMES.indexOf(`${sign(a)}${sign(b)}` as (typeof OUTCOMES)[number]);
  if (setting < 0 || outcome < 0) {
    throw fault(fileName, line, 'settings 1 or 2 and outcomes +1 or -1', shown(fields.join(',')), 'recode this line');
  }
  return 4 * setting + outcome;
}

function whole(text: string, fileName: string, line: number, what: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value))
    throw fault(fileName, line, `a whole number for ${what}`, shown(text), 'give a number of trials');
  if (value < 0) throw fault(fileName, line, `${what} of 0 or more`, text, 'counts cannot be negative');
  if (!Number.isInteger(value))
    throw fault(fileName, line, `a whole number for ${what}`, text, 'give trials, not frequencies');
  if (value > Number.MAX_SAFE_INTEGER) {
    throw fault(fileName, line, `${what} below 2^53`, text, 'larger counts are not exact; split the data');
  }
  return value;
}

function shape(fileName: string, line: number, got: string): Error {
  return fault(
    fileName,
    line,
    'a JSON array of 16 counts or of 4 rows of 4',
    got,
    'settings 11,12,21,22; outcomes ++,+-,-+,--',
  );
}

function cellName(cell: number): string {
  return `setting ${SETTINGS[cell >> 2]} outcome ${OUTCOMES[cell & 3]}`;
}

function lineCount(body: string): number {
  return body.trimEnd().split('\n').length;
}

function fault(fileName: string, line: number, expected: string, got: string, remedy: string): Error {
  return new Error(`${fileName}:${line}: expected ${expected}, got ${got}; ${remedy}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
