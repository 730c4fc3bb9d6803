// The kernel's bytes in Node, with their hash: what a record's provenance names.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface KernelFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Lower-case hex of the file's SHA-256. */
  sha256: string;
}

/** Reads dist/kernel.wasm of this package. */
export function readKernel(): KernelFile {
  return readBuilt('kernel.wasm');
}

/** Reads dist/kernel-fast.wasm: relaxed SIMD, so its bits depend on whether the machine fuses multiply and add. */
export function readFastKernel(): KernelFile {
  return readBuilt('kernel-fast.wasm');
}

function readBuilt(name: string): KernelFile {
  const file = new URL(`../dist/${name}`, import.meta.url);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch {
    throw new Error(`core-wasm: expected the built kernel at ${file.pathname}, found none: run \`npm run build\``);
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
