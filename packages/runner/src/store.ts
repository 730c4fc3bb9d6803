// The store: content-addressed block files and results in one folder. A file either holds a whole block or does not exist.
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolders, removeUnfinished, unfinishedName } from 'ncnet/node';
import { fileError, InputError, RunnerError } from './errors.ts';

export function blockFile(store: string, key: string): string {
  return join(store, 'blocks', key.slice(0, 2), `${key}.ndjson`);
}

/** Folder of what is unfinished of a block; gone when the block is there. */
export function scratchFolder(store: string, key: string): string {
  return join(store, 'unfinished', key);
}

/** Blocks that were cut off in the middle, and go on when they are asked for again. */
export function listUnfinished(store: string): string[] {
  return listFolder(join(store, 'unfinished'))
    .sort()
    .map((key) => scratchFolder(store, key));
}

export function removeScratch(store: string, key: string): void {
  rmSync(scratchFolder(store, key), { recursive: true, force: true });
}

export function resultFile(store: string, name: string): string {
  return join(store, 'results', `${name}.json`);
}

/** The bytes of a file, or null if it does not exist. */
export function readIfExists(file: string): Uint8Array<ArrayBuffer> | null {
  if (!existsSync(file)) return null; // an error caught costs more than this
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError('store', file, error);
  }
}

/** Removes unfinished files whose process is gone (killed or cut off); files of live processes and other hosts stay. */
export function cleanTemporary(store: string): number {
  return removeUnfinished(join(store, 'tmp'), (name) => name);
}

/** Makes the store's folder and removes leftovers of processes that are gone. */
export function openStore(store: string): void {
  const temporary = join(store, 'tmp');
  try {
    makeFolders(temporary);
    cleanTemporary(store);
  } catch (error) {
    throw fileError('store', store, error);
  }
}

/** @throws InputError if the store's path cannot be a folder */
export function checkStore(store: string): void {
  const fail = (got: string): never => {
    throw new InputError(`store: expected a folder, got ${got}; choose another folder with --store`);
  };
  for (let at = resolve(store); dirname(at) !== at; at = dirname(at)) {
    try {
      const stats = lstatSync(at, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const target = stats.isSymbolicLink() ? statSync(at, { throwIfNoEntry: false }) : stats;
      if (target?.isDirectory()) return;
      fail(target === undefined ? `a link to nothing: ${at}` : `a file: ${at}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTDIR') continue; // a part further up is the file
      if (code === 'ENAMETOOLONG') fail('a name that is too long');
      if (code === 'ELOOP') fail(`a circle of links: ${at}`);
      throw error instanceof InputError ? error : fileError('store', at, error);
    }
  }
}

/**
 * Puts a block under its key: write, fsync, link to the final name (which never overwrites), fsync the folder.
 * If the name is taken by equal bytes nothing happens; by different bytes, both are kept and the error says so.
 */
export async function putRecords(store: string, key: string, bytes: Uint8Array): Promise<void> {
  const file = blockFile(store, key);
  try {
    const temporary = await writeTemporary(store, bytes);
    await makeFolder(dirname(file));
    if (await linkExclusively(temporary, file)) {
      await unlink(temporary).catch(() => {}); // renamed where there are no hard links; else a leftover is cleaned at the next start
      await syncFolder(dirname(file));
      return;
    }
    const present = await readFile(file);
    if (present.equals(bytes)) {
      await unlink(temporary);
      return;
    }
    const conflict = `${file}.conflict-${process.pid}`;
    await rename(temporary, conflict);
    await syncFolder(dirname(file));
    throw new RunnerError(
      `store: expected equal bytes from two writers of one block, got two different files, both kept: ${file} and ${conflict}; compare them with \`ncnet verify\`, delete the wrong one and report it`,
    );
  } catch (error) {
    throw fileError('store', file, error);
  }
}

/** Replaces a file so that a reader sees the old or the new bytes, never a part. */
export async function replaceFile(file: string, data: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(file), `.${unfinishedName()}.tmp`);
  try {
    await makeFolder(dirname(file));
    removeUnfinished(dirname(file), (name) => /^\.(.+)\.tmp$/.exec(name)?.[1]);
    await writeSynced(temporary, data);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw fileError('write', file, error);
  }
}

async function writeTemporary(store: string, bytes: Uint8Array): Promise<string> {
  const temporary = join(store, 'tmp', unfinishedName());
  try {
    await writeSynced(temporary, bytes);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  return temporary;
}

async function writeSynced(file: string, data: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** True if `file` now names the temporary's bytes, false if the name was taken. */
async function linkExclusively(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
  }
  // A file system without hard links: look, then rename. Two writers in that instant could overwrite, but only with equal bytes.
  if (readIfExists(file) !== null) return false;
  await rename(temporary, file);
  return true;
}

/** Makes a folder and syncs its parent, so that the folder itself survives a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined)
    for (let at = folder; at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw fileError('store', folder, error);
  }
}

/** Every block file of the store, sorted. */
export function listBlocks(store: string): string[] {
  const blocks = join(store, 'blocks');
  return listFolder(blocks)
    .sort()
    .flatMap((part) =>
      listFolder(join(blocks, part))
        .filter((name) => name.endsWith('.ndjson'))
        .sort()
        .map((name) => join(blocks, part, name)),
    );
}

/** Blocks that disagreed with one already there, kept beside it. */
export function listConflicts(store: string): string[] {
  const blocks = join(store, 'blocks');
  return listFolder(blocks).flatMap((part) =>
    listFolder(join(blocks, part))
      .filter((name) => name.includes('.conflict-'))
      .map((name) => join(blocks, part, name)),
  );
}

/** Names of the results in the store, sorted. */
export function listResults(store: string): string[] {
  return listFolder(join(store, 'results'))
    .filter((name) => name.endsWith('.json') && !name.endsWith('.provenance.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}
