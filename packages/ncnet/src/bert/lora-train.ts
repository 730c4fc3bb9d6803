// trainLora: a resolved lora cell and a replica to its record, four contexts or four tasks one after the other, on the backend that is open.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../canonical-json.ts';
import type { LoraCell } from '../lora/cell.ts';
import { type AloneRecord, aloneRecord, type ContextOutcome, type LoraRecord, loraRecord } from '../lora/record.ts';
import { writeAdapter } from './adapter-file.ts';
import { type BertEncoder, createEncoder } from './encoder.ts';
import { BertInputError } from './errors.ts';
import { computeFrozenStates, type FrozenStates } from './frozen-layers.ts';
import { inputsKey, type LoraInputs, openLoraInputs } from './lora-inputs.ts';
import { openScratch, type Scratch } from './lora-scratch.ts';
import { startOf, type TrainingOptions, trainContext } from './train-context.ts';
import { adapterOf, HEAD_NAMES, type HeadName } from './train-pair.ts';
import type { PairedTasks } from './train-rows.ts';

interface Training {
  name: string;
  heads: readonly HeadName[];
  places: readonly number[]; // of the heads' tasks among a1, a2, b1, b2
}

/** Contexts 11, 12, 21, 22. */
const CONTEXTS: readonly Training[] = [
  { name: 'a1b1', heads: HEAD_NAMES, places: [0, 2] },
  { name: 'a1b2', heads: HEAD_NAMES, places: [0, 3] },
  { name: 'a2b1', heads: HEAD_NAMES, places: [1, 2] },
  { name: 'a2b2', heads: HEAD_NAMES, places: [1, 3] },
];

/** Each task by the head that has it in its contexts. */
const TASKS: readonly Training[] = [
  { name: 'a1', heads: ['alice'], places: [0] },
  { name: 'a2', heads: ['alice'], places: [1] },
  { name: 'b1', heads: ['bob'], places: [2] },
  { name: 'b2', heads: ['bob'], places: [3] },
];

export interface LoraTrainOptions {
  scratch: { folder: string; key: string } | null;
  paired?: PairedTasks; // as openLoraInputs takes them
  adapters: string | null; // folder where the trained adapters go: rank-4/seed-1/a1b2, or a1 of a task alone
  /** After every step: whether to go on, write a checkpoint, or write one and stop. */
  onStep(): 'go' | 'checkpoint' | 'stop';
}

/** Stopped on request; what is finished lies in the scratch folder. */
export class Stopped extends Error {}

const encoders = new Map<string, BertEncoder>();
let frozen: { key: string; states: Promise<FrozenStates | null> } | undefined; // of the newest cell: it may take a GB

/** @throws BertInputError where base or rows are not those of the cell, or a training diverges */
export async function trainLora(
  cell: LoraCell,
  replica: number,
  options: LoraTrainOptions,
): Promise<LoraRecord | AloneRecord> {
  const inputs = await openLoraInputs(cell, options.paired);
  checkResolved(cell, inputs);
  const scratch = options.scratch === null ? null : openScratch(options.scratch.folder, options.scratch.key);
  const outcomes: ContextOutcome[] = [];
  for (const training of cell.alone ? TASKS : CONTEXTS)
    outcomes.push(await trainOne(cell, replica, training, inputs, scratch, options));
  return cell.alone ? aloneRecord(outcomes, replica) : loraRecord(outcomes, replica);
}

async function trainOne(
  cell: LoraCell,
  replica: number,
  { name, heads, places }: Training,
  inputs: LoraInputs,
  scratch: Scratch | null,
  { adapters, onStep }: LoraTrainOptions,
): Promise<ContextOutcome> {
  const folder = adapters === null ? null : join(adapters, `rank-${cell.rank}`, `seed-${replica + 1}`, name);
  const kept = scratch?.read(name, heads.length) ?? null;
  if (kept !== null && (folder === null || existsSync(join(folder, 'adapter_config.json')))) return kept;
  const { base } = inputs.found;
  const encoder = encoderOf(inputs);
  const padId = inputs.folder.tokenizer.padId ?? encoder.config.pad_token_id ?? 0;
  const tasks = places.map((place) => inputs.paired.tasks[place]);
  const draws = { seed: cell.seed, replica };
  const training = optionsOf(cell);
  const states = await frozenOf(cell, inputs, encoder, padId);
  const { outcome, state } = await trainContext({
    ...{ encoder, padId, base, tasks, heads, draws, options: training, frozen: states },
    resume: scratch?.readCheckpoint(name),
    async onStep(step, _losses, read) {
      await new Promise((resolve) => setImmediate(resolve)); // lets messages in
      const next = onStep();
      if (scratch !== null && next !== 'go' && step < cell.steps) await scratch.writeCheckpoint(name, await read());
      if (next === 'stop') throw new Stopped();
    },
  });
  if (folder !== null) {
    const { adapter } = startOf(encoder, tasks, training.lora, draws, base, heads);
    writeAdapter(folder, adapterOf(adapter, state), cell.base);
  }
  await scratch?.finish(name, outcome);
  return outcome;
}

/** A repetition elsewhere must not train something else under the same name. */
function checkResolved({ base, resolved, alice, bob }: LoraCell, { found }: LoraInputs): void {
  if (resolved === null) throw new Error('trainLora: expected a cell whose names were looked up; run it by the runner');
  const differ = (what: string, expected: string, got: string): Error =>
    new BertInputError(
      `${what}: expected sha-256 ${expected.slice(0, 12)}, which the cell was trained with, got ${got.slice(0, 12)}; get the same files, or train it anew`,
    );
  if (resolved.base !== found.base) throw differ(base, resolved.base, found.base);
  for (const [i, name] of [...alice, ...bob].entries()) {
    if (resolved.rows[i] !== found.rows[i]) throw differ(`rows of ${name}`, resolved.rows[i], found.rows[i]);
  }
}

function encoderOf({ folder, found, weights }: LoraInputs): BertEncoder {
  let encoder = encoders.get(found.base);
  if (encoder === undefined) {
    for (const other of encoders.values()) other.dispose();
    encoders.clear();
    frozen = undefined;
    encoder = createEncoder(folder.config, weights());
    encoders.set(found.base, encoder);
  }
  return encoder;
}

/** Layers below the lowest adapted one give the same in every training: computed once, in batches of all four tasks' texts. */
function frozenOf(cell: LoraCell, { paired }: LoraInputs, encoder: BertEncoder, padId: number) {
  const layers = cell.layers === null ? 0 : Math.min(...cell.layers);
  const key = canonicalJson({ inputs: inputsKey(cell), layers });
  if (frozen?.key !== key) {
    const texts = paired.tasks.flatMap((task) => [...task.train, ...task.heldOut].flatMap((row) => row.texts));
    frozen = { key, states: computeFrozenStates(encoder, texts, layers, padId) };
  }
  return frozen.states;
}

function optionsOf(cell: LoraCell): TrainingOptions {
  const { rank, alpha, targets, layers, dropout, rankStabilized } = cell;
  const { steps, batch, parts, learningRate, warmUp, weightDecay, clip } = cell;
  return {
    lora: { rank, alpha, targets, layers, dropout, rankStabilized },
    ...{ steps, batch, parts, learningRate, warmUp, weightDecay, clip },
  };
}
