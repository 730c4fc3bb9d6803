// ncnet theory on flags and files that it cannot use: exit code 2, nothing on stdout, one line with a remedy.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Finished, ncnet, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const good = '--eta-h 0.31 --eta-y 2.7 --dy-star 0.7071 --h0 0.0021 --dy0 0.013';
const table = (...lines: string[]): string => ['t,H,Y,w', '0,.1,.01,-.06', ...lines].join('\n');

const flags: [args: string, message: RegExp][] = [
  ['', /expected --eta-h, .*, got no --eta-h, --eta-y, --dy-star, --h0, --dy0; give every one, or .* --fit FILE$/],
  ['--eta-h 0.31 --eta-y 2.7 --dy-star 1 --dy0 -0.1', /got no --h0; /],
  [
    `${good} --eta-h -1`,
    /--eta-h: expected a number above 0 and at most 1e\+30, got "-1"; write it as in --eta-h 0\.31/,
  ],
  [`${good} --eta-y 0`, /--eta-y: expected a number above 0/],
  [`${good} --h0 -0.1`, /--h0: expected a number above 0 .* got "-0\.1"/],
  [`${good} --h0 1e999`, /--h0: expected a number above 0/],
  [`${good} --dx2 0x1`, /--dx2: expected a number above 0/],
  [`${good} --dy0 NaN`, /--dy0: expected a number within .*, got "NaN"; write it as in --dy0 -0\.01/],
  [`${good} --dy0 abc`, /--dy0: expected a number within/],
  [`${good} --dy0`, /expected a value after --dy0 <x>, got none/],
  [`${good} --dy-star -0.7`, /--dy-star: expected a distance from 0 .*the sign belongs to --dy0/],
  [`${good} --eta-ybar 0.05`, /--eta-ybar: expected --eta-ybar and --e0 together, got no --e0; give both or neither/],
  [`${good} --e0 0.4`, /--e0: expected --eta-ybar and --e0 together, got no --eta-ybar/],
  [`${good} --eta-ybar -1 --e0 1`, /--eta-ybar: expected a number from 0/],
  [`${good} --t 1,10,5`, /--t: expected increasing times, got 5 after 10; sort them/],
  [`${good} --t -1,2`, /--t: expected times that are numbers from 0 on, got "-1"/],
  [`${good} --t 1,,2`, /--t: expected times that are numbers from 0 on, got ""/],
  [`${good} --t 0:10:0`, /--t: expected from:to:step .*, got "0:10:0"/],
  [`${good} --t log:0:10:5`, /--t: expected log:from:to:count .*, got "log:0:10:5"/],
  [`${good} --t 0:1e9:1`, /--t: expected at most 10000 times, got 1000000001/],
  [`${good} --etah 1`, /got --etah; did you mean --eta-h\?/],
  [`${good} more`, /expected flags only, got "more"/],
  [`${good} --fit gap.csv`, /--eta-h: expected rates from the file, as --fit says, got --eta-h too/],
  ['--eta-h 1e30 --eta-y 1e-300 --dy-star 1e30 --h0 1e-300 --dy0 1e30', /got numbers too large or too small/],
  ['--fit nowhere.csv', /--fit: expected a CSV file of curves, got no such file nowhere\.csv; give its path/],
  ['--fit a-folder', /--fit: .* got a folder/],
  ['--fit --json', /--fit: expected a CSV file, got "--json"/],
  ['--fit still.csv --t 1,2', /--t: expected the times of the file, as --fit says/],
  ['--fit moves.csv --e0 1', /--e0: expected a column loss in moves\.csv, got none/],
  ['--fit moves.csv --dy-star 0.2', /moves\.csv:2: expected \|Y - w\| <= \|dy\*\| sqrt\(Y\) in the first row.*--dy0/],
  ['--fit moves.csv --dy-star 0', /moves\.csv:2: expected w = Y in the first row/],
];

