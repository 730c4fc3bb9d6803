// Tasks that the user added: their files by sha-256 in the cache, and a manifest a task that pins them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { taskHash } from './assemble.ts';
import { cacheFolder, checkName, make, writeAtomically } from './cache.ts';
import { type FilePart, findDataFiles, readDataFile, sha256Of, shortName } from './data-files.ts';
import { EMBEDDED_TASKS } from './embedded.ts';
import { fault } from './errors.ts';
import { type ColumnNames, PUBLISHED_SETS } from './published.ts';
import { type FileBytes, type ReadTask, readPublished } from './read-published.ts';
import { decodeText } from './records.ts';
import type { LabelledTask } from './task.ts';
import { parseTaskFile } from './task-file.ts';

export interface PinnedFile {
  name: string;
  part: FilePart;
  bytes: number;
  sha256: string;
}

/** What `ncnet data add` leaves: no time and no path of the user's machine, so that equal data make equal manifests. */
export interface TaskManifest {
  schema: 1;
  name: string;
  columns: ColumnNames | null; // null: those of the published set, or labelled JSONL
  source: string;
  licence: string;
  kind: LabelledTask['kind'];
  classes: number;
  train: number; // rows
  heldOut: number; // rows
  omitted: number; // rows that the publisher left unusable
  sha256: string; // of the labelled JSONL, see taskHash
  files: PinnedFile[];
}

export interface AddTaskOptions {
  columns?: ColumnNames; // for data of the user's own
  licence?: string;
  replace?: boolean; // other files than the pinned ones take their place
}

const dataFolder = (): string => join(cacheFolder(), 'data');
const manifestFile = (name: string): string => join(dataFolder(), `${name.replace(':', '@')}.json`);
const contentFile = (sha256: string): string => join(dataFolder(), 'files', sha256);

/** Reads everything, then keeps the files and their manifest. @returns `isNew` false: they were here already @throws DataError */
export async function addTask(
  name: string,
  path: string,
  options: AddTaskOptions = {},
): Promise<{ manifest: TaskManifest; isNew: boolean }> {
  checkName(name, 'task');
  if (EMBEDDED_TASKS.some((task) => task.name === name)) {
    throw fault(name, 'a name of your own', 'that of an embedded task', 'choose another; this one needs no adding');
  }
  const set = PUBLISHED_SETS.find((published) => published.name === name);
  const files = findDataFiles(path, set?.folder).map((file) => ({
    name: shortName(file.path),
    part: file.part,
    bytes: readDataFile(file.path),
  }));
  const pinned = files.map(({ name: file, part, bytes }) => ({
    name: file,
    part,
    bytes: bytes.length,
    sha256: sha256Of(bytes),
  }));
  const before = readManifest(name);
  const isSame =
    before !== null &&
    JSON.stringify([before.files, before.columns]) === JSON.stringify([pinned, options.columns ?? null]);
  if (before !== null && !isSame && options.replace !== true) throw otherFiles(name, before.files, pinned);
  const { task, omitted } = await readFiles(name, options.columns ?? null, files);
  const count = (split: string): number => task.rows.filter((row) => row.split === split).length;
  const manifest: TaskManifest = {
    ...{ schema: 1, name, columns: options.columns ?? null },
    source: set?.origin ?? 'added by the user',
    licence: options.licence ?? before?.licence ?? set?.licence ?? 'not stated',
    ...{ kind: task.kind, classes: task.kind === 'choice' ? task.rows[0].choices!.length : task.classes.length },
    ...{ train: count('train'), heldOut: count('heldOut'), omitted, sha256: taskHash(task), files: pinned },
  };
  if (manifest.train === 0 || manifest.heldOut === 0) {
    throw fault(
      path,
      'rows to train on and rows held out',
      `${manifest.train} and ${manifest.heldOut}`,
      'give the whole data',
    );
  }
  make(join(dataFolder(), 'files'));
  pinned.forEach(({ sha256 }, i) => {
    if (!isWhole(sha256)) writeAtomically(contentFile(sha256), files[i].bytes);
  });
  writeAtomically(manifestFile(name), `${JSON.stringify(manifest, null, 1)}\n`);
  return { manifest, isNew: !isSame };
}

/** The task as it was added; null if it was not. @throws DataError for a kept file that is missing or changed */
export async function openCachedTask(name: string): Promise<LabelledTask | null> {
  const manifest = readManifest(name);
  if (manifest === null) return null;
  const files = manifest.files.map(({ name: file, part, sha256 }): FileBytes => {
    const path = contentFile(sha256);
    const remedy = `add it again: ncnet data add ${name} PATH`;
    if (!existsSync(path)) throw fault(path, `the pinned file ${file} of ${name}`, 'none', remedy);
    const bytes = readDataFile(path);
    const got = sha256Of(bytes);
    if (got !== sha256) throw fault(path, `the pinned file ${file} of ${name} with sha-256 ${sha256}`, got, remedy);
    return { name: file, part, bytes };
  });
  return (await readFiles(name, manifest.columns, files)).task;
}

/** Manifests of every task that was added, by name. */
export function listCachedTasks(): TaskManifest[] {
  const folder = dataFolder();
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  return names.sort().map((name) => readManifest(name.slice(0, -5).replace('@', ':'))!);
}

function readManifest(name: string): TaskManifest | null {
  const file = manifestFile(checkName(name, 'task'));
  if (!existsSync(file)) return null;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as TaskManifest;
    if (manifest.schema === 1 && manifest.name === name && Array.isArray(manifest.files)) return manifest;
  } catch {
    // said below
  }
  throw fault(file, 'a manifest of this version', 'another text', `remove it and add ${name} again`);
}

/** A published set, named columns, or else labelled JSONL. */
async function readFiles(name: string, columns: ColumnNames | null, files: readonly FileBytes[]): Promise<ReadTask> {
  if (columns !== null) return readPublished({ name, columns: [columns], classes: null }, files);
  const set = PUBLISHED_SETS.find((published) => published.name === name);
  if (set !== undefined) return readPublished(set, files);
  const [file] = files;
  if (files.length === 1 && /\.jsonl$/i.test(file.name)) {
    return { task: { ...parseTaskFile(decodeText(file.bytes, file.name), file.name), name }, omitted: 0 };
  }
  const expected = `the columns of ${name}, which is no published set that is known here`;
  throw fault('--columns', expected, 'none', 'write them as in --columns text_a=sentence,label=label');
}

/** A kept file is written once; one that is cut or changed is written again. */
function isWhole(sha256: string): boolean {
  return existsSync(contentFile(sha256)) && sha256Of(readDataFile(contentFile(sha256))) === sha256;
}

function otherFiles(name: string, before: PinnedFile[], now: PinnedFile[]): Error {
  const pins = (files: PinnedFile[]): string =>
    files.map((file) => `${file.name} ${file.sha256.slice(0, 16)}`).join(', ');
  return fault(
    name,
    `the pinned files ${pins(before)}`,
    `${pins(now)}`,
    'check where they come from; --replace pins these',
  );
}
