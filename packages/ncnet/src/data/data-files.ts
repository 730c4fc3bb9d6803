// The files of a published data set under a path, and the part of the data that each holds, by its name.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fault, shown } from './errors.ts';

export interface DataFile {
  path: string;
  part: FilePart;
}

/** `whole`: the rows are split by the hash of their item or text. */
export type FilePart = 'train' | 'heldOut' | 'whole';

const FORMATS = ['.parquet', '.tsv', '.txt', '.jsonl', '.json'];
const DATA_LIMIT = 512 << 20; // bytes
export const MODEL_LIMIT = 2 ** 31 - 1; // bytes, what Node reads at once
const PATH_FAULTS: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'no permission',
};

/**
 * A file alone is split by hash. In a folder train files train, and dev (or validation) files are held out; test files are,
 * if there is no dev file. Without either the train files are split by hash.
 * @param folder a folder of this name inside is entered
 */
export function findDataFiles(path: string, folder?: string): DataFile[] {
  const found = entry(path);
  if (!found.isDirectory()) return [{ path, part: 'whole' }];
  if (folder !== undefined && statSync(join(path, folder), { throwIfNoEntry: false })?.isDirectory()) {
    return findDataFiles(join(path, folder));
  }
  const names = readdirSync(path).sort();
  for (const format of FORMATS) {
    const files = names.filter((name) => extname(name).toLowerCase() === format && kindOf(name) !== null);
    const train = files.filter((name) => kindOf(name) === 'train');
    if (train.length === 0) continue;
    const dev = files.filter((name) => kindOf(name) === 'dev');
    const heldOut = dev.length > 0 ? dev : files.filter((name) => kindOf(name) === 'test');
    const named = (list: string[], part: FilePart): DataFile[] =>
      list.map((name) => ({ path: join(path, name), part }));
    return heldOut.length === 0 ? named(train, 'whole') : [...named(train, 'train'), ...named(heldOut, 'heldOut')];
  }
  const got = names.length === 0 ? 'an empty folder' : shown(names.slice(0, 5).join(', '));
  throw fault(path, `files named train.* (${FORMATS.join(', ')})`, got, 'give the folder of the data, or one file');
}

function kindOf(name: string): 'train' | 'dev' | 'test' | null {
  const words = name.toLowerCase().split(/[^a-z]+/);
  if (words.includes('train')) return 'train';
  if (['dev', 'validation', 'valid', 'val'].some((word) => words.includes(word))) return 'dev';
  return words.includes('test') ? 'test' : null;
}

/** @throws DataError for a file that cannot be read or is too large */
export function readDataFile(path: string, limit = DATA_LIMIT): Buffer<ArrayBuffer> {
  const { size } = entry(path);
  if (size > limit) throw fault(path, `a file of at most ${limit} bytes`, `${size}`, 'give a smaller one');
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The name of a file as errors show it. */
export const shortName = (path: string): string => basename(path);

function entry(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, { code = 'an error' }: NodeJS.ErrnoException) {
  return fault(path, 'a file or folder of data', PATH_FAULTS[code] ?? code, 'check the path');
}