const files: [name: string, content: string | Uint8Array, message: RegExp][] = [
  ['cut.csv', table('1,.1,.02,-.06', '2,.1,.01'), /:4: expected 4 fields t,H,Y,w, got "2,\.1,\.01"/],
  ['empty.csv', '', /:1: expected CSV with the header t,H,Y,w, got an empty file/],
  ['blank.csv', '\n\n', /:1: .*got an empty file/],
  ['header.csv', 't,H,Y,w\n', /:1: expected 3 rows or more, got 0/],
  ['few.csv', table('1,.1,.02,-.05'), /:3: expected 3 rows or more, got 2/],
  ['bare.csv', '0,1,2,3\n', /:1: expected a header .*, got "0,1,2,3"; add the header/],
  ['names.csv', 'time,H,Y,w\n', /:1: expected a header .*, got "time"; name the columns so/],
  ['case.csv', 't,H,Y,W\n', /:1: .* got "W"; did you mean w\?/],
  ['missing.csv', 't,H,Y\n', /:1: .* got no w in "t,H,Y"; add the missing columns/],
  ['twice.csv', 't,H,Y,w,t\n', /:1: .* got t twice/],
  ['semicolons.csv', 't;H;Y;w\n', /:1: expected a header .*, got "t;H;Y;w"; .*commas/],
  ['gap.csv', table('1,.1,,-.06', '2,.1,.01,-.06'), /:3: expected a finite number for Y, got ""/],
  ['nan.csv', table('1,NaN,.01,-.06', '2,.1,.01,-.06'), /:3: expected a finite number for H, got "NaN"/],
  ['infinite.csv', table('1,.1,.01,1e999'), /:3: expected a finite number for w, got "1e999"/],
  ['line.csv', table('', '2,.1,.01,-.06'), /:3: expected 4 fields .*, got an empty line/],
  ['equal.csv', table('0,.1,.01,-.06'), /:3: expected increasing times, got t = 0 after 0; sort the rows/],
  ['back.csv', table('2,.1,.01,-.06', '1,.1,.01,-.06'), /:4: expected increasing times, got t = 1 after 2/],
  [
    'still.csv',
    table('1,.1,.01,-.06', '2,.2,.01,-.06'),
    /:2: expected curves that move, got Y and w that never change/,
  ],
  [
    'zero.csv',
    't,H,Y,w\n0,0,.01,-.06\n1,.1,.02,-.08\n2,.1,.04,-.1\n',
    /:2: expected H above 0 in the first row, got 0/,
  ],
  [
    'target.csv',
    table('1,.1,.5,.4', '2,.1,.01,.3'),
    /:2: expected Y and w from which \|dy\*\| can be read.*--dy-star 0\.7071/,
  ],
  ['binary.csv', Buffer.from('89504e470d0a1a0a00', 'hex'), /:1: expected CSV as UTF-8 text, got binary data/],
  ['control.csv', table('1,.1,\x1b[31m,0'), /:3: .*got "\\u001b\[31m"/],
];

const outcomes = new Map<string, Finished>();
beforeAll(async () => {
  mkdirSync(join(folder, 'a-folder'));
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'moves.csv'), table('1,.1,.02,-.08', '2,.1,.04,-.1'));
  const queue = [...flags.map(([args]) => args), ...files.map(([name]) => `--fit ${name}`)];
  const work = async (): Promise<void> => {
    for (let args = queue.pop(); args !== undefined; args = queue.pop())
      outcomes.set(args, await ncnet(['theory', ...args.split(' ').filter(Boolean)], folder));
  };
  await Promise.all([work(), work()]); // two at a time: each is a process of its own
}, 240_000);

const check = (args: string, message: RegExp): void => {
  const { code, stdout, stderr } = outcomes.get(args)!;
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet theory: [^\n\p{Cc}]+\n$/u);
  expect(stderr).toMatch(/expected .*, got .*[;?]/);
  expect(stderr.trimEnd()).toMatch(message);
};
test.each(flags)('ncnet theory %s', check);
test.each(files)('%s', (name, _, message) => check(`--fit ${name}`, message));
