// The backends `tensorflow` (CPU) and `tensorflow-gpu` (CUDA): TensorFlow's C library through tfjs-node-gpu, put there by `npm run setup:tensorflow`.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { BackendUnavailable } from './backend-unavailable.ts';

const SETUP = 'npm run setup:tensorflow';
const PACKAGE: string = '@tensorflow/tfjs-node-gpu'; // optional, so a variable: the compiler need not find it
const PARTS = ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow_cc.so.2'];

interface NodeBackend {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
}

let opened: boolean | undefined; // whether this process opened TensorFlow for the GPU; it looks for devices once

export const tensorflowIsSetUp = (): boolean => {
  const folder = packageFolder();
  return folder !== undefined && PARTS.every((part) => existsSync(join(folder, part)));
};

/** A CUDA build is set up and the machine has an NVIDIA driver. */
export const prefersGpu = (): boolean => hasCudaBuild() && (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg'));

/** @param gpu true: fail unless a GPU computes; false: compute on the CPU, hide every GPU */
export async function startTensorflow(gpu: boolean): Promise<{ device: string; versions: Record<string, string> }> {
  const name = gpu ? 'tensorflow-gpu' : 'tensorflow';
  const enable = `run \`${SETUP}${gpu ? ' -- --gpu' : ''}\``;
  if (packageFolder() === undefined) {
    throw new BackendUnavailable(`${name} to be set up`, `no ${PACKAGE}`, 'run `npm ci` without --omit=optional');
  }
  if (!tensorflowIsSetUp()) throw new BackendUnavailable(`${name} to be set up`, 'no TensorFlow library', enable);
  if (gpu && !hasCudaBuild()) throw new BackendUnavailable(`${name} to be set up`, 'a TensorFlow for CPUs', enable);
  if (opened !== undefined && opened !== gpu) {
    const other = opened ? 'a GPU' : 'the CPU';
    throw new BackendUnavailable(`one device a process`, `TensorFlow on ${other} already`, 'use a new process');
  }
  quieten(gpu);
  mendUtil();
  if (!gpu) process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    await import(PACKAGE);
    opened = gpu;
  } catch (error) {
    const [line] = String((error as Error).message ?? error).split('\n');
    throw new BackendUnavailable(`${name} to load`, `"${line}"`, `${enable} again`);
  }
  if (!(await tf.setBackend('tensorflow'))) {
    throw new BackendUnavailable(`${name} to start`, 'a refusal of tfjs', `${enable} again`);
  }
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  if (isUsingGpuDevice !== gpu) {
    const remedy = 'see that `nvidia-smi` lists a GPU and that its driver runs CUDA 12, or use --backend tensorflow';
    throw new BackendUnavailable(`${name} on a GPU`, 'TensorFlow on the CPU', remedy);
  }
  const versions = { tensorflow: binding.TF_Version, [PACKAGE]: packageVersion() };
  return { device: gpu ? gpuName() : `CPU, ${threadWords()}`, versions };
}

/** TensorFlow reads these when it loads; a user's own values stay. */
function quieten(gpu: boolean): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= gpu ? '2' : '3'; // a CUDA build calls a hidden GPU an error
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0'; // its other order of sums differs between machines
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
}

/** tfjs-node calls functions of node:util that Node 22 deprecates with a warning and Node 23 lacks. */
function mendUtil(): void {
  const util = createRequire(import.meta.url)('node:util');
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  util.isArray = Array.isArray;
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    return undefined;
  }
}

const packageVersion = (): string => JSON.parse(readFileSync(join(packageFolder()!, 'package.json'), 'utf8')).version;

/** CUDA builds come with a folder nvidia/ beside, linked under deps/, or name CUDA in their folder. */
function hasCudaBuild(): boolean {
  const folder = packageFolder();
  if (folder === undefined || !tensorflowIsSetUp()) return false;
  return existsSync(join(folder, 'deps/nvidia')) || /cuda/.test(realpathSync(join(folder, PARTS[1])));
}

function threadWords(): string {
  const { TF_NUM_INTRAOP_THREADS: given } = process.env;
  const threads = given !== undefined && Number(given) > 0 ? Number(given) : availableParallelism();
  return `${threads} thread${threads === 1 ? '' : 's'}`;
}

/** The name that NVIDIA's driver gives; the addon computes on the last GPU that is visible. */
function gpuName(): string {
  const folder = '/proc/driver/nvidia/gpus';
  const names = (existsSync(folder) ? readdirSync(folder) : []).map(
    (at) => /^Model:\s*(.+)$/m.exec(readFileSync(join(folder, at, 'information'), 'utf8'))?.[1] ?? 'NVIDIA GPU',
  );
  const distinct = [...new Set(names)];
  return `GPU, ${distinct.length === 0 ? 'NVIDIA' : distinct.join(' or ')}, CUDA`;
}
