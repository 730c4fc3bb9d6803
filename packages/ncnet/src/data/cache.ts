// The cache outside the repository, ~/.cache/ncnet or $NCNET_CACHE: files appear there whole or not at all, also after kill -9.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '../folders.ts';
import { removeUnfinished, unfinishedName } from '../unfinished.ts';
import { fault, shown } from './errors.ts';

/** The folder with `data` and `models`. */
export function cacheFolder(environment = process.env): string {
  const given = environment.NCNET_CACHE ?? '';
  return given === '' ? join(homedir(), '.cache', 'ncnet') : resolve(given);
}

const REMEDY = 'free the disk, or set NCNET_CACHE to another folder';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}(:[A-Za-z0-9_-]{1,20})?$/;

export const isName = (text: string): boolean => NAME.test(text);

/** @throws DataError for a name that is none: the cache makes a file of it */
export function checkName(name: string, what: string): string {
  if (isName(name)) return name;
  throw fault(shown(name), `a name of a ${what}`, 'other characters', 'use letters, digits, ., _ and -, as in my-task');
}

/** A new file or folder beside its place; what killed processes left there goes. */
export function temporaryPath(folder: string, remedy = REMEDY): string {
  make(folder, remedy);
  attempt(folder, () => removeUnfinished(folder, (file) => /^\.tmp-(.+)$/.exec(file)?.[1]), remedy);
  return join(folder, `.tmp-${unfinishedName()}`);
}

/** Writes a file through to the disk. @throws DataError (exit code 1) */
export function writeDurably(path: string, bytes: Uint8Array | string, remedy = REMEDY): void {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  attempt(
    path,
    () => {
      makeFolders(dirname(path));
      const descriptor = openSync(path, 'w');
      try {
        for (let done = 0; done < content.length; ) done += writeSync(descriptor, content, done);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
    remedy,
  );
}

/** Writes a file under a temporary name and renames it. @throws DataError (exit code 1) */
export function writeAtomically(path: string, bytes: Uint8Array | string, remedy = REMEDY): void {
  const temporary = temporaryPath(dirname(path), remedy);
  try {
    writeDurably(temporary, bytes, remedy);
    attempt(path, () => renameSync(temporary, path), remedy);
  } finally {
    rmSync(temporary, { force: true });
  }
}

export function make(folder: string, remedy = REMEDY): void {
  attempt(folder, () => makeFolders(folder), remedy);
}

/** Runs a file operation. @throws DataError (exit code 1) that names the path */
export function attempt<T>(path: string, operation: () => T, remedy = REMEDY): T {
  try {
    return operation();
  } catch (error) {
    throw fault(path, 'to write here', (error as NodeJS.ErrnoException).code ?? 'an error', remedy, 1);
  }
}
