// ncnet analyse on files that are no data: exit code 2, nothing on stdout, one line that names file, line and remedy.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Finished, ncnet, start, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const delft = [23, 3, 4, 23, 33, 11, 5, 30, 22, 10, 6, 24, 4, 20, 21, 6];
const SIGNS = ['1,1', '1,-1', '-1,1', '-1,-1'];
const csv = (counts: number[]): string =>
  `x,y,a,b,n\n${counts.map((n, i) => `${1 + (i >> 3)},${1 + ((i >> 2) & 1)},${SIGNS[i & 3]},${n}`).join('\n')}\n`;
const changed = (line: number, text: string): string =>
  csv(delft)
    .split('\n')
    .with(line - 1, text)
    .join('\n');
const trials = (...lines: string[]): string => ['x,y,a,b', '1,1,1,1', '1,2,1,-1', '2,1,-1,1', ...lines].join('\n');
const utf16 = Buffer.from(`\ufeff${csv(delft)}`, 'utf16le');
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const result = JSON.stringify({ schema: 'ncnet-result/1', experiment: { name: 'capacity' } }, null, 2);

const cases: [name: string, content: string | Uint8Array, message: RegExp, flags?: string][] = [
  ['columns.csv', 'a,b,x,y\n1,1,1,1\n', /:1: expected trials \(CSV x,y,a,b\) or counts .*, got "a,b,x,y"; add the/],
  ['bare.csv', '1,1,1,1\n', /:1: expected .*, got "1,1,1,1"; add the header/],
  ['semicolons.csv', 'x;y;a;b\n', /:1: expected .*, got "x;y;a;b"/],
  ['wide.csv', changed(3, '1,1,1,-1,3,9'), /:3: expected 5 fields x,y,a,b,n, got "1,1,1,-1,3,9"/],
  ['nan.csv', changed(4, '1,1,-1,1,NaN'), /:4: expected a whole number for the count n, got "NaN"/],
  ['nan.json', '[[23,3,4,23],\n[33,NaN,5,30]]', /:2: expected a whole number for count 6, got "NaN"/],
  ['negative.csv', changed(2, '1,1,1,1,-23'), /:2: expected the count n of 0 or more, got -23/],
  ['fraction.csv', changed(2, '1,1,1,1,0.25'), /:2: expected a whole number .*, got 0\.25; give trials, not freq/],
  ['huge.csv', changed(2, '1,1,1,1,9007199254740993'), /:2: expected the count n below 2\^53, got 9007199254740993/],
  ['huge.json', `[${[...delft.slice(1), '9007199254740993'].join(',\n')}]`, /:16: expected count 16 below 2\^53/],
  [
    'empty-setting.json',
    JSON.stringify(delft.with(12, 0).with(13, 0).with(14, 0).with(15, 0)),
    /:1: .*none in setting 22/,
  ],
  ['missing-cell.csv', csv(delft.slice(0, 15)), /:16: expected all 16 cells, got no line for setting 22 outcome --/],
  ['twice.csv', `${csv(delft)}2,2,-1,-1,6\n`, /:18: expected each cell once/],
  ['truncated.csv', csv(delft).slice(0, -4), /:17: expected 5 fields .*the last line is truncated/],
  ['truncated.json', '[[23,3,4,23],\n[33,11,', /:2: expected the closing "\]", got the end of the file/],
  ['short.json', '[1,2,3]', /:1: expected a JSON array of 16 counts or of 4 rows of 4, got 3 numbers/],
  ['object.json', '{"counts": [1]}', /:1: expected .*, got a JSON object; write the 16 counts as one array/],
  ['large.json', `[1,${' '.repeat(1 << 21)}`, /:1: expected counts in at most 1 MiB, got a larger file/],
  ['latin1.csv', Buffer.from(`${csv(delft)}2,2,1,1,\xe9\n`, 'latin1'), /:18: expected UTF-8 text/],
  ['empty.csv', '', /:1: expected .*, got an empty file/],
  ['blank.csv', '\ufeff \r\n\n', /:1: expected .*, got an empty file/],
  ['utf16.csv', utf16, /:1: expected UTF-8 text, got a UTF-16 byte order mark; save the file as UTF-8/],
  ['picture.png', png, /:3: expected .*, got binary data; check that this is a text file/],
  ['packed.csv.gz', Buffer.from('1f8b0800', 'hex'), /:1: .*got a gzip file; unpack it, as in `gunzip -c packed/],
  ['trial-columns.csv', trials('2,2,1,1,1'), /:5: expected 4 fields x,y,a,b, got 5 \("2,2,1,1,1"\); write one trial/],
  ['trial-nan.csv', trials('2,2,NaN,1\n'), /:5: expected settings 1 or 2 and outcomes \+1 or -1, got "2,2,NaN,1"/],
  ['trial-zero.csv', trials('2,2,0,1\n2,2,1,1'), /:5: expected settings 1 or 2 and outcomes \+1 or -1/],
  ['trial-setting.csv', trials('0,1,1,1\n'), /:5: expected settings 1 or 2/],
  ['trial-cut.csv', trials('2,2,'), /:5: expected 4 fields .*; the last line is truncated: complete or delete it/],
  ['trial-empty-setting.csv', trials('1,1,1,1\n'), /:5: expected trials in all four settings, got none in setting 22/],
  ['trial-none.csv', 'x,y,a,b\n', /:2: expected a trial, got no line after the header/],
  ['trial-long.csv', trials('1'.repeat(70_000)), /:5: expected a line of at most 256 bytes/],
  ['trial-control.csv', trials('2,2,\u009b31m,1\n'), /:5: expected settings .*\\u009b31m/],
  ['other.csv', csv(delft), /:1: expected trials, as --format says, got counts; leave --format out/, '--format trials'],
  [
    'result.json',
    result,
    /got the result of the experiment capacity; `ncnet run capacity` shows .*`ncnet verify result/,
  ],
  [
    'block.ndjson',
    '{"schema":"ncnet-block/1"}\n{}\n',
    /got a block of records .*`ncnet verify block.ndjson` checks it/,
  ],
  ['train.json', '{"cells":[],"kernel":{}}', /got the output of `ncnet train --json`; `ncnet train` shows/],
];
const words: [command: string, message: RegExp][] = [
  ['nowhere.csv', /^ncnet analyse: nowhere.csv: expected a file of counts or trials, got no such file; give its path/],
  ['a-folder', /^ncnet analyse: a-folder: expected a file of counts or trials, got a folder/],
  ['', /expected FILE, got nothing/],
  ['delft.json extra', /expected FILE only, got "delft.json" "extra"/],
  ['delft.json --format words', /--format: expected counts\|trials, got "words"/],
  ['delft.json --beta 0.5', /--beta: expected a number from 0.75 \(fair settings\) to below 1, got "0.5"/],
  ['delft.json --beta 1', /--beta: expected a number from 0.75/],
  ['delft.json --predictability 0.1', /--predictability: expected two numbers .* got "0.1"; write it as in/],
  ['delft.json --predictability 0.1,0.5', /--predictability: expected two numbers from 0 to below 0.5/],
  ['delft.json --beta 0.8 --predictability 0,0', /expected --beta or --predictability, got both/],
  ['delft.json --alpha 0', /--alpha: expected a number above 0 and below 1, got "0"/],
  ['delft.json --separate', /got --separate; did you mean --separated\?/],
];

