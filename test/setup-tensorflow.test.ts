// npm run setup:tensorflow in a copy of its own with feigned tools: every refusal is one line, and a kill -9 leaves nothing half done.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const PACKAGE = 'node_modules/@tensorflow/tfjs-node-gpu';
const reason =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'TensorFlow is set up on Linux x64 only'
    : [PACKAGE, 'node_modules/node-api-headers'].every((path) => existsSync(join(repository, path)))
      ? null
      : 'tfjs-node-gpu and node-api-headers are optional and not installed';
if (reason !== null) console.warn(`test/setup-tensorflow.test.ts skipped: ${reason}`);

let root: string;
let running: ChildProcess[] = [];
const at = (...parts: string[]): string => join(root, ...parts);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-tensorflow-'));
  cpSync(join(repository, 'scripts'), at('scripts'), { recursive: true });
  writeFileSync(at('package.json'), '{}');
  for (const part of ['package.json', 'binding']) {
    cpSync(join(repository, PACKAGE, part), at(PACKAGE, part), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules/node-api-headers'), at('node_modules/node-api-headers'));
  mkdirSync(at('tools'));
});

afterEach(() => {
  for (const { pid } of running) {
    try {
      process.kill(-pid!, 'SIGKILL'); // the tools that a killed set-up leaves
    } catch {
      // ended
    }
  }
  running = [];
  rmSync(root, { recursive: true, force: true });
});

/** A tool of the set-up as a shell script; a PATH with it alone lacks all others. */
function tool(name: string, script: string): void {
  writeFileSync(at('tools', name), `#!/bin/sh\n${script}\n`);
  chmodSync(at('tools', name), 0o755);
}

