// Folders made one by one, for caches and stores. Node only.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Node's own recursive mkdir reports a read-only file system as a missing file, and never ends where a file system refuses
 * new folders with ENOENT, such as /proc.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first
  }
}
