// Reading files: accepted forms, and one clear line naming file, line and remedy for each malformed one.

import { describe, expect, test } from 'vitest';
import { analyseTrialStream, guessFormat, parseCounts, TrialReader } from '../src/index.ts';
import { delft } from './tables.ts';

const flat = JSON.stringify(delft);
const table = JSON.stringify(
  [0, 1, 2, 3].map((s) => delft.slice(4 * s, 4 * s + 4)),
  null,
  2,
);
const rows = delft.map((n, i) => `${(i >> 3) + 1},${((i >> 2) & 1) + 1},${i & 2 ? '-1' : '+1'},${i & 1 ? -1 : 1},${n}`);
const csv = ['x,y,a,b,n', ...rows].join('\n');
const withLine = (line: number, text: string) =>
  ['x,y,a,b,n', ...rows].map((row, i) => (i + 1 === line ? text : row)).join('\n');
const counts = (text: string) => () => parseCounts(text, 'data.csv');

/** One line: file:line: expected ..., got ...; remedy. */
const FAULT = /^[\w.]+:\d+: (?:counts: )?expected .+, got .+; [^\n]+$/;

describe('counts', () => {
  test('accepted forms', () => {
    for (const text of [
      flat,
      table,
      csv,
      `${csv}\n`,
      `\ufeff${csv}`,
      `\ufeff${flat}\n`,
      csv.replaceAll('\n', '\r\n'),
      table.replaceAll('\n', '\r\n'),
    ]) {
      expect(parseCounts(text, 'x')).toEqual(delft);
    }
    expect(parseCounts(['x,y,a,b,n', ...rows.toReversed()].join('\n\n'), 'x')).toEqual(delft);
    expect(parseCounts(` X, Y ,a,b,n\n${rows.map((r) => r.replaceAll(',', ' , ')).join('\n')}`, 'x')).toEqual(delft);
    const deterministic = [5, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 0, 5, 0, 0];
    expect(parseCounts(JSON.stringify(deterministic), 'x')).toEqual(deterministic);
  });

  const faults: [string, string, string][] = [
    [
      'wrong columns',
      'a,b,x,y,n\n1,1,1,1,5',
      'data.csv:1: expected the header x,y,a,b,n, got "a,b,x,y,n"; name the columns x,y,a,b,n in this order',
    ],
    [
      'a column too many',
      withLine(4, '1,1,-1,1,4,9'),
      'data.csv:4: expected 5 fields x,y,a,b,n, got "1,1,-1,1,4,9"; write one cell a line',
    ],
    [
      'NaN',
      withLine(3, '1,1,1,-1,NaN'),
      'data.csv:3: expected a whole number for the count n, got "NaN"; give a number of trials',
    ],
    [
      'a negative count',
      withLine(3, '1,1,1,-1,-3'),
      'data.csv:3: expected the count n of 0 or more, got -3; counts cannot be negative',
    ],
    [
      'a fraction',
      withLine(3, '1,1,1,-1,2.5'),
      'data.csv:3: expected a whole number for the count n, got 2.5; give trials, not frequencies',
    ],
    [
      '2^53 + 1',
      withLine(3, '1,1,1,-1,9007199254740993'),
      'data.csv:3: expected the count n below 2^53, got 9007199254740993; larger counts are not exact; split the data',
    ],
    [
      'setting 3',
      withLine(3, '1,3,1,-1,3'),
      'data.csv:3: expected settings 1 or 2 and outcomes +1 or -1, got "1,3,1,-1,3"; recode this line',
    ],
    [
      'outcome 0',
      withLine(3, '1,1,0,-1,3'),
      'data.csv:3: expected settings 1 or 2 and outcomes +1 or -1, got "1,1,0,-1,3"; recode this line',
    ],
    [
      'a truncated last line',
      csv.slice(0, csv.lastIndexOf(',')),
      'data.csv:17: expected 5 fields x,y,a,b,n, got "2,2,-1,-1"; the last line is truncated: complete it',
    ],
    [
      'a last line cut after the comma',
      csv.slice(0, csv.lastIndexOf(',') + 1),
      'data.csv:17: expected 5 fields x,y,a,b,n, got "2,2,-1,-1,"; the last line is truncated: complete it',
    ],
    [
      'a missing line',
      csv.slice(0, csv.lastIndexOf('\n')),
      'data.csv:16: expected all 16 cells, got no line for setting 22 outcome --; add it, with n = 0 if it never occurred',
    ],
    [
      'a cell twice',
      withLine(4, rows[0]),
      'data.csv:4: expected each cell once, got setting 11 outcome ++ again; add the two counts up or delete one',
    ],
    [
      'an empty file',
      '\ufeff\n',
      'data.csv:1: expected counts, got an empty file; write 16 numbers as JSON or CSV with x,y,a,b,n',
    ],
    [
      'only a header',
      'x,y,a,b,n\n',
      'data.csv:1: expected all 16 cells, got no line for setting 11 outcome ++; add it, with n = 0 if it never occurred',
    ],
    [
      'an empty setting',
      `[${delft.map((n, i) => (i < 4 ? 0 : n))}]`,
      'data.csv:1: counts: expected trials in all four settings, got none in setting 11; S needs all four, collect or add that setting',
    ],
    [
      '15 numbers',
      `[${delft.slice(1)}]`,
      'data.csv:1: expected a JSON array of 16 counts or of 4 rows of 4, got 15 numbers; settings 11,12,21,22; outcomes ++,+-,-+,--',
    ],
    [
      'rows of 8',
      `[[${delft.slice(8)}],\n[${delft.slice(8)}]]`,
      'data.csv:2: expected a JSON array of 16 counts or of 4 rows of 4, got 16 numbers in rows of 8, 8; settings 11,12,21,22; outcomes ++,+-,-+,--',
    ],
    [
      'a JSON string',
      flat.replace('23,', '"23",'),
      'data.csv:1: expected a whole number for count 1, got "\\"23\\""; give a number of trials',
    ],
    [
      'JSON NaN on a later line',
      table.replace(/\b6\n/, 'NaN\n'),
      'data.csv:24: expected a whole number for count 16, got "NaN"; give a number of trials',
    ],
    [
      'JSON 2^53 + 1',
      flat.replace('[23', '[9007199254740993'),
      'data.csv:1: expected count 1 below 2^53, got 9007199254740993; larger counts are not exact; split the data',
    ],
    [
      'truncated JSON',
      flat.slice(0, -4),
      'data.csv:1: expected the closing "]", got the end of the file; the file is truncated: complete it',
    ],
    [
      'an object',
      '{"counts": [1]}',
      'data.csv:1: expected a JSON array of 16 counts or of 4 rows of 4, got "{\\"counts\\":"; settings 11,12,21,22; outcomes ++,+-,-+,--',
    ],
    ['a stray comma', flat.replace(',', ',,'), 'data.csv:1: expected a count, got ","; remove the stray comma'],
    [
      'text after the array',
      `${flat} []`,
      'data.csv:1: expected one JSON array, got "[" after it; keep one array in the file',
    ],
  ];
  for (const [name, text, message] of faults) {
    test(name, () => {
      expect(counts(text)).toThrow(message);
      expect(message).toMatch(FAULT);
    });
  }
});

