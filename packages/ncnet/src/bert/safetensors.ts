// Reader of safetensors files: u64 header length, JSON header, then the tensors' bytes without gaps; every bound is checked.
// Format: huggingface/safetensors, README, section "Format".
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type BertInputError, fault, shown } from './errors.ts';
import { fromHalf } from './half.ts';

export interface TensorEntry {
  dtype: string;
  shape: number[];
  begin: number; // byte in the file
  end: number;
}

export interface TensorFile {
  name: string; // as errors show it
  entries: ReadonlyMap<string, TensorEntry>;
  metadata: Readonly<Record<string, unknown>>; // the header's __metadata__, {} without one
  /** The tensor as float32, row-major. @throws BertInputError for a dtype other than F32, F16, BF16 */
  read(tensor: string): Float32Array;
  close(): void;
}

const HEADER_LIMIT = 100_000_000; // bytes; the format's own limit
const MAX_RANK = 8;
const BYTES: Record<string, number> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ U16: 2, I16: 2, F16: 2, BF16: 2, U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
};
const WHOLE = 'download it again, in full';

/** Opens the file and checks its whole header; no tensor is read yet. @throws BertInputError */
export function openTensors(file: string): TensorFile {
  const descriptor = openFile(file);
  try {
    const { entries, metadata } = readHeader(descriptor, file);
    return {
      name: file,
      entries,
      metadata,
      read: (tensor) => readTensor(descriptor, file, tensor, entries.get(tensor)!),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    const said = fault(file, 'a file that can be read', code, 'check the path and the permissions');
    throw Object.assign(said, { cause: error });
  }
}

function readHeader(descriptor: number, file: string): Pick<TensorFile, 'metadata'> & { entries: Entries } {
  const { size } = fstatSync(descriptor);
  const wrong = (got: string, remedy = 'check that this is a safetensors file'): BertInputError =>
    fault(file, 'a safetensors file', got, remedy);
  if (size < 10) throw wrong(`${size} bytes`, WHOLE);
  const length = Number(new DataView(bytesAt(descriptor, file, 0, 8).buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT) throw wrong(`a header length of ${length} bytes`);
  if (length > size - 8) throw wrong(`a header of ${length} bytes in a file of ${size}`, WHOLE);
  const header = parseHeader(bytesAt(descriptor, file, 8, length), wrong);
  const start = 8 + length;
  const entries: Entries = new Map();
  let metadata: Readonly<Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') entries.set(name, checkEntry(name, value, start, size, wrong));
    else if (typeof value === 'object' && value !== null) metadata = value as Record<string, unknown>;
  }
  checkLayout(entries, start, size, wrong);
  return { entries, metadata };
}

type Entries = Map<string, TensorEntry>;
type Wrong = (got: string, remedy?: string) => BertInputError;

function parseHeader(bytes: Uint8Array, wrong: Wrong): object {
  if (bytes[0] !== 0x7b) throw wrong('a header that does not start with {');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong('a header that is no JSON');
  }
  return header as object; // it starts with {
}

function checkEntry(name: string, value: unknown, start: number, size: number, wrong: Wrong): TensorEntry {
  const who = `tensor ${shown(name)}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const width = typeof dtype === 'string' && Object.hasOwn(BYTES, dtype) ? BYTES[dtype] : undefined;
  if (width === undefined) throw wrong(`${who} of dtype ${shown(dtype)}`);
  if (!isNaturals(shape) || shape.length > MAX_RANK) throw wrong(`${who} of shape ${shown(shape)}`);
  if (!isNaturals(offsets) || offsets.length !== 2) throw wrong(`${who} with data_offsets ${shown(offsets)}`);
  const [begin, end] = offsets;
  const needed = shape.reduce((product, side) => product * side, width);
  if (!Number.isSafeInteger(needed) || end - begin !== needed)
    throw wrong(`${who} of ${dtype} ${shown(shape)} in ${end - begin} bytes`);
  if (start + end > size) throw wrong(`${who} that ends at byte ${start + end} of ${size}`, WHOLE);
  return { dtype: dtype as string, shape, begin: start + begin, end: start + end };
}

/** The tensors fill what follows the header, without a gap or an overlap. */
function checkLayout(entries: Map<string, TensorEntry>, start: number, size: number, wrong: Wrong): void {
  let at = start;
  for (const [name, { begin, end }] of [...entries].sort((a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end)) {
    if (begin !== at) throw wrong(`tensor ${shown(name)} at byte ${begin} where byte ${at} is next`);
    at = end;
  }
  if (at !== size) throw wrong(`${size - at} bytes after the last tensor`);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function bytesAt(descriptor: number, file: string, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (count === 0) throw fault(file, 'a safetensors file', `an end at byte ${position + done}`, WHOLE);
    done += count;
  }
  return bytes;
}

function readTensor(descriptor: number, file: string, name: string, entry: TensorEntry): Float32Array {
  const { dtype, begin, end } = entry;
  const decode = DECODERS[dtype];
  if (decode === undefined) {
    const remedy = 'save the model in one of these';
    throw fault(file, 'weights in F32, F16 or BF16', `tensor ${shown(name)} in ${dtype}`, remedy);
  }
  return decode(bytesAt(descriptor, file, begin, end - begin).buffer);
}

/** Little-endian bytes, as every engine that runs WASM has them. */
const DECODERS: Record<string, (bytes: ArrayBuffer) => Float32Array> = {
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), fromHalf),
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer),
};
