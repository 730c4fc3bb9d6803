// Bad input: one line on stderr that says what was expected, nothing on stdout, exit code 2 (or 1), the store as it was.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { blockStamps, ncnet, temporaryFolder, temporaryWorkspace } from './helpers.ts';

let workspace: string;
beforeAll(() => {
  workspace = temporaryWorkspace();
});

const words = (line: string): string[] => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

const cases: [command: string, message: RegExp][] = [
  ['trian', /^ncnet: expected a command \(run, .*\), got trian; did you mean train\?$/],
  ['frobnicate', /got frobnicate; see `ncnet --help`$/],
  ['--frobnicate', /^ncnet: expected a flag that exists, got --frobnicate/],
  ['help trian', /got trian; did you mean train\?$/],
  ['train --hiden 3', /^ncnet train: expected a flag that exists, got --hiden; did you mean --hidden\?$/],
  ['train --store', /expected a value after --store <dir>, got none/],
  ['train three', /expected flags only, got "three"/],
  ['train --hidden 0', /--hidden: expected a whole number from 1 to 64, got "0"/],
  ['train --hidden 2.5', /--hidden: expected a whole number from 1 to 64, got "2.5"/],
  ['train --hidden 65', /--hidden: expected a whole number from 1 to 64, got "65"/],
  ['train --hidden 1,,2', /--hidden: expected a whole number from 1 to 64, got ""/],
  ['train --hidden 3,1,3', /--hidden: expected distinct values, got 3 twice in "3,1,3"/],
  ['train --alice x9,x1', /--alice: task "x9": expected inputs x1\.\.x3, got x9; raise --inputs or rename it/],
  ['train --bob "x1,x1^"', /--bob: task "x1\^": expected .*, got the end/],
  ['train --alice "x1,(x2"', /--alice: task "\(x2": expected "\)", got the end/],
  ['train --alice 0110,x1', /--alice: task "0110": a truth table of 3 inputs has 8 characters, got 4/],
  ['train --alice x1', /--alice: expected two tasks with a comma between, got "x1"/],
  ['train --bob x1,x2,x3', /--bob: expected two tasks/],
  ['train --inputs 7', /--inputs: expected a whole number from 1 to 6, got "7"/],
  ['train --replicas 1e99', /--replicas: expected a whole number from 1 to 4294967295, got "1e99"/],
  ['train --replicas -5', /--replicas: expected a whole number from 1 to 4294967295, got "-5"/],
  ['train --replicas 0', /--replicas: expected a whole number/],
  ['train --replicas 99999999999999999999', /--replicas: expected a whole number/],
  ['train --replicas 4000000000', /^ncnet train: (store|memory): expected .* got .* fewer replicas/],
  ['train --steps 0x10', /--steps: expected a whole number from 1 to 10000000, got "0x10"/],
  ['train --steps 10x', /--steps: expected a whole number/],
  ['train --learning-rate -1', /--learning-rate: expected a number above 0/],
  ['train --learning-rate NaN', /--learning-rate: expected a number above 0/],
  ['train --gain 1e999', /--gain: expected a number above 0/],
  ['train --outcome corect', /--outcome: expected correct\|success\|.*, got "corect"; did you mean correct\?$/],
  ['train --outcome held-out', /--outcome held-out: expected rows that are left out, got --train-rows all of 8/],
  ['train --train-rows 9', /--train-rows: expected at most the 8 rows of 3 inputs, got 9/],
  ['train --train-rows some', /--train-rows: expected all or a whole number from 1 to 64, got "some"/],
  ['train --backend reference --dtype f32', /--dtype: expected f64 with --backend reference/],
  ['train --outcome loss-step --steps 1', /expected at least 2 steps/],
  ['train --workers 0', /--workers: expected a whole number from 1 to 256, got "0"/],
  ['run tin', /^ncnet run: expected an experiment \(tiny\), got "tin"; did you mean tiny\?$/],
  ['run ../../etc', /expected an experiment \(tiny\), got "..\/..\/etc"; see `ncnet run`$/],
  ['run tiny --replicas 1000000000', /(store|memory): expected .* \(?1000000000|for 1000000000 replicas/],
  ['run tiny --full --replicas 5', /expected --full alone \(600 replicas/],
  ['run tiny --hidden 2,2', /--hidden: expected distinct values/],
  ['run tiny extra', /expected NAME only, got "tiny" "extra"/],
  ['verify', /expected FILE, got nothing/],
  ['verify nowhere.json', /expected a result\.json .* or a block of records .*, got no such file: nowhere\.json; /],
  ['verify ""', /got no such file: ""; /],
  [
    'verify package.json',
    /expected a result\.json \(ncnet-result\/1\) .*, got other JSON: package\.json; `ncnet run NAME`/,
  ],
  ['verify experiments', /got a folder: experiments; name the file in it, as in experiments\/result\.json$/],
  ['verify experiments/tiny/experiment.ts', /got another file: experiments\/tiny\/experiment\.ts; /],
  ['train --store package.json', /^ncnet train: store: expected a folder, got a file: .*package\.json; choose another/],
  ['run tiny --store package.json/below/it', /store: expected a folder, got a file: .*package\.json; choose another/],
  ['status --store package.json', /^ncnet status: store: expected a folder, got a file: .*package\.json; choose/],
  [`status --store ${'n'.repeat(300)}`, /store: expected a folder, got a name that is too long/],
  ['train --hidden 2 --hidden 3', /--hidden: expected it once, got "2" and "3"; write one list with commas$/],
  ['train --seed 1 --json --seed=2', /--seed: expected it once, got "1" and "2"; keep one of them$/],
  ['run tiny --replicas 4 --replicas 4', /--replicas: expected it once, got "4" and "4"/],
  ['verify x.json --sample 1 --sample 2', /--sample: expected it once/],
  ['status --store a --store b', /--store: expected it once, got "a" and "b"/],
  ['analyse counts.csv --alpha 0.1 --alpha 0.2', /--alpha: expected it once, got "0.1" and "0.2"/],
  ['theory --t 1,2 --t 3', /--t: expected it once, got "1,2" and "3"/],
  ['serve --port 1 --port 2', /--port: expected it once/],
  [
    'train --learning-rate 1e-60',
    /--learning-rate: expected at least 1\.2e-38 with --dtype f32 .*, got 1e-60; raise it/,
  ],
  ['train --gain 1e-60', /--gain: expected at least 1\.2e-38 .*, got 1e-60; raise it$/],
  ['train --gain 1e-60 --dtype f64', /--gain: expected at least 1\.2e-38/],
  ['train --alice "x1\u001b[31m,x2"', /--alice: task "x1\\u001b\[31m": expected an operator or the end, got "\\u001b"/],
  ['run --replicas 5', /expected the name of an experiment with --replicas, got none; see `ncnet run`/],
  ['serve --dir package.json', /--dir: expected a folder, got the file .*package\.json/],
  ['serve --dir ""', /--dir: expected a folder, got ""/],
  ['verify package.json --sample 0', /--sample: expected a whole number from 1/],
  ['serve --dir nowhere', /--dir: expected a built site at .*nowhere, got none/],
  ['serve --port 65536', /--port: expected a whole number from 0 to 65535, got "65536"/],
];

// Two at a time: each is a process of its own.
const outcomes = new Map<string, Awaited<ReturnType<typeof ncnet>>>();
beforeAll(async () => {
  const queue = cases.map(([command]) => command);
  const work = async (): Promise<void> => {
    for (let command = queue.pop(); command !== undefined; command = queue.pop()) {
      outcomes.set(command, await ncnet(words(command), workspace));
    }
  };
  await Promise.all([work(), work()]);
}, 240_000);

test.each(cases)('ncnet %s', (command, message) => {
  const { code, stdout, stderr } = outcomes.get(command)!;
  expect(stderr).toMatch(/^ncnet[^\n]*\n$/);
  expect(stderr.trimEnd()).toMatch(message);
  expect(stderr).not.toContain('    at ');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

test('none of them made a store', () => {
  expect(existsSync(join(workspace, '.ncnet'))).toBe(false);
});

test('a corrupted record is one line that names the file, and the store stays as it is', async () => {
  const own = temporaryWorkspace();
  const store = join(own, '.ncnet');
  expect((await ncnet(['run', 'tiny', '--replicas', '20'], own)).code).toBe(0);
  const before = blockStamps(store);
  const [name] = before.keys();
  const file = join(store, 'blocks', name);
  const bytes = readFileSync(file);
  bytes[900] ^= 4;
  writeFileSync(file, bytes);
  for (const args of [
    ['run', 'tiny', '--replicas', '20'],
    ['verify', file],
  ]) {
    const { code, stdout, stderr } = await ncnet(args, own);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes(' blocks'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`in ${file}, got bytes whose sha-256`);
    expect(lines[0]).toContain('delete this file');
  }
  expect([...blockStamps(store).keys()]).toEqual([...before.keys()]);
  unlinkSync(file);
  expect((await ncnet(['run', 'tiny', '--replicas', '20', '--json'], own)).stdout).toContain('"computed":1');
});

test('an experiment with a misspelt key is one line that names key and file', async () => {
  const own = temporaryWorkspace();
  const module = join(own, 'experiments/tiny/experiment.ts');
  writeFileSync(module, readFileSync(module, 'utf8').replace('quick:', 'quik:'));
  const { code, stdout, stderr } = await ncnet(['run', 'tiny'], own);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet run: .*quik.*experiment\.ts\)\n$/);
});

test.each([
  [
    'hidden: [1, 2, 3]',
    'hidden: [2.5, 65, 0]',
    /sweep\.hidden\[0\]: expected a whole number from 1 to 64, got 2\.5; .*65.*0 \(/,
  ],
  ['replicas: 300', 'replicas: 1e99', /quick\.replicas: expected a whole number from 1 to 10000000, got 1e\+99 \(/],
  ['quick: { replicas', 'quick: { replicass', /: quick: expected a key .*, got replicass; did you mean replicas\? \(/],
  ['sweep: { hidden', 'sweep: { hiden', /: sweep: expected a key .*, got hiden; did you mean hidden\? \(/],
  ["'x1^x2'", "'x1^x9'", /cell\.alice\[1\]: task "x1\^x9": expected inputs x1\.\.x2, got x9; raise cell\.inputs/],
])('an experiment with %s changed to %s is one line that names path, value and file', async (from, to, message) => {
  const own = temporaryWorkspace();
  const module = join(own, 'experiments/tiny/experiment.ts');
  writeFileSync(module, readFileSync(module, 'utf8').replace(from, to));
  const { code, stdout, stderr } = await ncnet(['run', 'tiny'], own);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet run: [^\n]*tiny\/experiment\.ts\)\n$/);
  expect(stderr).toMatch(message);
});

test('a full disk is one line; what is finished is kept', async () => {
  const own = temporaryWorkspace();
  // A limit on the size of a file stands in for the full disk: the write fails in the same place.
  const script = `ulimit -f 8; exec "$0" "$@"`;
  let output = '';
  try {
    execFileSync(
      'bash',
      ['-c', script, process.execPath, join(import.meta.dirname, '../bin/ncnet.mjs'), 'run', 'tiny', '--workers', '1'],
      {
        cwd: own,
        stdio: 'pipe',
      },
    );
  } catch (error) {
    output = String((error as { stderr: Buffer }).stderr);
  }
  expect(output).toMatch(/^ncnet run: store: .*ndjson: EFBIG.*resumes$/m);
  expect(blockStamps(join(own, '.ncnet')).size).toBe(0);
});

test('outside of a workspace, run says where to go', async () => {
  const { code, stdout, stderr } = await ncnet(['run', 'tiny'], temporaryFolder());
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^ncnet run: expected to be inside the repository/);
});
