// The text of a block file: header, one line per record, one per probe if measured, footer with hashes. Pure; store.ts does the files.
import { sha256 } from 'ncnet/node';
import { type AnyCell, canonicalJson, lineOf, type Trained } from 'ncnet/training';
import { RunnerError } from './errors.ts';

export const BLOCK_SCHEMA = 'ncnet-block/1';

/** What decides a block's bytes; its canonical JSON with the schema is what the key hashes. */
export interface BlockIdentity {
  cell: AnyCell;
  first: number;
  count: number;
  kernel: string; // sha-256 of the kernel's file, empty where the backend does not use it
  sources: string; // sha-256 of the training sources
}

interface BlockFooter {
  recordsSha256: string;
  probesSha256: string | null;
  sha256: string; // of every byte before the footer
}

/** A block's bytes and where its record and probe lines lie in them. */
export interface BlockBytes {
  bytes: Uint8Array<ArrayBuffer>;
  records: [start: number, end: number];
  probes: [start: number, end: number] | null;
  recordsSha256: string;
  probesSha256: string | null;
}

export function blockKey({ cell, first, count, kernel, sources }: BlockIdentity): string {
  return sha256(canonicalJson({ cell, count, first, kernel, schema: BLOCK_SCHEMA, sources }));
}

function headerLine(identity: BlockIdentity): string {
  const { cell, first, count, kernel, sources } = identity;
  const key = blockKey(identity);
  return `${canonicalJson({ cell, count, first, kernel, key, schema: BLOCK_SCHEMA, sources })}\n`;
}

export function encodeBlock(identity: BlockIdentity, trained: Trained): BlockBytes {
  const header = headerLine(identity);
  let records = '';
  for (const record of trained.records) records += lineOf(record);
  let probes = '';
  for (const probe of trained.probes ?? []) probes += lineOf(probe);
  const body = Buffer.from(header + records + probes, 'latin1'); // ASCII: lengths of text and bytes agree
  const start = header.length;
  const end = start + records.length;
  const recordsSha256 = sha256(body.subarray(start, end));
  const probesSha256 = trained.probes === null ? null : sha256(body.subarray(end));
  const footer = `${canonicalJson({ probesSha256, recordsSha256, sha256: sha256(body) } satisfies BlockFooter)}\n`;
  const bytes = new Uint8Array(body.length + footer.length);
  bytes.set(body);
  bytes.set(Buffer.from(footer, 'latin1'), body.length);
  const probeRange: [number, number] | null = trained.probes === null ? null : [end, body.length];
  return { bytes, records: [start, end], probes: probeRange, recordsSha256, probesSha256 };
}

/** The error of a file that is no whole block, with its remedy. */
export function damagedBlock(file: string, problem: string): RunnerError {
  return new RunnerError(
    `store: expected a whole block of records in ${file}, got ${problem}; delete this file and run the same command again (only this block is recomputed)`,
  );
}

/**
 * Finds the parts of a block file and checks its hashes, that it is the block asked for, and its line counts.
 * @param file named in the error
 * @throws RunnerError naming the file, what is wrong and the remedy
 */
export function decodeBlock(bytes: Uint8Array<ArrayBuffer>, file: string, identity: BlockIdentity): BlockBytes {
  const fail = (problem: string): never => {
    throw damagedBlock(file, problem);
  };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) fail('an empty file');
  const end = buffer.length < 2 ? 0 : buffer.lastIndexOf(10, buffer.length - 2) + 1;
  if (buffer.at(-1) !== 10 || end === 0) fail('a file that ends in the middle of a line');
  const footer = parseFooter(buffer.toString('latin1', end)) ?? fail('a last line without hashes');
  if (sha256(buffer.subarray(0, end)) !== footer.sha256) fail('bytes whose sha-256 is not the one in the last line');

  const start = buffer.indexOf(10) + 1;
  if (buffer.toString('latin1', 0, start) !== headerLine(identity)) fail('the header of another block');
  const recordsEnd = skipLines(buffer, start, identity.count);
  if (recordsEnd < 0 || recordsEnd > end) fail(`fewer than ${identity.count} records`);
  const hasProbes = recordsEnd < end;
  if (hasProbes && skipLines(buffer, recordsEnd, identity.count) !== end) fail(`not ${identity.count} probes`);
  const recordsSha256 = sha256(buffer.subarray(start, recordsEnd));
  const probesSha256 = hasProbes ? sha256(buffer.subarray(recordsEnd, end)) : null;
  if (recordsSha256 !== footer.recordsSha256) fail('records whose sha-256 is not the one in the last line');
  if (probesSha256 !== footer.probesSha256) fail('probes whose sha-256 is not the one in the last line');
  const probes: [number, number] | null = hasProbes ? [recordsEnd, end] : null;
  return { bytes, records: [start, recordsEnd], probes, recordsSha256, probesSha256 };
}

/** The records and probes of a block whose hashes were checked. */
export function parseBlock({ bytes, records, probes }: BlockBytes): Trained {
  const lines = ([start, end]: [number, number]): unknown[] => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
    return JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`);
  };
  return {
    records: lines(records) as Trained['records'],
    probes: probes === null ? null : (lines(probes) as Trained['probes']),
  };
}

function parseFooter(text: string): BlockFooter | null {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && typeof value?.sha256 === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** Offset after `count` lines from `start`; -1 if there are fewer. */
function skipLines(buffer: Buffer, start: number, count: number): number {
  let at = start;
  for (let line = 0; line < count; line++) {
    at = buffer.indexOf(10, at) + 1;
    if (at === 0) return -1;
  }
  return at;
}
