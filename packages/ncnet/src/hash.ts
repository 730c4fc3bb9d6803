// SHA-256 in plain JavaScript, for the page and for whoever has no faster one.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** sha-256 of a text (UTF-8) or bytes, hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data));
}

/** sha-256 of records' lines, streamed in replica order. */
export function createRecordHash(): { update(lines: string): void; digest(): string } {
  const state = sha256.create();
  return {
    update: (lines) => void state.update(utf8ToBytes(lines)),
    digest: () => bytesToHex(state.digest()),
  };
}
