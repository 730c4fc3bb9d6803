// What the commands print and write: the JSON contract, tables, paths, exit codes.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NcnetCell, OUTCOME_RULES } from 'ncnet';
import { beforeAll, expect, test } from 'vitest';
import { buildProgram } from '../src/main.ts';
import { summaryTables } from '../src/summary-table.ts';
import {
  blockStamps,
  launcher,
  ncnet,
  output,
  repository,
  start,
  temporaryFolder,
  temporaryWorkspace,
  until,
} from './helpers.ts';

let workspace: string;
beforeAll(() => {
  workspace = temporaryWorkspace();
});

const small = [
  'train',
  '--backend',
  'reference',
  '--steps',
  '4',
  '--inputs',
  '3',
  '--replicas',
  '20',
  '--hidden',
  '3,1',
];

test('train --json: the keys of the contract, only JSON on stdout, progress on stderr', async () => {
  const rules = 'correct,success,loss-step,held-out,tolerance';
  const args = [...small, '--train-rows', '6', '--outcome', rules, '--json'];
  const { code, stdout, stderr } = await ncnet(args, workspace);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^(ncnet train: \[[= ]+\] +\d+ % .*\n)*ncnet train: \[=+\] 100 % .*\n$/);
  const json = JSON.parse(stdout);
  expect(json.cells).toHaveLength(10);
  expect(json.cells.map((cell: { hidden: number }) => cell.hidden)).toEqual([...Array(5).fill(3), ...Array(5).fill(1)]);
  for (const cell of json.cells) {
    expect(Object.keys(cell)).toEqual(
      expect.arrayContaining([
        ...['hidden', 'outcome', 'replicas', 'S', 'absS', 'signs', 'C', 'marginals', 'delta', 'deltaCi95'],
        ...['noSignallingP', 'sOdd', 'cbd', 'cbdCi95', 'composition', 'flips', 'verdict', 'recordHash'],
        ...['pS', 'pCbd', 'trialsNeeded'],
      ]),
    );
    expect(Object.keys(cell.S)).toEqual(expect.arrayContaining(['mean', 'sd', 'ci95', 'ci95Bounded']));
    expect([cell.S.ci95, cell.S.ci95Bounded, cell.deltaCi95, cell.cbdCi95].map((pair) => pair.length)).toEqual([
      2, 2, 2, 2,
    ]);
    expect([cell.signs.length, cell.C.length]).toEqual([8, 4]);
    expect(Object.keys(cell.marginals)).toEqual(['a1b1', 'a1b2', 'a2b1', 'a2b2', 'b1a1', 'b1a2', 'b2a1', 'b2a2']);
    expect(Object.keys(cell.composition)).toEqual(['both', 'one', 'neither']);
    if (cell.outcome === 'loss-step') expect(cell.flips).toBeNull();
    else expect(Object.keys(cell.flips)).toEqual(['a1', 'a2', 'b1', 'b2', 'mean']);
    expect(cell.verdict).toMatchObject({ rung: expect.any(Number), words: expect.any(String) });
    expect(cell.recordHash).toMatch(/^[0-9a-f]{64}$/);
    expect(cell.probeHash).toMatch(/^[0-9a-f]{64}$/); // loss-step is a probe
    expect(cell.probeHash).not.toBe(cell.recordHash);
    expect(cell.replicas).toBe(20);
  }
  expect(json.timing).toMatchObject({
    replicaSteps: 2 * 20 * 4 * 4,
    workers: expect.any(Number),
    computed: 2,
    cached: 0,
  });
  expect(json.timing.kernelSeconds).toBeGreaterThan(0);
  expect(json.timing.seconds).toBeGreaterThan(json.timing.kernelSeconds / json.timing.workers);
  expect(json.kernel.sha256).toBe(''); // the reference backend uses none
  expect(json.node).toBe(process.version);
});

test('train --fast: labelled not reproducible, by another kernel, and nothing is kept', async () => {
  const empty = temporaryWorkspace();
  const args = ['train', '--steps', '4', '--replicas', '20', '--hidden', '3'];
  const fast = JSON.parse(await output([...args, '--fast', '--json'], empty));
  expect(fast).toMatchObject({ backend: 'wasm-fast', reproducible: false, timing: { computed: 1, cached: 0 } });
  expect(existsSync(join(empty, '.ncnet'))).toBe(false);
  expect(await output([...args, '--fast'], empty)).toContain('NOT REPRODUCIBLE');
  const plain = JSON.parse(await output([...args, '--json'], empty));
  expect(plain).toMatchObject({ backend: 'wasm', reproducible: true, timing: { computed: 1, cached: 0 } });
  for (const { kernel } of [plain, fast]) expect(kernel.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(plain.kernel.sha256).not.toBe(fast.kernel.sha256);
  expect(Math.abs(plain.cells[0].S.mean - fast.cells[0].S.mean)).toBeLessThan(0.5);
  for (const extra of [
    ['--store', 'kept'],
    ['--backend', 'reference'],
  ]) {
    const { code, stdout, stderr } = await ncnet([...args, '--fast', ...extra], empty);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^ncnet train: --fast: expected .*\n$/);
  }
});

