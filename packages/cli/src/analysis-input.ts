// What `ncnet analyse` reads: a file or stdin as chunks of bytes, recognised from its first line; faults name file and line.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { guessFormat } from 'chsh';
import { printable, UsageError } from './flags.ts';
import { fault, PATH_FAULTS } from './input-file.ts';

export type Format = 'counts' | 'trials';

export interface AnalysisInput {
  name: string; // as errors and the report show it
  size: number | null; // bytes, null for a pipe
  head: Uint8Array; // the first line at least, or everything
  chunks(): AsyncGenerator<Uint8Array>; // everything from the start, once
  close(): void;
}

const CHUNK = 1 << 16;
const HEAD_LIMIT = 1 << 16;
const COUNTS_LIMIT = 1 << 20; // 16 numbers need less than a kilobyte
const RECORD_LIMIT = 1 << 24;
const EXPECTED = 'trials (CSV x,y,a,b) or counts (CSV x,y,a,b,n or a JSON array of 16)';

/** @param file a path, or `-` for stdin @throws UsageError for a missing file or a folder */
export async function openInput(file: string): Promise<AnalysisInput> {
  const name = file === '-' ? 'stdin' : file;
  const size = file === '-' ? null : await sizeOf(file);
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK });
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const next = async (): Promise<Uint8Array | null> => {
    const { value, done } = await iterator.next().catch((error) => {
      throw unreadable(name, error);
    });
    return done ? null : value;
  };
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (!ended && !hasLine(head) && head.length < HEAD_LIMIT) {
    const chunk = await next();
    if (chunk === null) ended = true;
    else head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
  }
  return {
    ...{ name, size, head },
    async *chunks() {
      if (head.length > 0) yield head;
      for (let chunk = ended ? null : await next(); chunk !== null; chunk = await next()) yield chunk;
    },
    close: () => void stream.destroy(),
  };
}

/** The format of the input: what its first line says, which must agree with `given`. @throws UsageError if it is neither */
export async function recognise(input: AnalysisInput, given: Format | undefined): Promise<Format> {
  const { name, head } = input;
  refuseForeign(input);
  const text = new TextDecoder().decode(head, { stream: true });
  const first = text.trimStart().split(/\r?\n/, 1)[0].trim();
  if (first === '')
    throw fault(name, 1, EXPECTED, 'an empty file', 'write the header and the data, see `ncnet analyse --help`');
  if (first.startsWith('{')) throw await describeObject(input);
  const guess = guessFormat(text);
  if (guess === null && given === undefined)
    throw fault(name, 1, EXPECTED, shown(first), 'add the header or mend it; columns are named in this order');
  if (guess !== null && given !== undefined && guess !== given)
    throw fault(name, 1, `${given}, as --format says`, guess, `leave --format out, or give the file of ${given}`);
  return given ?? guess!;
}

/** The whole text of a small file. @throws UsageError if it is larger than counts can be, or no UTF-8 */
export async function readCountsText(input: AnalysisInput): Promise<string> {
  const bytes = await readAtMost(input, COUNTS_LIMIT);
  if (bytes === null)
    throw fault(
      input.name,
      1,
      'counts in at most 1 MiB',
      'a larger file',
      'give 16 counts, or trials with --format trials',
    );
  const text = new TextDecoder().decode(bytes);
  const wrong = text.indexOf('\ufffd');
  if (wrong < 0) return text;
  const line = text.slice(0, wrong).split('\n').length;
  throw fault(
    input.name,
    line,
    'UTF-8 text',
    'bytes that are none',
    'check that this is a text file and save it as UTF-8',
  );
}

/** A fault that the library found in the data, as one printable line with exit code 2; any other error as it is. */
export function inputError(error: unknown, where?: string): Error {
  const { name, message } = error as Error;
  if (name !== 'Error' || error instanceof UsageError) return error as Error;
  const line =
    where === undefined ? message.replace(/(:\d+: )counts: /, '$1') : `${where}: ${message.replace(/^\w+: /, '')}`;
  return new UsageError(printable(line));
}

