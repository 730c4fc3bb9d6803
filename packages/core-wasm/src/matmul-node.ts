// The bytes of matmul.wasm in Node, with their hash.

import { type KernelFile, readBuilt } from './built.ts';

/** Reads dist/matmul.wasm of this package. */
export function readMatmul(): KernelFile {
  return readBuilt('matmul.wasm', 'product kernel');
}