test('train: a second time from the store, with the same numbers and no training', async () => {
  const first = JSON.parse(await output([...small, '--json'], workspace));
  const again = JSON.parse(await output([...small, '--json', '--workers', '1'], workspace));
  expect(again.cells).toEqual(first.cells);
  expect(first.cells.map(({ probeHash }: { probeHash: unknown }) => probeHash)).toEqual([null, null]); // nothing was probed
  expect(again.timing).toMatchObject({ seconds: 0, replicaSteps: 0, computed: 0, cached: 2 });
});

test('train prints an aligned table without colours, and where the store is', async () => {
  const stdout = await output([...small, '--outcome', 'correct,success'], workspace);
  const lines = stdout.split('\n');
  expect(lines).toContain('outcome correct, 20 replicas');
  expect(lines).toContain('outcome success, 20 replicas');
  expect(stdout).toMatch(
    /\nn +S +95 % t interval +95 % bounded +Delta +sOdd-Delta +needed +verdict\n3 +-?\d\.\d{3} +\[/,
  );
  expect(stdout).toContain(join(workspace, '.ncnet'));
  expect(stdout).not.toContain('\x1b');
});

test('tables: replicas needed are shown, an interval without width is none', () => {
  const S = { mean: 2, sd: 0, ci95: [2, 2], ci95Bounded: [1.2, 2.8] };
  const common = { outcome: 'success', replicas: 9, delta: 0, sOdd: 2, pS: 1, pCbd: null, verdict: { words: 'words' } };
  const spread = { mean: 2.5, sd: 0.1, ci95: [2.4, 2.6], ci95Bounded: [1.9, 3.1] };
  const rows = [
    { hidden: 1, ...common, S, trialsNeeded: null },
    { hidden: 2, ...common, S: spread, trialsNeeded: 61 },
  ];
  const lines = summaryTables(rows).trim().split('\n');
  expect(lines[1]).toMatch(/^n +S +95 % t interval +95 % bounded +Delta +sOdd-Delta +needed +verdict$/);
  expect(lines[2]).toMatch(/^1 +2\.000 +- \(all replicas equal\) +\[1\.200, 2\.800\] .* - +words$/);
  expect(lines[3]).toMatch(/^2 +2\.500 +\[2\.400, 2\.600\] .* 61 +words$/);
});

test('run: the table, the claims and, as the last line, the path of the result', async () => {
  const { code, stdout } = await ncnet(['run', 'tiny'], workspace);
  expect(code).toBe(0);
  const file = stdout.trimEnd().split('\n').at(-1)!;
  expect(file).toBe(join(workspace, '.ncnet/results/tiny.json'));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schema: 'ncnet-result/1', variant: 'quick' });
  expect(stdout).toContain('T1  supported: There are rows.');
  expect(readdirSync(join(workspace, 'experiments/tiny'))).toEqual(['experiment.ts']);
});

test('run --json: only JSON, with the path of the result', async () => {
  const stdout = await output(['run', 'tiny', '--replicas', '30', '--hidden', '2', '--json'], workspace);
  const json = JSON.parse(stdout);
  expect(json).toMatchObject({ result: join(workspace, '.ncnet/results/tiny.json'), variant: 'custom', replicas: 30 });
  expect(json.rows).toHaveLength(1);
  expect(json.claims).toHaveLength(1);
});

test('run --full writes beside the experiment, and verify agrees', async () => {
  const stdout = await output(['run', 'tiny', '--full'], workspace);
  const file = join(workspace, 'experiments/tiny/result.json');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(file);
  const whole = await ncnet(['verify', file], workspace);
  expect([whole.code, whole.stdout.split('\n')[0]]).toEqual([0, `EQUAL  ${file}`]);
  expect(await output(['verify', file, '--sample', '1000'], workspace)).toMatch(/^EQUAL /); // all of its blocks
  const elsewhere = await ncnet(['verify', file], tmpdir());
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toMatch(/expected the experiment "tiny" of this result, .*; run it inside the repository/);
  const sample = JSON.parse(await output(['verify', file, '--sample', '2', '--json'], workspace));
  expect(sample).toMatchObject({ equal: true, blocks: 2, blocksOf: 9 });
});

test('run without a name lists the experiments with their question', async () => {
  const { code, stdout } = await ncnet(['run'], workspace);
  expect(code).toBe(0);
  expect(stdout).toBe('tiny  Does the runner give the same bytes whatever happens to it?\n');
});

