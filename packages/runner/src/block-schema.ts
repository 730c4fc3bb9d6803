// The border check of a block file that somebody hands over: its header and every line against the schemas.
import { AnyCell, describeIssues, schemasOf } from 'ncnet';
import { BLOCK_REPLICAS, type Trained } from 'ncnet/training';
import { z } from 'zod';
import { BLOCK_SCHEMA, type BlockIdentity, damagedBlock } from './block-file.ts';
import { REPLICA_LIMIT } from './blocks.ts';

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
