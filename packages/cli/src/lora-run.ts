// The work of `ncnet lora`: every input is checked before a weight is read; ranks x seeds x contexts are trained or read from the store.
import { existsSync } from 'node:fs';
import { canonicalJson, createRecordHash, ruleStatistics, sha256Hex, summarizeRule } from 'ncnet';
import {
  type BertBackendChoice,
  type BertFolder,
  checkLora,
  createEncoder,
  hashWeights,
  type LabelledTask,
  LORA_OUTCOMES,
  type LoraOutcome,
  type LoraRecord,
  type LoraTarget,
  loraRecord,
  loraSources,
  openBertBackend,
  openBertFolder,
  type PairedTasks,
  pairTasks,
  parseTaskFile,
  type TrainingOptions,
} from 'ncnet/bert';
import { isName, openTask } from 'ncnet/data';
import { checkStore, openStore } from 'runner';
import { openBase } from './base.ts';
import { UsageError } from './flags.ts';
import { readBytes } from './input-file.ts';
import { type LoraTiming, trainAll } from './lora-train.ts';

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
  backend: BertBackendChoice;
  store: string;
  adapters?: string;
  checkpointSeconds: number;
}

const OBSERVED = ['a1b1', 'a1b2', 'a2b1', 'a2b2', 'b1a1', 'b1a2', 'b2a1', 'b2a2'] as const;
type Accuracies = Record<(typeof OBSERVED)[number], number>;

type Summary = ReturnType<typeof summarizeRule>[number];
export interface LoraCell extends Summary {
  rank: number;
  outcome: LoraOutcome;
  recordHash: string;
  accuracy: { train: Accuracies; heldOut: Accuracies | null };
}

export interface LoraReport {
  cells: LoraCell[];
  rows: { train: number; heldOut: number; pairing: PairedTasks['pairing'] }; // of each task
  tasks: { alice: string[]; bob: string[] };
  timing: LoraTiming;
  base: string;
  backend: string;
  device: string;
}

export async function runLora(request: LoraRequest, signal: AbortSignal): Promise<LoraReport> {
  const tasks = await Promise.all([...request.alice, ...request.bob].map(readTask));
  const { base: baseName, folder: path } = openBase('ncnet lora', request.base);
  const folder = openBertFolder(path);
  const { config } = folder;
  for (const rank of request.rank) checkLora(config, { rank, layers: request.layers ?? null });
  checkLength(request.maxLength, folder);
  const paired = pairTasks(tasks, folder, request.maxLength, request.seed, request.rows);
  const [{ train, heldOut }] = paired.tasks;
  const outcomes = chooseOutcomes(request.outcome, heldOut.length);
  const { pairing, cut } = paired;
  const left = tasks.map((task, i) => task.rows.length - paired.tasks[i].train.length - paired.tasks[i].heldOut.length);
  const notes = [`${train.length} training and ${heldOut.length} held-out rows of each task, paired by ${pairing}`];
  if (left.some((count) => count > 0)) notes.push(`${left.join(', ')} rows left over`);
  if (cut > 0) notes.push(`${cut} texts cut to ${request.maxLength} tokens`);
  process.stderr.write(`ncnet lora: ${notes.join('; ')}\n`);

  checkStore(request.store);
  openStore(request.store);
  const { backend, device } = await openBertBackend(request.backend);
  const weights = folder.readWeights();
  const base = hashWeights(weights);
  const encoder = createEncoder(config, weights);
  const padId = folder.tokenizer.padId ?? config.pad_token_id ?? 0;
  const cellsOptions = request.rank.map((rank) => optionsOf(request, rank));
  const hashes = paired.tasks.map(({ shape, train, heldOut }) =>
    sha256Hex(canonicalJson({ shape, train, heldOut } as never)),
  );
  const identity = { kind: 'lora', base, code: loraSources(), padId, backend, device };
  try {
    const { contexts, timing } = await trainAll({
      ...{
        encoder,
        padId,
        base,
        paired,
        frozenLayers: lowestOf(request),
        hashes,
        identity,
        signal,
        options: cellsOptions,
      },
      ...{ seeds: request.seeds, seed: request.seed, store: request.store, baseName },
      ...{ adapters: request.adapters, checkpointSeconds: request.checkpointSeconds },
    });
    const records = contexts.map((replicas) =>
      replicas.map((four, replica) => loraRecord(four, replica, request.successAccuracy)),
    );
    const cells = summarize(request, records, outcomes);
    const [a1, a2, b1, b2] = tasks.map(({ name }) => name);
    const rows = { train: train.length, heldOut: heldOut.length, pairing };
    return { cells, rows, tasks: { alice: [a1, a2], bob: [b1, b2] }, timing, base: baseName, backend, device };
  } finally {
    encoder.dispose();
  }
}