test('run without a name lists what can be listed, names broken files on stderr and ends with 1', async () => {
  const own = temporaryWorkspace();
  const tiny = readFileSync(join(own, 'experiments/tiny/experiment.ts'), 'utf8');
  const broken = {
    syntax: `${tiny})`,
    throws: `throw new Error('no data');\n${tiny}`,
    key: tiny.replace('title:', 'titel:'),
  };
  for (const [name, text] of Object.entries(broken)) {
    mkdirSync(join(own, 'experiments', name));
    writeFileSync(join(own, 'experiments', name, 'experiment.ts'), text);
  }
  const { code, stdout, stderr } = await ncnet(['run'], own);
  expect([code, stdout]).toEqual([1, 'tiny  Does the runner give the same bytes whatever happens to it?\n']);
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(
    /^ncnet run: key is not listed: .* got titel; did you mean title\? \(.*key\/experiment\.ts\)$/,
  );
  expect(lines[1]).toMatch(/^ncnet run: syntax is not listed: .*SyntaxError.*syntax\/experiment\.ts:\d+\)$/);
  expect(lines[2]).toMatch(/^ncnet run: throws is not listed: .*no data; mend it \(.*throws\/experiment\.ts:1\)$/);
  const json = await ncnet(['run', '--json'], own);
  expect([json.code, JSON.parse(json.stdout).map(({ name }: { name: string }) => name)]).toEqual([1, ['tiny']]);
  expect((await ncnet(['run', 'tiny', '--replicas', '4'], own)).code).toBe(0);
});

test('--backend reference needs no built kernel; without one, wasm says what to build', async () => {
  const own = temporaryFolder();
  mkdirSync(join(own, 'node_modules'));
  for (const name of ['commander', 'zod', '@noble']) {
    symlinkSync(join(repository, 'node_modules', name), join(own, 'node_modules', name));
  }
  const filter = (path: string): boolean => !/[/\\](node_modules|test)$|kernel[^/\\]*\.wasm$/.test(path);
  for (const name of ['cli', 'runner', 'ncnet', 'chsh', 'theory', 'core-wasm']) {
    cpSync(join(repository, 'packages', name), join(own, 'packages', name), { recursive: true, filter });
    symlinkSync(join(own, 'packages', name), join(own, 'node_modules', name));
  }
  const args = ['train', '--steps', '2', '--replicas', '3', '--hidden', '2', '--json', '--store', 'store'];
  const bin = join(own, 'packages/cli/bin/ncnet.mjs');
  const { code, stdout, stderr } = await start([...args, '--backend', 'reference'], own, { script: bin }).finished;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^(ncnet train: \[[= ]+\] +\d+ % .*\n)+$/);
  expect(JSON.parse(stdout)).toMatchObject({ kernel: { sha256: '' }, backend: 'reference', timing: { computed: 1 } });
  const wasm = await start(args, own, { script: bin }).finished;
  expect([wasm.code, wasm.stdout]).toEqual([1, '']);
  expect(wasm.stderr).toMatch(/ncnet train: expected built packages, got none; run `npm run build`\n$/);
});

test('status shows the store; of an empty one too', async () => {
  const { code, stdout } = await ncnet(['status', '--store', 'nothing'], workspace);
  expect([code, stdout]).toEqual([0, `store ${join(workspace, 'nothing')}: 0 blocks, 0 B\n`]);
  expect(existsSync(join(workspace, 'nothing'))).toBe(false);
  await ncnet([...small, '--store', 'some'], workspace);
  const json = JSON.parse(await output(['status', '--store', 'some', '--json'], workspace));
  expect(json).toMatchObject({ blocks: 2, cells: [{ replicas: 20 }, { replicas: 20 }], results: [], unreadable: [] });
  const table = await output(['status', '--store', 'some'], workspace);
  expect(table).toMatch(
    /\ncells +hidden +replicas +blocks +size\n00110011 01100110 \/ 00110011 00111100, 4 steps +1,3 +20 +2 /,
  );
});

