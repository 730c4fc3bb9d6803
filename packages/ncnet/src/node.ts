// What needs files: the kernel's bytes and the training sources whose hash is part of every store key. Node only.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readDense } from 'core-wasm/dense-node';
import { type KernelFile, readFastKernel, readKernel } from 'core-wasm/node';
import type { AnyCell } from './any-cell.ts';
import type { Backend } from './backend.ts';
import type { Cell } from './cell.ts';
import type { DenseCell } from './dense/cell.ts';
import type { OpenData } from './dense/data.ts';
import type { Trainer } from './kinds.ts';
import type { LoraCell } from './lora/cell.ts';
import { LORA_BACKENDS, type LoraBackend } from './lora/names.ts';

export { makeFolders } from './folders.ts';
export { removeUnfinished, unfinishedName } from './unfinished.ts';

/** SHA-256 of a text (UTF-8) or bytes, hexadecimal, by Node's own code. */
export const sha256 = (data: Uint8Array | string): string => hash('sha256', data);

const COMMON_SOURCES = ['train.ts', 'outcomes.ts', 'record.ts', 'boolean-task.ts'];
const WASM_SOURCES = [...COMMON_SOURCES, 'wasm-backend.ts'];

/** The reading of texts is covered by the hashes of the rows, which a cell carries, and so are the versions of tfjs. */
const LORA_SOURCES = [
  ...[
    'adamw',
    'adapter',
    'embed',
    'encoder',
    'exact',
    'frozen-layers',
    'heads',
    'lora',
    'lora-train',
    'ops',
    'packing',
  ],
  ...['schedule', 'train-context', 'train-draws', 'train-pair'],
  ...['../elementary', '../lora/record', '../philox', '../record'],
].map((name) => `bert/${name}.ts`);

/** Files that decide what a cell of this kind leaves behind; a change in any of them moves every key. */
export const TRAINING_SOURCES: Record<AnyCell['backend'], string[]> = {
  wasm: WASM_SOURCES,
  'wasm-fast': WASM_SOURCES,
  reference: [...COMMON_SOURCES, 'reference-backend.ts', 'philox.ts', 'elementary.ts'],
  'dense-wasm': [
    ...['train', 'batches', 'data', 'mnist', 'size', 'tangents'].map((name) => `dense/${name}.ts`),
    'record.ts',
  ],
  ...(Object.fromEntries(LORA_BACKENDS.map((name) => [name, LORA_SOURCES])) as Record<LoraBackend, string[]>),
  'lora-wasm': [...LORA_SOURCES, 'bert/backend-wasm.ts'], // puts kernels before those of tfjs
};

export interface CodeIdentity {
  kernel: string; // sha-256 of kernel.wasm or dense.wasm; empty for the reference backend, which does not use it
  sources: string; // sha-256 of the training sources
}

/** The file that the build leaves beside the built code: a hash of the training sources per backend. */
export const SOURCE_HASHES = new URL('../dist/training-sources.json', import.meta.url);

/** SHA-256 of the training sources as they are now; the build alone calls it. */
export function hashSources(backend: AnyCell['backend']): string {
  const source = (name: string): string => readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8');
  return sha256(TRAINING_SOURCES[backend].map((name) => `${name}\n${source(name)}`).join('\n'));
}

/** Identity of the code that trains a cell, for the store's keys and for provenance. */
export function codeIdentity(backend: AnyCell['backend']): CodeIdentity {
  const sources = JSON.parse(readFileSync(SOURCE_HASHES, 'utf8'))[backend];
  return { kernel: KERNELS[backend]?.().sha256 ?? '', sources };
}

const KERNELS: Record<AnyCell['backend'], (() => KernelFile) | null> = {
  wasm: readKernel,
  'wasm-fast': readFastKernel,
  reference: null,
  'dense-wasm': readDense,
  ...(Object.fromEntries(LORA_BACKENDS.map((name) => [name, null])) as Record<LoraBackend, null>), // libraries; versions in the cell
};

/**
 * Cells as they are trained here. Those whose settings name files get the hashes of what the names stand for, and the
 * device, which are part of their keys; the others are complete as they are.
 * @throws one line that names what is missing
 */
export async function resolveCells<C extends AnyCell>(cells: readonly C[]): Promise<C[]> {
  if (cells.every(({ kind }) => kind !== 'lora')) return [...cells];
  const { resolveLora } = await import('./bert/lora-inputs.ts');
  return Promise.all(cells.map(async (cell) => (cell.kind === 'lora' ? ((await resolveLora(cell)) as C) : cell)));
}

/** What a cell is trained on, read once here and not in every worker; nothing for cells that carry it themselves. */
export async function trainerInputs(cell: AnyCell): Promise<unknown> {
  if (cell.kind !== 'lora') return undefined;
  const { openLoraInputs } = await import('./bert/lora-inputs.ts');
  return (await openLoraInputs(cell)).paired;
}

/** Bytes that a process takes, by estimate, that trains the cell; null: too few to count. */
export async function trainingMemory(cell: AnyCell): Promise<number | null> {
  if (cell.kind !== 'lora') return null;
  return (await import('./bert/lora-memory.ts')).loraMemory(cell);
}

/** What differs between where a cell was trained and here that may change its last digits: one line each. */
export async function cellDifferences(cell: AnyCell): Promise<string[]> {
  if (cell.kind !== 'lora') return [];
  return (await import('./bert/lora-inputs.ts')).loraDifferences(cell);
}

/** Opens a backend in Node; heavy ones load lazily. */
export async function openBackend(name: Cell['backend']): Promise<Backend> {
  if (name === 'reference') return (await import('./reference-backend.ts')).referenceBackend;
  const { openWasmBackend } = await import('./wasm-backend.ts');
  return { ...(await openWasmBackend(KERNELS[name]!().bytes)), name };
}

const isLora = (name: AnyCell['backend']): name is LoraBackend => name.startsWith('lora-');

/** Opens what trains the cells of a backend, of any kind; each kind's code loads when it is first asked for. */
export async function openTrainer(name: AnyCell['backend']): Promise<Trainer> {
  let milliseconds = 0;
  const timed = async <T>(work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const value = await work();
    milliseconds += performance.now() - started;
    return value;
  };
  const kernelTime = (): number => milliseconds;
  if (name === 'dense-wasm') {
    const { trainDense } = await import('./dense/train.ts');
    const { openLightData } = await import('./dense/data.ts');
    const { openMnist } = await import('./dense/mnist.ts');
    const module = await WebAssembly.compile(readDense().bytes);
    const open: OpenData = (source) => (source.source === 'mnist' ? openMnist(source) : openLightData(source));
    return {
      kernelTime,
      train: (cell, range) => timed(() => trainDense(cell as DenseCell, range, module, sha256, open)),
    };
  }
  if (isLora(name)) {
    const { openLoraProcess } = await import('./bert/lora-process.ts');
    const train = openLoraProcess(name);
    return { kernelTime, train: (cell, range, options) => timed(() => train(cell as LoraCell, range, options)) };
  }
  const { trainReplicas } = await import('./train.ts');
  const backend = await openBackend(name);
  const train: Backend['train'] = (cell, request) => {
    const started = performance.now();
    const block = backend.train(cell, request);
    milliseconds += performance.now() - started;
    return block;
  };
  return {
    kernelTime,
    train: async (cell, range) => trainReplicas(cell as Cell, range, { ...backend, train }, sha256),
  };
}
