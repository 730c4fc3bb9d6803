// The border check of a block file that somebody hands over: its header and every line against the schemas.
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { AnyCell, canonicalJson, describeIssues, schemasOf } from 'ncnet';
import { sha256 } from 'ncnet/node';
import { BLOCK_REPLICAS, type Trained } from 'ncnet/training';
import { z } from 'zod';
import { BLOCK_SCHEMA, type BlockIdentity, damagedBlock } from './block-file.ts';
import { REPLICA_LIMIT } from './blocks.ts';
import { fileError, InputError } from './errors.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const BlockHeader = z.strictObject({
  schema: z.literal(BLOCK_SCHEMA),
  key: hash,
  cell: AnyCell,
  first: z.int().min(0).max(REPLICA_LIMIT),
  count: z.int().min(1).max(BLOCK_REPLICAS),
  kernel: z.union([hash, z.literal('')]),
  sources: hash,
});
export type BlockHeader = z.infer<typeof BlockHeader>;

/** A header that this version reads, `other` for one of another version, null for what is no header. */
export type HeaderKind = BlockHeader | 'other' | null;

/** @param bytes of the file, as many as hold its first line @param file its name is the key in it */
export function readHeader(bytes: Uint8Array, file: string): HeaderKind {
  const end = bytes.indexOf(10);
  if (end < 0) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  } catch {
    return null;
  }
  const parsed = BlockHeader.safeParse(value);
  if (parsed.success) return parsed.data;
  return isOtherVersion(value, file) ? 'other' : null;
}

/** Whole under another schema, or under this one with fields that are not known here: its key is the file's name. */
function isOtherVersion(value: unknown, file: string): boolean {
  const { key, ...rest } = (value ?? {}) as Record<string, unknown>;
  const { schema } = rest;
  if (typeof schema !== 'string' || !schema.startsWith('ncnet-block/') || basename(file) !== `${key}.ndjson`)
    return false;
  return schema !== BLOCK_SCHEMA || sha256(canonicalJson(rest)) === key;
}

const CHUNK = 65_536; // bytes; a header lists the points of its cell, so it may be of any length

/** The header of a block file, read no further than it goes. @throws RunnerError if the file cannot be read */
export function readHeaderOf(file: string): HeaderKind {
  try {
    const handle = openSync(file, 'r');
    try {
      const parts: Uint8Array[] = [];
      for (;;) {
        const part = new Uint8Array(CHUNK);
        const length = readSync(handle, part);
        parts.push(part.subarray(0, length));
        const isOther = parts[0][0] !== 0x7b; // no {: bytes of something else, however many
        if (length === 0 || isOther || part.includes(10)) return readHeader(Buffer.concat(parts), file);
      }
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw fileError('store', file, error);
  }
}

/** What a block file says that it holds. @throws RunnerError naming the file, InputError for one of another version */
export function readIdentity(bytes: Uint8Array, file: string): BlockIdentity {
  const header = readHeader(bytes, file);
  if (header === null) throw damagedBlock(file, 'a first line that is not a block header');
  if (header === 'other') {
    throw new InputError(
      `verify: expected a block of this version, got one of another: ${file}; keep it, and use the version that wrote it`,
    );
  }
  const { cell, first, count, kernel, sources } = header;
  return { cell, first, count, kernel, sources };
}

/** Checks every line of a block; null, or one line that names the first wrong field. */
export function checkRecords(cell: AnyCell, { records, probes }: Trained, first: number): string | null {
  const schemas = schemasOf(cell);
  for (const [index, record] of records.entries()) {
    const parsed = schemas.record.safeParse(record);
    if (!parsed.success) return `record ${first + index}: ${describeIssues(parsed.error, schemas.record, record)}`;
    if (record.replica !== first + index) return `record ${first + index}: expected its number, got ${record.replica}`;
  }
  for (const [index, probe] of (probes ?? []).entries()) {
    const parsed = schemas.probe.safeParse(probe);
    if (!parsed.success) return `probe ${first + index}: ${describeIssues(parsed.error, schemas.probe, probe)}`;
    if (probe.replica !== first + index) return `probe ${first + index}: expected its number, got ${probe.replica}`;
  }
  return null;
}
