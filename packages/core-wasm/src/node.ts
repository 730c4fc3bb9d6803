// The kernel's bytes in Node, with their hash: what a record's provenance names.

import { type KernelFile, readBuilt } from './built.ts';

export type { KernelFile };

/** Reads dist/kernel.wasm of this package. */
export function readKernel(): KernelFile {
  return readBuilt('kernel.wasm', 'kernel');
}

/** Reads dist/kernel-fast.wasm: relaxed SIMD, so its bits depend on whether the machine fuses multiply and add. */
export function readFastKernel(): KernelFile {
  return readBuilt('kernel-fast.wasm', 'kernel');
}