const outcomes = new Map<string, Finished>();
beforeAll(async () => {
  mkdirSync(join(folder, 'a-folder'));
  writeFileSync(join(folder, 'delft.json'), JSON.stringify(delft));
  const commands = words.map(([command]) => command);
  for (const [name, content, , flags] of cases) {
    writeFileSync(join(folder, name), content);
    commands.push(flags === undefined ? name : `${name} ${flags}`);
  }
  const work = async (): Promise<void> => {
    for (let command = commands.pop(); command !== undefined; command = commands.pop())
      outcomes.set(command, await ncnet(['analyse', ...command.split(' ').filter(Boolean)], folder));
  };
  await Promise.all([work(), work()]); // two at a time: each is a process of its own
}, 240_000);

const check = (command: string, message: RegExp): void => {
  const { code, stdout, stderr } = outcomes.get(command)!;
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet analyse: [^\n\p{Cc}]*; [^\n\p{Cc}]*\n$/u);
  expect(stderr.trimEnd()).toMatch(message);
};
test.each(words)('ncnet analyse %s', check);
test.each(cases)('%s', (name, _, message, flags) => {
  const command = flags === undefined ? name : `${name} ${flags}`;
  check(command, message);
  expect(outcomes.get(command)!.stderr).toMatch(
    new RegExp(`^ncnet analyse: ${name.replaceAll('.', '\\.')}:\\d+: expected`),
  );
});

test('the same from a pipe, named stdin', async () => {
  const { child, finished } = start(['analyse', '-', '--json'], folder);
  child.stdin!.end('x,y,a,b\n1,1,1,1\n3,1,1,1\n');
  const { code, stdout, stderr } = await finished;
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet analyse: stdin:3: expected settings 1 or 2/);
});
