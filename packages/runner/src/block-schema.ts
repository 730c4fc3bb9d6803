// The border check of a block file that somebody hands over: its header and every line against the schemas.
import { closeSync, openSync, readSync } from 'node:fs';
import { AnyCell, describeIssues, schemasOf } from 'ncnet';
import { BLOCK_REPLICAS, type Trained } from 'ncnet/training';
import { z } from 'zod';
import { BLOCK_SCHEMA, type BlockIdentity, damagedBlock } from './block-file.ts';
import { REPLICA_LIMIT } from './blocks.ts';
import { fileError } from './errors.ts';

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

/** The header of a block from its first bytes; null if there is none. */
export function readHeader(bytes: Uint8Array): BlockHeader | null {
  const end = bytes.indexOf(10);
  if (end < 0) return null;
  try {
    const parsed = BlockHeader.safeParse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

const CHUNK = 65_536; // bytes; a header lists the points of its cell, so it may be of any length

/** The header of a block file, read no further than it goes; null if there is none. @throws RunnerError if the file cannot be read */
export function readHeaderOf(file: string): BlockHeader | null {
  try {
    const handle = openSync(file, 'r');
    try {
      const parts: Uint8Array[] = [];
      for (;;) {
        const part = new Uint8Array(CHUNK);
        const length = readSync(handle, part);
        parts.push(part.subarray(0, length));
        const isOther = parts[0][0] !== 0x7b; // no {: bytes of something else, however many
        if (length === 0 || isOther || part.includes(10)) return readHeader(Buffer.concat(parts));
      }
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw fileError('store', file, error);
  }
}

/** What a block file says that it holds. @throws RunnerError naming the file */
export function readIdentity(bytes: Uint8Array, file: string): BlockIdentity {
  const header = readHeader(bytes);
  if (header === null) throw damagedBlock(file, 'a first line that is not a block header');
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
