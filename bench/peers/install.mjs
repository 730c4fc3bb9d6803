// Builds and installs what the peers need outside the repository; a tool that cannot be had is named with the reason.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const cache = env.NCNET_BENCH_CACHE ?? join(homedir(), '.cache', 'ncnet-bench');

const STRICT = '-ffp-contract=off';
const BUILDS = {
  x64: {
    'native-512': ['-DLANES=16', '-march=native', '-mavx512f', '-mprefer-vector-width=512', '-ffp-contract=fast'],
    'native-256': ['-DLANES=8', '-mavx2', '-mfma', '-ffp-contract=fast'],
    'native-128': ['-DLANES=4', '-mavx', STRICT],
  },
  arm64: { 'native-128': ['-DLANES=4', STRICT] },
};
/** What /proc/cpuinfo must name, where there is one. */
const NEEDS = { 'native-512': 'avx512f', 'native-256': 'fma' };

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    const text = `${error.stderr || error.message}`.trim().split('\n').at(-1);
    return { reason: text.slice(0, 200) };
  }
}

async function buildNative(name) {
  const flags = BUILDS[process.arch]?.[name];
  if (!flags) return { reason: `not built for ${process.arch}` };
  const info = '/proc/cpuinfo';
  if (NEEDS[name] && existsSync(info) && !readFileSync(info, 'utf8').includes(NEEDS[name])) {
    return { reason: `this processor has no ${NEEDS[name]}` };
  }
  const program = join(cache, name);
  const began = performance.now();
  await execute('g++', ['-O3', '-std=c++17', '-w', '-pthread', ...flags, join(here, 'native.cpp'), '-o', program]);
  const compileSeconds = (performance.now() - began) / 1e3;
  const { stdout } = await execute('g++', ['-dumpfullversion']);
  return { command: [program], versions: { 'g++': stdout.trim() }, compileSeconds };
}

/** A virtual environment with the packages of a requirements file. */
async function installPython(file, gigabytes) {
  const folder = join(cache, 'python');
  const program = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const wanted = readFileSync(join(here, file), 'utf8');
  const stamp = join(folder, file);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const { bavail, bsize } = statfsSync(cache);
    const free = (bavail * bsize) / 1e9;
    if (free < gigabytes + 15)
      return { reason: `${gigabytes} GB needed and 15 GB to spare, ${free.toFixed(0)} GB free` };
    if (!existsSync(program)) await execute('python3', ['-m', 'venv', folder]);
    await execute(program, ['-m', 'pip', 'install', '--quiet', '--requirement', join(here, file)]);
    writeFileSync(stamp, wanted);
  }
  const { stdout } = await execute(program, ['--version']);
  const versions = Object.fromEntries(
    wanted
      .trim()
      .split('\n')
      .map((line) => line.split('==')),
  );
  return { command: [program], versions: { python: stdout.trim().split(' ')[1], ...versions } };
}

const folderOf = (name) => {
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** The tools by name, each { command, versions, compileSeconds? } or { reason }; where peers keep compiled code. */
export async function installTools(names) {
  mkdirSync(cache, { recursive: true });
  const tools = { node: { command: [process.execPath], versions: {} } };
  for (const name of names) {
    if (name.startsWith('native-')) tools[name] = await attempt(() => buildNative(name));
    if (name === 'python' || name === 'torch')
      tools.python ??= await attempt(() => installPython('requirements.txt', 2));
    if (name === 'bert') {
      const { torch } = (await installTools(new Set(['torch']))).tools;
      tools.bert = torch.reason ? torch : await attempt(() => installPython('requirements-bert.txt', 1));
      tools.bert.versions = { ...torch.versions, ...tools.bert.versions };
    }
    if (name === 'torch') {
      const { reason } = tools.python;
      tools.torch = reason ? { reason } : await attempt(() => installPython('requirements-torch.txt', 7));
    }
  }
  return { tools, folderOf };
}