describe('trials', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const lines = Array.from(
    { length: 400 },
    (_, i) => `${1 + (i & 1)},${1 + ((i >> 1) & 1)},${i % 3 ? 1 : -1},${i % 5 ? '+1' : -1}`,
  );
  const text = ['x,y,a,b', ...lines].join('\n');
  const read = (input: string | Uint8Array, size = 7) => {
    const codes: number[] = [];
    const reader = new TrialReader('trials.csv', (batch) => codes.push(...batch));
    const all = typeof input === 'string' ? bytes(input) : input;
    for (let at = 0; at < all.length; at += size) reader.push(all.subarray(at, at + size));
    expect(reader.end()).toBe(codes.length);
    return codes;
  };
  const plain = read(text, 1e6);

  test('accepted forms, cut anywhere', () => {
    expect(plain.length).toBe(400);
    expect(plain.slice(0, 2)).toEqual([3, 8]);
    for (let size = 1; size < 40; size++) expect(read(text, size)).toEqual(plain);
    expect(read(`${text}\n`)).toEqual(plain);
    expect(read(`\ufeff${text}`)).toEqual(plain);
    expect(read(text.replaceAll('\n', '\r\n'), 5)).toEqual(plain);
    expect(read(`${text.replaceAll(',', ' , ').replaceAll('\n', '\n\n')}\n\n`)).toEqual(plain);
  });

  const spoilt = (line: number, row: string) =>
    text
      .split('\n')
      .map((r, i) => (i + 1 === line ? row : r))
      .join('\n');
  const faults: [string, string | Uint8Array, string][] = [
    [
      'wrong columns',
      'a,b,x,y\n1,1,1,1\n',
      'trials.csv:1: expected the header x,y,a,b, got "a,b,x,y"; name the columns x,y,a,b in this order',
    ],
    [
      'no header',
      text.slice(8),
      'trials.csv:1: expected the header x,y,a,b, got "1,1,-1,-1"; name the columns x,y,a,b in this order',
    ],
    [
      'NaN',
      spoilt(200, '1,NaN,1,1'),
      'trials.csv:200: expected settings 1 or 2 and outcomes +1 or -1, got "1,NaN,1,1"; recode this trial or delete the line',
    ],
    [
      'outcome 0',
      spoilt(17, '1,2,0,1'),
      'trials.csv:17: expected settings 1 or 2 and outcomes +1 or -1, got "1,2,0,1"; recode this trial or delete the line',
    ],
    [
      'setting 12',
      spoilt(17, '12,2,1,1'),
      'trials.csv:17: expected settings 1 or 2 and outcomes +1 or -1, got "12,2,1,1"; recode this trial or delete the line',
    ],
    [
      'outcome 1.0',
      spoilt(17, '1,2,1.0,1'),
      'trials.csv:17: expected settings 1 or 2 and outcomes +1 or -1, got "1,2,1.0,1"; recode this trial or delete the line',
    ],
    [
      'five fields',
      spoilt(399, '1,2,1,1,1'),
      'trials.csv:399: expected 4 fields x,y,a,b, got 5 ("1,2,1,1,1"); write one trial a line',
    ],
    [
      'a short line',
      spoilt(5, '1,2,1'),
      'trials.csv:5: expected 4 fields x,y,a,b, got 3 ("1,2,1"); write one trial a line',
    ],
    [
      'a truncated last line',
      `${text}\n1,2,`,
      'trials.csv:402: expected 4 fields x,y,a,b, got 3 ("1,2,"); the last line is truncated: complete or delete it',
    ],
    [
      'a last line cut inside -1',
      `${text}\n1,2,1,-`,
      'trials.csv:402: expected settings 1 or 2 and outcomes +1 or -1, got "1,2,1,-"; the last line may be truncated: complete or delete it',
    ],
    [
      'an empty file',
      '',
      'trials.csv:1: expected the header x,y,a,b, got an empty file; write the header and one trial a line',
    ],
    [
      'only a header',
      'x,y,a,b\r\n',
      'trials.csv:2: expected a trial, got no line after the header; write one trial a line',
    ],
    [
      'UTF-16',
      Uint8Array.of(0xff, 0xfe, 120, 0, 44, 0, 10, 0),
      'trials.csv:1: expected UTF-8 text, got a UTF-16 byte order mark; save the file as UTF-8',
    ],
    [
      'no line ends',
      'x'.repeat(5000),
      'trials.csv:1: expected a line of at most 256 bytes, got 259 bytes without a line end; check that this is a CSV file',
    ],
  ];
  for (const [name, input, message] of faults) {
    test(name, () => {
      expect(() => read(input)).toThrow(message);
      expect(message).toMatch(FAULT);
    });
  }

  test('a blank line keeps the numbering', () => {
    expect(() => read('x,y,a,b\n\n1,1,1,1\n\n1,1,1,9\n')).toThrow('trials.csv:5:');
  });

  test('an empty setting is named with its file', async () => {
    const stream = analyseTrialStream([bytes('x,y,a,b\n1,1,1,1\n1,2,1,1\n2,1,1,1\n')], 'three.csv');
    await expect(stream).rejects.toThrow(
      'three.csv: analyseTrials: expected trials in all four settings, got none in setting 22; S needs all four, collect or add that setting',
    );
  });
});

test('the format is guessed from the first line', () => {
  expect([flat, table, csv, 'x,y,a,b\n1,1,1,1', '\ufeffX, y,a,b\r\n', 'hello'].map(guessFormat)).toEqual([
    'counts',
    'counts',
    'counts',
    'trials',
    'trials',
    null,
  ]);
});
