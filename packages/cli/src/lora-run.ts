// The work of `ncnet lora`: a lora cell for each rank, looked up before anything is trained, then run and kept like every cell.
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BertBackendChoice, chooseBackend, type LoraInputs, openLoraInputs } from 'ncnet/bert';
import { isName } from 'ncnet/data';
import {
  type Accuracies,
  type AloneSummary,
  LORA_OUTCOMES,
  type LoraCell,
  type LoraOutcome,
  type LoraTarget,
  makeLoraCell,
  summarizeAlone,
  summarizeLora,
} from 'ncnet/lora';
import { makeFolders, resolveCells } from 'ncnet/node';
import { checkStore, createProgress, runCells } from 'runner';
import { openBase } from './base.ts';
import { UsageError } from './flags.ts';

export interface LoraRequest {
  base: string; // folder, name of a model, or auto
  alice: [string, string];
  bob: [string, string];
  rank: number[];
  alpha: { value: number; timesRank: boolean };
  targets: LoraTarget[];
  layers?: number[];
  dropout: number;
  rslora?: boolean;
  rows?: number; // training rows of a task at most
  seeds: number;
  seed: number;
  steps: number;
  batch: number;
  accumulate: number;
  learningRate: number;
  warmUp: number;
  weightDecay: number;
  clip: number;
  maxLength: number;
  outcome?: LoraOutcome[];
  successAccuracy: number;
  successMargin?: number; // success is then against the tasks alone
  backend: BertBackendChoice;
  workers?: number;
  store: string;
  adapters?: string;
  checkpointSeconds: number;
}

type Row = ReturnType<typeof summarizeLora>[number];
export interface LoraReport {
  cells: (Omit<Row, 'trainAccuracy' | 'heldOutAccuracy'> & {
    accuracy: { train: Accuracies; heldOut: Accuracies | null };
  })[];
  alone: AloneSummary | null; // with a margin of success
  rows: { train: number; heldOut: number; pairing: 'item' | 'mixed' | 'shuffle' }; // of each task
  tasks: { alice: string[]; bob: string[] };
  timing: LoraTiming;
  base: string;
  backend: string;
  device: string;
}

export interface LoraTiming {
  seconds: number; // from the start of the first training done in this invocation to the end of the last
  steps: number; // trained in this invocation
  stepsPerSecond: number | null;
  trained: number; // trainings, four of each seed of each cell; those that went on from a checkpoint too
  cached: number; // read from the store
  workers: number;
}

const CONTEXTS = ['a1b1', 'a1b2', 'a2b1', 'a2b2'];
const TASKS = ['a1', 'a2', 'b1', 'b2'];