test('every command has a help with an example, its defaults and the exit codes', async () => {
  for (const command of ['run', 'train', 'verify', 'status', 'serve']) {
    const { code, stdout, stderr } = await ncnet([command, '--help'], workspace);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`ncnet ${command}`);
    expect(stdout).toMatch(/Examples?:\n {2}ncnet /);
    expect(stdout).toContain('Exit codes: 0 ok, 1 failed check');
  }
  for (const command of ['run', 'train']) {
    const help = (await output([command, '--help'], workspace)).replace(/\s+/g, ' ');
    expect(help).toContain(
      'if every block comes from the store, timing.seconds, timing.kernelSeconds and timing.replicaSteps are 0.',
    );
  }
  const bare = await ncnet([], workspace);
  expect([bare.code, bare.stderr]).toEqual([0, '']);
  expect(bare.stdout).toContain('Commands:');
  expect(await output(['--version'], workspace)).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the defaults of train are the preset xor-pair', () => {
  const train = buildProgram().commands.find((command) => command.name() === 'train')!;
  const defaults = Object.fromEntries(train.options.map((option) => [option.long, option.defaultValueDescription]));
  expect(defaults).toMatchObject({
    ...{ '--inputs': '3', '--alice': 'x2,x1^x2', '--bob': 'x2,x2^x3', '--hidden': '1,2,3,4,6,8', '--replicas': '256' },
    ...{ '--outcome': 'correct', '--activation': 'sigmoid', '--loss': 'bce', '--optimizer': 'adam' },
    ...{ '--learning-rate': '0.05', '--steps': '1000', '--batch': 'full', '--coding': 'pm', '--gain': '1' },
    ...{ '--sharing': 'shared', '--train-rows': 'all', '--restarts': '1', '--tolerance': '0.1', '--seed': '1' },
    ...{ '--workers': undefined, '--backend': 'wasm', '--dtype': undefined, '--store': undefined },
  });
});

test('the choices of train are those of the cell', () => {
  const train = buildProgram().commands.find((command) => command.name() === 'train')!;
  const description = (name: string): string => train.options.find((option) => option.long === name)!.description;
  for (const name of ['activation', 'loss', 'optimizer', 'coding', 'sharing', 'dtype'] as const) {
    expect(description(`--${name}`)).toContain(NcnetCell.shape[name].options.join('|'));
  }
  expect(description('--backend')).toBe('wasm|reference'); // wasm-fast is the flag --fast
  for (const rule of OUTCOME_RULES) expect(description('--outcome')).toContain(rule);
});

test('a reader that closes the pipe early is no error', () => {
  const script = `"$0" "${launcher}" run --json | head -c 1`;
  const { stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script, process.execPath], { cwd: workspace });
  expect([String(stdout), String(stderr)]).toEqual(['[', '']);
});

test('a failed check is exit code 1 whether or not somebody reads it', async () => {
  await output(['run', 'tiny', '--replicas', '20', '--store', 'checked'], workspace);
  const file = join(workspace, 'checked/results/tiny.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('There are rows.', 'There are no rows.'));
  const args = ['verify', file, '--json', '--workers', '1'];
  const read = await ncnet(args, workspace);
  expect([read.code, JSON.parse(read.stdout).equal]).toEqual([1, false]);
  const unread = start(args, workspace);
  unread.child.stdout!.destroy();
  expect(await unread.finished).toMatchObject({ code: 1, stdout: '' });
});

test('a closed stderr stops nothing: the result is on stdout', async () => {
  const running = start([...small, '--json', '--store', 'unseen'], workspace);
  running.child.stderr!.destroy();
  const { code, stdout } = await running.finished;
  expect([code, JSON.parse(stdout).cells.length]).toEqual([0, 2]);
});

test.skipIf(!existsSync('/dev/full'))('stdout on a full disk is one line (skipped where there is no /dev/full)', () => {
  for (const [who, ...args] of [
    ['ncnet run', 'run'],
    ['ncnet', '--help'],
    ['ncnet data export', 'data', 'export', 'spam'],
  ]) {
    const script = '"$0" "$@" > /dev/full';
    const run = spawnSync('bash', ['-c', script, process.execPath, launcher, ...args], { cwd: workspace });
    const line = `${who}: expected to write to stdout, got ENOSPC; free the disk, or send it elsewhere\n`;
    expect([run.status, String(run.stderr)]).toEqual([1, line]);
  }
});

// An older Node of the system, if there is one, must start the repository's own without a word.
const system = ['/usr/bin/node', '/usr/local/bin/node'].find((file) => {
  const { stdout } = spawnSync(file, ['-p', 'process.versions.node']);
  return stdout !== null && Number(String(stdout).split('.')[0]) < 22;
});
test.skipIf(system === undefined)(
  'an older Node starts the one of the repository (skipped where there is none)',
  async () => {
    const { code, stdout, stderr } = await start(['train', '--hidden', '0'], workspace, { command: system }).finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^ncnet train: --hidden: expected a whole number/);
    const version = await start(['--version'], workspace, { command: system }).finished;
    expect(version).toMatchObject({ code: 0, stderr: '' });

    // Killed, it leaves nothing running that would go on writing.
    const store = join(workspace, 'killed');
    const running = start(['run', 'tiny', '--replicas', '1000000', '--store', store], workspace, { command: system });
    await until(() => blockStamps(store).size > 0, running);
    running.child.kill('SIGKILL');
    await running.finished; // its pipes are closed: what it started is gone too
    expect(blockStamps(store).size).toBeLessThan(2 * Math.ceil(1e6 / 256));
  },
);
