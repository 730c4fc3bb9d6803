// Which kernel a bench measured, and whether it is the one that is built now.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sha256 } from '../reports.ts';

/** Field of a bench's result -> the built file whose sha-256 it holds. */
const FILES = { kernel: 'kernel.wasm', dense: 'dense.wasm' } as const;

/** The sha-256 of the kernel that a bench measured, and of the build that stands in its place now. */
export function measuredKernel(result: { kernel?: string; dense?: string }): {
  name: string;
  measured: string;
  built: string;
} {
  const field = result.dense === undefined ? 'kernel' : 'dense';
  const file = resolve('../../packages/core-wasm/dist', FILES[field]);
  return {
    name: field === 'dense' ? 'Dense kernel' : 'Kernel',
    measured: String(result[field]),
    built: sha256(readFileSync(file)),
  };
}