export async function runLora(asked: LoraRequest, signal: AbortSignal): Promise<LoraReport> {
  const { base } = openBase('ncnet lora', asked.base);
  const request = { ...asked, base };
  const { store, seeds, workers, adapters, checkpointSeconds, successAccuracy, successMargin } = request;
  const given = request.rank.map((rank) => cellOf(request, rank));
  if (successMargin !== undefined) given.push(cellOf(request, Math.max(...request.rank), true));
  const inputs = await openAll(given, [base, ...request.alice, ...request.bob]);
  const { train, heldOut, pairing } = inputs.found;
  const outcomes = chooseOutcomes(request.outcome, heldOut);
  const notes = [`${train} training and ${heldOut} held-out rows of each task, paired by ${pairing}`];
  if (inputs.left.some((count) => count > 0)) notes.push(`${inputs.left.join(', ')} rows left over`);
  if (inputs.paired.cut > 0) notes.push(`${inputs.paired.cut} texts cut to ${request.maxLength} tokens`);
  process.stderr.write(`ncnet lora: ${notes.join('; ')}\n`);

  checkStore(store);
  const folder = adapters === undefined ? undefined : makeAdapters(resolve(adapters));
  const cells = await resolveCells(given);
  const lacksAdapters = ({ rank, alone }: LoraCell, replica: number): boolean =>
    (alone ? TASKS : CONTEXTS).some(
      (name) => !existsSync(join(folder!, `rank-${rank}`, `seed-${replica + 1}`, name, 'adapter_config.json')),
    );
  const { cells: records, timing } = await runCells(cells, seeds, {
    ...{ store, workers, signal, progress: createProgress({ label: 'ncnet lora' }) },
    trainer: { checkpointSeconds, adapters: folder },
    anew: (cell, first) => folder !== undefined && lacksAdapters(cell as LoraCell, first),
  });
  const [a1, a2, b1, b2] = inputs.paired.tasks.map(({ name }) => name);
  const { device } = cells[0].resolved!;
  const success = successMargin === undefined ? successAccuracy : { margin: successMargin };
  return {
    cells: summarizeLora(records, outcomes, success).map(({ trainAccuracy, heldOutAccuracy, ...row }) => {
      return { ...row, probeHash: null };
    }),
    alone: typeof success === 'number' ? null : summarizeAlone(records, success),
    rows: { train, heldOut, pairing },
    tasks: { alice: [a1, a2], bob: [b1, b2] },
    timing: {
      ...{ seconds: timing.seconds, steps: timing.replicaSteps, workers: timing.workers },
      stepsPerSecond: timing.replicaSteps === 0 ? null : timing.replicaSteps / timing.seconds,
      ...{ trained: CONTEXTS.length * timing.computed, cached: CONTEXTS.length * timing.cached },
    },
    base,
    backend: cells[0].backend.slice('lora-'.length),
    device,
  };
}

/** The inputs, which the ranks share and must all fit. Errors name files as the user did. */
async function openAll(cells: LoraCell[], names: string[]): Promise<LoraInputs> {
  try {
    for (const cell of cells) await openLoraInputs(cell);
    return await openLoraInputs(cells[0]);
  } catch (error) {
    if (error instanceof Error) for (const name of names) error.message = error.message.replace(resolve(name), name);
    throw error;
  }
}

function cellOf(request: LoraRequest, rank: number, alone = false): LoraCell {
  const { targets, layers = null, dropout, rslora = false, steps, batch, accumulate, seed, maxLength } = request;
  const { rows = 'all' } = request;
  const { learningRate, warmUp, weightDecay, clip } = request;
  const name = request.backend === 'auto' ? chooseBackend() : request.backend;
  const pair = ([first, second]: [string, string]): [string, string] => [placeOf(first), placeOf(second)];
  return makeLoraCell(
    {
      ...{ base: placeOf(request.base), alice: pair(request.alice), bob: pair(request.bob) },
      ...{ alpha: request.alpha.value * (request.alpha.timesRank ? rank : 1), targets, layers, dropout },
      ...{ rankStabilized: rslora, steps, batch, parts: accumulate, learningRate, warmUp, weightDecay },
      ...{ clip: clip === 0 ? null : clip, rows, maxLength, seed, backend: `lora-${name}` as const },
    },
    rank,
    alone,
  );
}

/** Made before anything is trained for it. @throws UsageError */
function makeAdapters(folder: string): string {
  try {
    makeFolders(folder);
    rmdirSync(mkdtempSync(join(folder, '.tmp-'))); // what permissions and read-only disks forbid shows here
    return folder;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === 'ENOTDIR' ? 'a file' : (code ?? message);
    throw new UsageError(`--adapters: expected a folder to write to, got ${got}: ${folder}; choose another folder`);
  }
}

/** A name as it is; a file or folder by its whole path, so that the cell can be trained again from another folder. */
const placeOf = (given: string): string => (existsSync(given) || !isName(given) ? resolve(given) : given);

function chooseOutcomes(given: LoraOutcome[] | undefined, heldOut: number): LoraOutcome[] {
  if (heldOut > 0) return given ?? [...LORA_OUTCOMES];
  if (given?.includes('held-out')) {
    throw new UsageError(
      '--outcome held-out: expected rows that are held out in every task, got none; mark some with "split": "heldOut"',
    );
  }
  return given ?? LORA_OUTCOMES.filter((rule) => rule !== 'held-out');
}
