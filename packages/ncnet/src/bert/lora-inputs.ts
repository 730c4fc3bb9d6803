// What the names of a lora cell stand for here: the base's folder and weights, four tasks as rows that pair, and their hashes.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { resolveModel } from '../data/models.ts';
import { openTask } from '../data/open-task.ts';
import type { LabelledTask } from '../data/task.ts';
import type { LoraCell, LoraResolved } from '../lora/cell.ts';
import { checkLora, hashWeights } from './adapter.ts';
import { probeBackend } from './backend-job.ts';
import { fault } from './errors.ts';
import { type BertFolder, openBertFolder } from './model-folder.ts';
import type { BertBackendName } from './names.ts';
import { type PairedTasks, pairTasks } from './train-rows.ts';
import type { Weights } from './weights.ts';

export interface LoraInputs {
  folder: BertFolder;
  paired: PairedTasks;
  left: number[]; // rows of a1, a2, b1, b2 that are not used
  found: Pick<LoraResolved, 'base' | 'rows' | 'train' | 'heldOut' | 'pairing'>;
  weights(): Weights;
}

/** Names that a cell is looked up by: cells that agree in them share their inputs. */
export const inputsKey = ({ base, alice, bob, rows, maxLength, seed }: LoraCell): string =>
  canonicalJson({ base, alice, bob, rows, maxLength, seed });

const opened = new Map<string, Promise<LoraInputs>>();
const tasks = new Map<string, Promise<LabelledTask>>();
const bases = new Map<string, string>();

/**
 * Each is read once in a process.
 * @param given the rows that pair, where another process has read them; their hashes are taken here all the same
 * @throws BertInputError or DataError that names what is missing or does not fit
 */
export async function openLoraInputs(cell: LoraCell, given?: PairedTasks): Promise<LoraInputs> {
  const key = inputsKey(cell);
  if (!opened.has(key)) opened.set(key, readInputs(cell, given));
  const inputs = await opened.get(key)!;
  checkLora(inputs.folder.config, cell);
  return inputs;
}

async function readInputs(cell: LoraCell, given?: PairedTasks): Promise<LoraInputs> {
  const { base, alice, bob, rows, maxLength, seed } = cell;
  const names = given === undefined ? [...alice, ...bob] : [];
  for (const name of names) if (!tasks.has(name)) tasks.set(name, openTask(name));
  const labelled = await Promise.all(names.map((name) => tasks.get(name)!));
  const folder = openBertFolder(resolveModel(base));
  const most = folder.config.max_position_embeddings;
  if (maxLength > most) {
    const expected = `at most ${most}, the max_position_embeddings of this model`;
    throw fault('--max-length', expected, String(maxLength), 'lower it');
  }
  const paired = given ?? pairTasks(labelled, folder, maxLength, seed, rows === 'all' ? undefined : rows);
  const [{ train, heldOut }] = paired.tasks;
  const hashes = paired.tasks.map(({ shape, train, heldOut }) =>
    createHash('sha256').update(canonicalJson({ shape, train, heldOut })).digest('hex'),
  );
  const weights = (): Weights => folder.readWeights();
  if (!bases.has(folder.folder)) bases.set(folder.folder, hashWeights(weights()));
  const found = {
    ...{ base: bases.get(folder.folder)!, rows: hashes as LoraResolved['rows'] },
    ...{ train: train.length, heldOut: heldOut.length, pairing: paired.pairing },
  };
  const used = train.length + heldOut.length;
  return { folder, paired, left: labelled.map((task) => task.rows.length - used), found, weights };
}

export const backendOf = ({ backend }: Pick<LoraCell, 'backend'>): BertBackendName =>
  backend.slice('lora-'.length) as BertBackendName;

/** One thread of TensorFlow a training: its sums then have one order, whatever the machine, and workers use the cores. */
export const LORA_ENVIRONMENT = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };

const devices = new Map<string, ReturnType<typeof probeBackend>>();

/**
 * The cell with what its names stand for here, which decides its records beside its settings.
 * @throws BackendUnavailable, BertInputError or DataError
 */
export async function resolveLora(cell: LoraCell): Promise<LoraCell> {
  if (cell.resolved !== null) return cell;
  const { found } = await openLoraInputs(cell);
  const name = backendOf(cell);
  if (!devices.has(name)) devices.set(name, probeBackend(name, LORA_ENVIRONMENT));
  const { device, versions } = await devices.get(name)!;
  return { ...cell, resolved: { ...found, device, versions } };
}

/** What differs between where a cell was trained and here, though its backend, base and rows are the same: one line each. */
export async function loraDifferences(cell: LoraCell): Promise<string[]> {
  const { resolved: there } = cell;
  const { resolved: here } = await resolveLora({ ...cell, resolved: null });
  if (there === null || here === null) return [];
  const said = ({ device, versions }: LoraResolved): [string, string][] => [
    ['device', device],
    ...Object.entries(versions),
  ];
  const own = new Map(said(here));
  return said(there).flatMap(([name, value]) =>
    own.get(name) === value
      ? []
      : [`${name} differs: trained with ${value}, computed here with ${own.get(name) ?? 'none'}`],
  );
}
