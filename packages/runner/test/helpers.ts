// Small cells on the reference backend, temporary stores, and a temporary workspace with one experiment.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cell, CellInput, makeCell } from 'ncnet';
import { sha256 } from 'ncnet/node';
import { afterAll } from 'vitest';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ncnet-test-'));
  folders.push(folder);
  return folder;
}

/** A cell that trains in well under a millisecond per replica. */
export function tinyCell(hidden: number, changes: Partial<CellInput> = {}): Cell {
  const input = CellInput.parse({
    backend: 'reference',
    inputs: 2,
    alice: ['x1', 'x1^x2'],
    bob: ['x2', 'x1&x2'],
    steps: 2,
    ...changes,
  });
  return makeCell(input, hidden);
}

/** Every file below a folder, as relative path -> hash of its bytes. */
export function readTree(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, sha256(readFileSync(join(folder, name)))]));
}

/** A workspace with the packages of this one and the experiment `tiny`. */
export function temporaryWorkspace(): string {
  const folder = temporaryFolder();
  const repository = fileURLToPath(new URL('../../..', import.meta.url));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', workspaces: [] }));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'experiments'));
  cpSync(fileURLToPath(new URL('fixtures/tiny', import.meta.url)), join(folder, 'experiments', 'tiny'), {
    recursive: true,
  });
  return folder;
}
