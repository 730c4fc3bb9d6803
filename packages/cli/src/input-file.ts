// A file or stdin that a command reads as a whole, and the faults of what it reads, which name file and line.
import { createReadStream } from 'node:fs';
import { printable, UsageError } from './flags.ts';

/** What is wrong with a path, by the system's code. */
export const PATH_FAULTS: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  ENAMETOOLONG: 'a name that is too long',
  ERR_INVALID_ARG_VALUE: 'no such file',
  EISDIR: 'a folder',
};

export interface WantedFile {
  flag: string; // that named it
  what: string; // is expected, as in "a file of texts"
  limit: number; // bytes
  atMost: string; // what the limit allows
  shorten: string; // the remedy for more
}

/** @param file a path, or - for stdin @param name as errors show it @throws UsageError naming what is wrong */
export async function readBytes(file: string, name: string, wanted: WantedFile): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = file === '-' ? process.stdin : createReadStream(file);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      parts.push(chunk);
      length += chunk.length;
      if (length > wanted.limit) throw fault(name, 1, wanted.atMost, 'a larger file', wanted.shorten);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(name, wanted, error as NodeJS.ErrnoException);
  }
  return Buffer.concat(parts);
}

function unreadable(name: string, { flag, what }: WantedFile, { code, message }: NodeJS.ErrnoException): Error {
  const got = PATH_FAULTS[code ?? ''];
  if (got !== undefined) {
    return new UsageError(`${flag}: expected ${what}, got ${got} ${printable(name)}; give its path, or - for stdin`);
  }
  const failed = `${flag}: expected to read ${printable(name)}, got ${code ?? message}; check the permissions and the disk`;
  return Object.assign(new UsageError(failed), { exitCode: 1 });
}

export function fault(name: string, line: number, expected: string, got: string, remedy: string): UsageError {
  return new UsageError(printable(`${name}:${line}: expected ${expected}, got ${got}; ${remedy}`));
}

/** What stands in a file, quoted and cut. */
export function shown(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}