function summarize({ rank, seed }: LoraRequest, records: LoraRecord[][], outcomes: LoraOutcome[]): LoraCell[] {
  const statistics = records.map((own) =>
    Object.fromEntries(
      LORA_OUTCOMES.filter((rule) => own[0].counts[rule] !== null).map((rule) => {
        const flips = Array.from({ length: 8 }, (_, k) => own.reduce((sum, record) => sum + record.flips[rule]![k], 0));
        return [rule, { ...ruleStatistics(own.map(({ counts }) => counts[rule]!)), flips }];
      }),
    ),
  );
  const accuracy = statistics.map((rules) => {
    const read = (rule: LoraOutcome): Accuracies | null => {
      if (rules[rule] === undefined) return null;
      const { marginals } = rules[rule];
      const mean = (k: number): number => {
        let sum = 0;
        for (let at = k; at < marginals.length; at += 8) sum += marginals[at];
        return (1 + sum / (marginals.length / 8)) / 2;
      };
      return Object.fromEntries(OBSERVED.map((name, k) => [name, mean(k)])) as Accuracies;
    };
    return { train: read('correct')!, heldOut: read('held-out') };
  });
  const columns = outcomes.map((outcome) => summarizeRule(statistics.map((rules) => ({ seed, rule: rules[outcome] }))));
  return rank.flatMap((r, i) => {
    const hash = createRecordHash();
    for (const record of records[i]) hash.update(`${JSON.stringify(record)}\n`);
    const recordHash = hash.digest();
    return outcomes.map((outcome, k) => ({ rank: r, outcome, ...columns[k][i], recordHash, accuracy: accuracy[i] }));
  });
}

/** Layers below the lowest adapted one. */
function lowestOf({ layers }: LoraRequest): number {
  return layers === undefined ? 0 : Math.min(...layers);
}

function optionsOf(request: LoraRequest, rank: number): TrainingOptions {
  const { targets, layers = null, dropout, rslora = false, steps, batch, learningRate, warmUp, weightDecay } = request;
  const alpha = request.alpha.value * (request.alpha.timesRank ? rank : 1);
  return {
    lora: { rank, alpha, targets, layers, dropout, rankStabilized: rslora },
    ...{ steps, batch, parts: request.accumulate, learningRate, warmUp, weightDecay },
    clip: request.clip === 0 ? null : request.clip,
  };
}

/** A file of labelled rows, or the name of a task as `ncnet data list` has it. */
async function readTask(given: string, index: number): Promise<LabelledTask> {
  if (!existsSync(given) && isName(given)) return openTask(given);
  const flag = index < 2 ? '--alice' : '--bob';
  const wanted = {
    flag,
    what: 'a file of labelled rows',
    limit: 1 << 28,
    atMost: 'rows in at most 256 MiB',
    shorten: 'split it',
  };
  const bytes = await readBytes(given, given, wanted);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${given}: expected UTF-8 text, got binary data or another encoding; save it as UTF-8`);
  }
  return parseTaskFile(text, given);
}

function checkLength(length: number, { config }: BertFolder): void {
  const most = config.max_position_embeddings;
  if (length <= most) return;
  throw new UsageError(
    `--max-length: expected at most ${most}, the max_position_embeddings of this model, got ${length}; lower it`,
  );
}

function chooseOutcomes(given: LoraOutcome[] | undefined, heldOut: number): LoraOutcome[] {
  if (heldOut > 0) return given ?? [...LORA_OUTCOMES];
  if (given?.includes('held-out')) {
    throw new UsageError(
      '--outcome held-out: expected rows that are held out in every task, got none; mark some with "split": "heldOut"',
    );
  }
  return given ?? LORA_OUTCOMES.filter((rule) => rule !== 'held-out');
}
