// What needs files: the kernel's bytes and the training sources whose hash is part of every store key. Node only.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type KernelFile, readFastKernel, readKernel } from 'core-wasm/node';
import type { Backend } from './backend.ts';
import type { Cell } from './cell.ts';

/** SHA-256 of a text (UTF-8) or bytes, hexadecimal, by Node's own code. */
export const sha256 = (data: Uint8Array | string): string => hash('sha256', data);

const COMMON_SOURCES = ['train.ts', 'outcomes.ts', 'record.ts', 'boolean-task.ts'];
const WASM_SOURCES = [...COMMON_SOURCES, 'wasm-backend.ts'];

/** Files that decide what a cell of this kind leaves behind; a change in any of them moves every key. */
export const TRAINING_SOURCES: Record<Cell['backend'], string[]> = {
  wasm: WASM_SOURCES,
  'wasm-fast': WASM_SOURCES,
  reference: [...COMMON_SOURCES, 'reference-backend.ts', 'philox.ts', 'elementary.ts'],
};

export interface CodeIdentity {
  kernel: string; // sha-256 of kernel.wasm; empty for the reference backend, which does not use it
  sources: string; // sha-256 of the training sources
}

/** The file that the build leaves beside the built code: a hash of the training sources per backend. */
export const SOURCE_HASHES = new URL('../dist/training-sources.json', import.meta.url);

/** SHA-256 of the training sources as they are now; the build alone calls it. */
export function hashSources(backend: Cell['backend']): string {
  const source = (name: string): string => readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8');
  return sha256(TRAINING_SOURCES[backend].map((name) => `${name}\n${source(name)}`).join('\n'));
}

/** Identity of the code that trains a cell, for the store's keys and for provenance. */
export function codeIdentity(backend: Cell['backend']): CodeIdentity {
  const sources = JSON.parse(readFileSync(SOURCE_HASHES, 'utf8'))[backend];
  return { kernel: KERNELS[backend]?.().sha256 ?? '', sources };
}

const KERNELS: Record<Cell['backend'], (() => KernelFile) | null> = {
  wasm: readKernel,
  'wasm-fast': readFastKernel,
  reference: null,
};

/** Opens a backend in Node; heavy ones load lazily. */
export async function openBackend(name: Cell['backend']): Promise<Backend> {
  if (name === 'reference') return (await import('./reference-backend.ts')).referenceBackend;
  const { openWasmBackend } = await import('./wasm-backend.ts');
  return { ...(await openWasmBackend(KERNELS[name]!().bytes)), name };
}
