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
  ['run tiny extra', /expected one name, got "tiny" "extra"/],
  ['verify', /expected FILE, got nothing/],
  ['verify nowhere.json', /expected a result.json or a block file .ndjson, got no such file nowhere.json/],
  ['verify package.json', /expected a result \(ncnet-result\/1\) in package.json/],
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
  expect(code).toBe(command === 'verify package.json' ? 1 : 2);
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
