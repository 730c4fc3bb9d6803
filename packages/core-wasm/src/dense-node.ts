// The dense kernel's bytes in Node, with their hash.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KernelFile } from './node.ts';

/** Reads dist/dense.wasm of this package. */
export function readDense(): KernelFile {
  const file = new URL('../dist/dense.wasm', import.meta.url);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch {
    throw new Error(
      `core-wasm: expected the built dense kernel at ${file.pathname}, found none: run \`npm run build\``,
    );
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