function library(): string {
  const folder = at('library');
  for (const file of [
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
    'include/tensorflow/c/c_api.h',
    'include/tensorflow/c/eager/c_api.h',
  ]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

function setup(flags: string[], environment: Record<string, string> = {}) {
  const env = { PATH: at('tools'), HOME: root, NCNET_CACHE: at('cache'), ...environment };
  const child = spawn(process.execPath, [at('scripts/setup-tensorflow.mjs'), ...flags], {
    cwd: root,
    env,
    detached: true,
  });
  running.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const finished = new Promise<{ code: number | null; stderr: string }>((done) => {
    child.on('close', (code) => done({ code, stderr }));
  });
  return { child, finished };
}

async function refusal(flags: string[], environment?: Record<string, string>): Promise<string> {
  const { code, stderr } = await setup(flags, environment).finished;
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^setup:tensorflow: .*expected .*, got .*; /);
  return `${code} ${stderr.replace('setup:tensorflow: ', '').trimEnd()}`;
}

const GOOD_PIP = '[ "$3" = --version ]';
const COMPILER = 'if [ "$1" = --version ]; then exit 0; fi\nwhile [ "$1" != -o ]; do shift; done\n';

describe.skipIf(reason !== null)('setup:tensorflow', () => {
  test('another platform', async () => {
    const platform = `Object.defineProperty(process, 'platform', { value: 'darwin' })`;
    const line = await refusal([], { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(platform)}` });
    expect(line).toBe('1 expected Linux on x64, got darwin on x64; use --backend wasm, which needs no set-up');
  });

  test('no Python, Python without pip, no g++', async () => {
    tool('g++', COMPILER);
    expect(await refusal([])).toMatch(/^1 expected Python 3 with pip for the download, got no python3; install them/);
    tool('python3', 'exit 1');
    expect(await refusal([])).toMatch(/^1 expected Python 3 with pip .*, got python3 without pip; install them/);
    rmSync(at('tools/g++'));
    tool('python3', 'exit 0'); // not reached: the compiler is looked for before the download
    const line = await refusal([]);
    expect(line).toBe(
      '1 expected a C++ compiler, got no g++; install one (Debian: apt-get install g++) or name it in CXX',
    );
    expect(existsSync(at('cache', 'tensorflow-cpu-2.21.0'))).toBe(false);
  });

  test('a wrong --lib, a flag that does not exist, a GPU that is not there', async () => {
    tool('g++', COMPILER);
    expect(await refusal(['--lib', at('nowhere')])).toMatch(
      /^2 --lib: expected a folder with libtensorflow_cc.so.2, got no folder at /,
    );
    rmSync(join(library(), 'include/tensorflow/c/eager'), { recursive: true });
    expect(await refusal(['--lib', at('library')])).toMatch(
      /^2 --lib: expected a folder with include\/tensorflow\/c\/eager\/c_api.h, got none at /,
    );
    const { code, stderr } = await setup(['--gpus']).finished;
    expect([code, stderr]).toEqual([
      2,
      "setup:tensorflow: Unknown option '--gpus'; flags: --gpu, --no-device, --lib DIR, --help\n",
    ]);
    if (!existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) {
      expect(await refusal(['--gpu'])).toMatch(/^1 --gpu: expected an NVIDIA driver, got none .*; leave --gpu out/);
    }
  });

  test('a wheel with another hash is refused and not kept', async () => {
    tool('g++', COMPILER);
    tool('python3', `${GOOD_PIP} && exit 0\nwhile [ "$1" != -d ]; do shift; done\necho other > "$2/wheel.whl"`);
    expect(await refusal([])).toMatch(
      /^1 expected wheel.whl with sha256 2b847d21[0-9a-f]{56}, got [0-9a-f]{64}; nothing of it is used/,
    );
    expect(readdirSync(at('cache'))).toEqual([]);
  });

  test('a cache that cannot be written', async () => {
    tool('g++', COMPILER);
    tool('python3', 'exit 0');
    const line = await refusal([], { NCNET_CACHE: '/proc/nowhere' });
    expect(line).toBe('1 expected to write /proc/nowhere, got ENOENT; name another folder in NCNET_CACHE');
  });

  test('pip that fails is quoted in the line', async () => {
    tool('g++', COMPILER);
    tool('python3', `${GOOD_PIP} && exit 0\necho "ERROR: no space left" >&2; exit 1`);
    expect(await refusal([])).toMatch(
      /^1 expected pip to fetch tensorflow-cpu 2.21.0, got "ERROR: no space left"; check network/,
    );
  });

  test('kill -9 within the download: the next call clears it away', async () => {
    tool('g++', COMPILER);
    tool(
      'python3',
      `${GOOD_PIP} && exit 0\nwhile [ "$1" != -d ]; do shift; done\necho half > "$2/wheel.whl"\necho > "${at('started')}"\nwhile :; do :; done`,
    );
    const { child, finished } = setup([]);
    await expect.poll(() => existsSync(at('started')), { timeout: 30_000 }).toBe(true);
    process.kill(-child.pid!, 'SIGKILL');
    await finished;
    expect(readdirSync(at('cache'))).toEqual([expect.stringMatching(/^partial-\d+-/)]);
    tool('python3', `${GOOD_PIP} && exit 0\nexit 1`);
    await refusal([]);
    expect(readdirSync(at('cache'))).toEqual([]);
  });

  test('kill -9 within the compilation: the next call compiles whole, a third one not at all', async () => {
    tool('g++', `${COMPILER}echo half > "$2"\necho > "${at('started')}"\nwhile :; do :; done`);
    const { child, finished } = setup(['--lib', library()]);
    await expect.poll(() => existsSync(at('started')), { timeout: 30_000 }).toBe(true);
    process.kill(-child.pid!, 'SIGKILL');
    await finished;
    const addon = at(PACKAGE, 'lib/napi-v8/tfjs_binding.node');
    expect(existsSync(addon)).toBe(false);
    tool('g++', `${COMPILER}echo whole > "$2"`);
    const unloadable = /^1 expected TensorFlow to load from .*library, got ".*"; remove /;
    expect(await refusal(['--lib', at('library')])).toMatch(unloadable); // the feigned addon is none
    expect(readFileSync(addon, 'utf8')).toBe('whole\n');
    expect(readdirSync(at('cache'))).toEqual([expect.stringMatching(/^tfjs_binding-[0-9a-f]{16}\.node$/)]);
    const links = {
      'libtensorflow.so': 'libtensorflow_cc.so.2',
      'libtensorflow_cc.so.2': at('library/libtensorflow_cc.so.2'),
    };
    for (const [name, target] of Object.entries(links))
      expect(readlinkSync(at(PACKAGE, 'deps/lib', name))).toBe(target);
    rmSync(at('tools/g++'));
    expect(await refusal(['--lib', at('library')])).toMatch(unloadable);
  });
});
