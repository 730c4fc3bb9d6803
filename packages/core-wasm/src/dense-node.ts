// The dense kernel's bytes in Node, with their hash.

import { type KernelFile, readBuilt } from './built.ts';

/** Reads dist/dense.wasm of this package. */
export function readDense(): KernelFile {
  return readBuilt('dense.wasm', 'dense kernel');
}
