// Where a command works: the nearest workspace above a folder, its store and its experiments.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Nearest ancestor of `folder` (itself included) whose package.json has "workspaces"; null if there is none. */
export function findWorkspace(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      if ('workspaces' in JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))) return at;
    } catch {
      // no package.json here, or not one that can be read: look further up
    }
    if (dirname(at) === at) return null;
  }
}

/** The store folder: `chosen` if given, else `.ncnet` at the workspace root, else `.ncnet` in the folder. */
export function storeFolder(chosen: string | undefined, folder: string): string {
  return chosen === undefined ? join(findWorkspace(folder) ?? resolve(folder), '.ncnet') : resolve(folder, chosen);
}

/** Names of the experiments in `folder`: its subfolders with an experiment.ts, sorted. */
export function listExperiments(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no such folder
  }
  return names.filter((name) => existsSync(join(folder, name, 'experiment.ts'))).sort();
}
