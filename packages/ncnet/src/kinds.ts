// What differs between kinds of cells where the runner treats all alike: trained records and the statistics made of them.
import type { AnyCell } from './any-cell.ts';
import type { Cell, OutcomeRule } from './cell.ts';
import type { DenseCell } from './dense/cell.ts';
import type { DenseProbe, DenseRecord } from './dense/record.ts';
import { type DenseRecords, type DenseStatistics, denseStatistics, joinDense } from './dense/runs.ts';
import type { LoraCell } from './lora/cell.ts';
import type { AloneRecord, LoraRecord } from './lora/record.ts';
import { joinLora, type LoraRecords, type LoraStatistics, loraStatistics } from './lora/runs.ts';
import { recordLine } from './record.ts';
import type { ProbeRecord, ReplicaRecord } from './record-schema.ts';
import { type BlockStatistics, blockStatistics, openJoin } from './statistics.ts';
import type { CellRecords } from './summary.ts';

/** Records and probes of a range of replicas, one line each in a block file. */
export interface Trained {
  records: (ReplicaRecord | DenseRecord | LoraRecord | AloneRecord)[];
  probes: (ProbeRecord | DenseProbe)[] | null;
}

/** What a trainer of long trainings may be given beside the cell; nothing of it changes a record. */
export interface TrainerOptions {
  scratch?: string | null; // folder for what is unfinished, so that a block that is cut off goes on; null: start anew
  checkpointSeconds?: number; // between two checkpoints in it
  inputs?: unknown; // what trainerInputs gave
  adapters?: string; // folder where a lora cell writes what it trained
  onSteps?(steps: number): void; // training steps done since the last call
}

/** Trains the cells of one backend. */
export interface Trainer {
  train(cell: AnyCell, range: { first: number; count: number }, options?: TrainerOptions): Promise<Trained>;
  /** Milliseconds inside the kernel so far. */
  kernelTime(): number;
}

/** The line of a record or a probe of any kind. */
export const lineOf = (record: Trained['records'][number] | NonNullable<Trained['probes']>[number]): string =>
  recordLine(record as ReplicaRecord);

export type AnyStatistics = BlockStatistics | DenseStatistics | LoraStatistics;

/** A cell with what its replicas left, by kind. */
export type RecordsOf<C extends AnyCell> = C extends DenseCell
  ? DenseRecords
  : C extends LoraCell
    ? LoraRecords
    : CellRecords;

/** @param rules whose statistics are wanted, for cells that have outcome rules */
export function anyStatistics(
  cell: AnyCell,
  { records, probes }: Trained,
  rules?: readonly OutcomeRule[],
): AnyStatistics {
  if (cell.kind === 'dense') return denseStatistics(records as DenseRecord[], probes as DenseProbe[]);
  if (cell.kind === 'lora') return loraStatistics(cell, records as (LoraRecord | AloneRecord)[]);
  return blockStatistics(cell as Cell, records as ReplicaRecord[], probes as ProbeRecord[] | null, rules);
}

/** Joins the statistics of consecutive blocks of one cell as they come. */
export interface Join {
  /** @param count replicas of the block */
  add(block: AnyStatistics, count: number): void;
  finish(): AnyStatistics;
}

/** @param replicas of all blocks together */
export function openAnyJoin({ kind }: AnyCell, replicas: number): Join {
  if (kind !== 'dense' && kind !== 'lora') return openJoin(replicas) as Join;
  const parts: AnyStatistics[] = [];
  return {
    add: (block) => parts.push(block),
    finish: () => (kind === 'dense' ? joinDense(parts as DenseStatistics[]) : joinLora(parts as LoraStatistics[])),
  };
}
