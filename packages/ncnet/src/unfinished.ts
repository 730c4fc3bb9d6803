// Unfinished files of caches and stores: names that tell whose they are, and the removal of what a killed process left. Node only.
import { hash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const HOST = hash('sha256', hostname()).slice(0, 8);

/** A fresh HOST-PID-RANDOM. */
export function unfinishedName(): string {
  return `${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/**
 * Removes what processes of this host that are gone left unfinished in a folder; that of live ones and other hosts stays.
 * @param nameIn the name by unfinishedName in a file's name, undefined for a file of another kind
 * @returns how many were removed
 */
export function removeUnfinished(folder: string, nameIn: (file: string) => string | undefined): number {
  let removed = 0;
  for (const file of readdirSync(folder)) {
    if (!isAbandoned(nameIn(file))) continue;
    try {
      rmSync(join(folder, file), { recursive: true });
      removed++;
    } catch {
      // another process removed it first, or it is another user's
    }
  }
  return removed;
}

/** Whether a name by unfinishedName is of a process of this host that is gone. */
export function isAbandoned(name: string | undefined): boolean {
  const [host, pid] = name?.split('-') ?? [];
  return host === HOST && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
