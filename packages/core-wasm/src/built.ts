// A built file of this package with its hash. Node only.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface KernelFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Lower-case hex of the file's SHA-256. */
  sha256: string;
}

/** @param what names the file in the error */
export function readBuilt(name: string, what: string): KernelFile {
  const file = new URL(`../dist/${name}`, import.meta.url);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch {
    throw new Error(`core-wasm: expected the built ${what} at ${file.pathname}, found none: run \`npm run build\``);
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
