// The addon of @tensorflow/tfjs-node-gpu on a given library: links under its deps/, one g++ call on its unpatched sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LIBRARIES, makeFolder } from './library.mjs';
import { fail, lastLine, say } from './say.mjs';

const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const HEADERS = [
  'napi_auto_ref.h',
  'tf_auto_status.h',
  'tf_auto_tensor.h',
  'tfe_auto_op.h',
  'tfjs_backend.h',
  'utils.h',
];
const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-shared', '-pthread', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'];
const RPATH = '-Wl,-rpath,$ORIGIN/../../deps/lib';

/** Both levels of names: the linker wants libtensorflow.so, the loader libtensorflow_cc.so.2. TensorFlow looks for CUDA in lib/../nvidia. */
export function linkLibrary(packageFolder, library) {
  const deps = join(packageFolder, 'deps');
  mkdirSync(join(deps, 'lib'), { recursive: true });
  link(join(library, 'include'), join(deps, 'include'));
  for (const name of LIBRARIES) link(join(library, name), join(deps, 'lib', name));
  link(LIBRARIES[0], join(deps, 'lib', 'libtensorflow.so'));
  link(LIBRARIES[1], join(deps, 'lib', 'libtensorflow_framework.so'));
  const nvidia = join(library, '..', 'nvidia');
  if (existsSync(nvidia)) link(nvidia, join(deps, 'nvidia'));
  else rmSync(join(deps, 'nvidia'), { recursive: true, force: true });
}

/** A link that is replaced by a rename, so that a kill leaves the old or the new one. */
function link(target, at) {
  const now = lstatSync(at, { throwIfNoEntry: false });
  if (now?.isSymbolicLink() && readlinkSync(at) === target) return;
  if (now?.isDirectory()) rmSync(at, { recursive: true }); // from an install script of the package
  const fresh = `${at}.new-${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(target, fresh);
  renameSync(fresh, at);
}

/** Where the addon of these sources is kept, outside of the package: it outlives `npm ci`. */
export function keptAddon(packageFolder, cache) {
  const hash = createHash('sha256').update([...FLAGS, RPATH].join(' '));
  for (const name of [...SOURCES, ...HEADERS]) hash.update(readFileSync(join(packageFolder, 'binding', name)));
  return join(cache, `tfjs_binding-${hash.digest('hex').slice(0, 16)}.node`);
}

/** Compiles unless the addon is kept, and puts it where the package looks for it. */
export function buildAddon(packageFolder, napiHeaders, kept) {
  if (!existsSync(kept)) compile(packageFolder, napiHeaders, kept);
  const addon = join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
  if (existsSync(addon) && readFileSync(addon).equals(readFileSync(kept))) return;
  mkdirSync(dirname(addon), { recursive: true });
  const fresh = `${addon}.new-${process.pid}`;
  copyFileSync(kept, fresh);
  renameSync(fresh, addon);
}

function compile(packageFolder, napiHeaders, out) {
  const compiler = findCompiler();
  makeFolder(dirname(out));
  const deps = join(packageFolder, 'deps');
  const fresh = `${out}.new-${process.pid}`;
  const result = spawnSync(
    compiler,
    [
      ...FLAGS,
      `-I${napiHeaders}`,
      `-I${join(deps, 'include')}`,
      ...SOURCES.map((name) => join(packageFolder, 'binding', name)),
      ...['-o', fresh, `-L${join(deps, 'lib')}`, RPATH, '-ltensorflow', '-ltensorflow_framework'],
    ],
    { encoding: 'utf8' },
  );
  if (result.status !== 0) {
    rmSync(fresh, { force: true });
    fail(
      `expected ${compiler} to compile the addon, got "${lastLine(result.stderr)}"; a g++ of version 9 or newer does`,
    );
  }
  renameSync(fresh, out);
  say(`compiled the addon of tfjs-node-gpu with ${compiler}`);
}

export function findCompiler() {
  const { CXX: compiler = 'g++' } = process.env;
  if (spawnSync(compiler, ['--version']).status === 0) return compiler;
  return fail(
    `expected a C++ compiler, got no ${compiler}; install one (Debian: apt-get install g++) or name it in CXX`,
  );
}