async function sizeOf(file: string): Promise<number | null> {
  const status = await stat(file).catch((error) => {
    throw unreadable(file, error);
  });
  if (status.isDirectory()) throw unreadable(file, { code: 'EISDIR' });
  return status.isFile() ? status.size : null;
}

function unreadable(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const got = PATH_FAULTS[code ?? ''];
  if (got !== undefined)
    return inputError(
      new Error(`${file}: expected a file of counts or trials, got ${got}; give its path, or - for stdin`),
    );
  const failed = `${file}: expected to read it, got ${code ?? message}; check the permissions and the disk`;
  return Object.assign(inputError(new Error(failed)), { exitCode: 1 });
}

/** True if the bytes hold one complete line that is not blank. */
function hasLine(bytes: Uint8Array): boolean {
  const start = bytes.findIndex((byte) => byte > 32);
  return start >= 0 && bytes.indexOf(10, start) >= 0;
}

/** Bytes that are no UTF-8 text are named for what they are. */
function refuseForeign({ name, head }: AnalysisInput): void {
  const [first, second] = head;
  const file = name === 'stdin' ? 'FILE' : name;
  if (first === 0x1f && second === 0x8b)
    throw fault(name, 1, EXPECTED, 'a gzip file', `unpack it, as in \`gunzip -c ${file} | ncnet analyse -\``);
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw fault(name, 1, 'UTF-8 text', 'a UTF-16 byte order mark', 'save the file as UTF-8');
  const zero = head.indexOf(0);
  if (zero < 0) return;
  const line = Buffer.from(head.subarray(0, zero)).toString('latin1').split('\n').length;
  throw fault(name, line, EXPECTED, 'binary data', 'check that this is a text file');
}

/** What is odd about a file that can be read all the same: one line each, with file, line and remedy. */
export function oddities({ name, head }: AnalysisInput): string[] {
  const odd: string[] = [];
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf)
    odd.push(`${name}:1: got a byte order mark, which is skipped; save the file as UTF-8 without BOM`);
  if (head[head.indexOf(10) - 1] === 13)
    odd.push(`${name}:1: got CRLF line ends, which are read as line ends; save the file with LF`);
  return odd;
}

/** A JSON object is no input; the files of this project are named, with the command that shows them. */
async function describeObject(input: AnalysisInput): Promise<Error> {
  const { name } = input;
  const bytes = (await readAtMost(input, RECORD_LIMIT)) ?? input.head;
  const text = new TextDecoder().decode(bytes).trim();
  const object = parsed(text) ?? parsed(text.split('\n', 1)[0]);
  const file = name === 'stdin' ? 'FILE' : name;
  if (object?.schema === 'ncnet-result/1') {
    const experiment = (object.experiment as { name?: unknown } | undefined)?.name ?? 'NAME';
    const remedy = `\`ncnet run ${experiment}\` shows such a result, \`ncnet verify ${file}\` checks it`;
    return fault(name, 1, EXPECTED, `the result of the experiment ${experiment}`, remedy);
  }
  if (object?.schema === 'ncnet-block/1') {
    const remedy = `\`ncnet verify ${file}\` checks it, \`ncnet train\` shows its cell; replicas are no trials`;
    return fault(name, 1, EXPECTED, 'a block of records of the store', remedy);
  }
  if (Array.isArray(object?.cells) && 'kernel' in object) {
    const remedy = '`ncnet train` shows S, intervals and verdict over replicas; replicas are no trials';
    return fault(name, 1, EXPECTED, 'the output of `ncnet train --json`', remedy);
  }
  return fault(
    name,
    1,
    EXPECTED,
    'a JSON object',
    'write the 16 counts as one array, settings 11,12,21,22; outcomes ++,+-,-+,--',
  );
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readAtMost(input: AnalysisInput, limit: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.chunks()) {
    parts.push(chunk);
    length += chunk.length;
    if (length > limit) return null;
  }
  return Buffer.concat(parts);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
