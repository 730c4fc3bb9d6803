// npm run setup:tensorflow [-- --gpu] [-- --lib DIR]: TensorFlow's C library from a pinned wheel under tfjs-node-gpu, its addon compiled, then verified.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddon, findCompiler, keptAddon, linkLibrary } from './tensorflow/addon.mjs';
import { fetchLibrary, LIBRARIES, missingIn, removeAbandoned } from './tensorflow/library.mjs';
import { fail, lastLine, say } from './tensorflow/say.mjs';

const USAGE = `npm run setup:tensorflow [-- FLAGS]
  enables --backend tensorflow: a download of 274 MB, 0.8 GB of disk, about a minute once
  --gpu        the CUDA 12 build for an NVIDIA GPU, --backend tensorflow-gpu: 3.4 GB to download, 5.3 GB of disk
  --no-device  with --gpu: prepare a machine without a GPU (an image), so none is expected to answer
  --lib DIR    use this folder with ${LIBRARIES[0]} and include/, for instance site-packages/tensorflow
Needs Linux x64 (glibc), g++, and Python 3 with pip for the download. CXX, PYTHON and NCNET_CACHE name others.`;

const root = resolve(import.meta.dirname, '..');
const flags = readFlags();
const started = performance.now();
checkPlatform();
const packageFolder = folderOf('@tensorflow/tfjs-node-gpu');
const napiHeaders = join(folderOf('node-api-headers'), 'include');
const { NCNET_CACHE: given = join(homedir(), '.cache', 'ncnet') } = process.env;
const cache = resolve(given);
if (flags.gpu && flags.device && !existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) {
  fail(
    '--gpu: expected an NVIDIA driver, got none (no /dev/nvidiactl); leave --gpu out, or add --no-device for an image',
  );
}
removeAbandoned(cache);
const kept = keptAddon(packageFolder, cache);
if (!existsSync(kept)) findCompiler(); // before the download
const library = flags.lib === undefined ? await fetchLibrary(cache, flags.gpu) : givenLibrary(flags.lib);
for (const folder of ['deps', 'deps/lib', 'lib/napi-v8']) removeAbandoned(join(packageFolder, folder));
linkLibrary(packageFolder, library);
buildAddon(packageFolder, napiHeaders, kept);
verify();

function readFlags() {
  const options = {
    gpu: { type: 'boolean', default: false },
    device: { type: 'boolean', default: true },
    lib: { type: 'string' },
    help: { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ options, allowNegative: true });
    if (!values.help) return values;
  } catch (error) {
    fail(`${error.message.split('. ')[0]}; flags: --gpu, --no-device, --lib DIR, --help`, 2);
  }
  console.log(USAGE);
  return process.exit(0);
}

function checkPlatform() {
  const remedy = 'use --backend wasm, which needs no set-up';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    fail(`expected Linux on x64, got ${process.platform} on ${process.arch}; ${remedy}`);
  }
  if (process.report.getReport().header.glibcVersionRuntime === undefined) {
    fail(`expected a Linux with glibc, got another C library (musl); ${remedy}`);
  }
}

function folderOf(name) {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return fail(`expected the package ${name}, got none; run \`npm ci\` without --omit=optional`);
  }
}

function givenLibrary(folder) {
  const library = resolve(folder);
  const missing = missingIn(library);
  if (missing === undefined) return library;
  const remedy = 'give the folder `tensorflow` in site-packages of TensorFlow 2.16 to 2.21';
  return fail(
    `--lib: expected a folder with ${missing}, got ${existsSync(library) ? 'none' : 'no folder'} at ${library}; ${remedy}`,
    2,
  );
}

/** Loads and computes in a fresh process: this one has loaded nothing. */
function verify() {
  const program = `
    const tf = require('@tensorflow/tfjs-node-gpu');
    const values = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync().join();
    const { binding, isUsingGpuDevice } = tf.backend();
    console.log(JSON.stringify({ backend: tf.getBackend(), values, version: binding.TF_Version, gpu: isUsingGpuDevice }));`;
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '3', TF_ENABLE_ONEDNN_OPTS: '0', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
  const env = { ...process.env, ...quiet, ...(flags.gpu ? {} : { CUDA_VISIBLE_DEVICES: '-1' }) };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  const answer = stdout.split('\n').findLast((line) => line.startsWith('{'));
  if (status !== 0 || answer === undefined) {
    fail(
      `expected TensorFlow to load from ${library}, got "${signal ?? lastLine(stderr)}"; remove ${cache} and run this again`,
    );
  }
  const { backend, values, version, gpu } = JSON.parse(answer);
  if (backend !== 'tensorflow' || values !== '19,22,43,50') {
    fail(`expected the product 19,22,43,50 from tensorflow, got ${values} from ${backend}; report it`);
  }
  if (flags.gpu && flags.device && !gpu) {
    fail(
      '--gpu: expected TensorFlow to use a GPU, got its CPU; see that `nvidia-smi` lists one and that its driver runs CUDA 12',
    );
  }
  const seconds = ((performance.now() - started) / 1e3).toFixed(1);
  say(`TensorFlow ${version} computes on the ${gpu ? 'GPU' : 'CPU'} (${library}); ready in ${seconds} s`);
}
