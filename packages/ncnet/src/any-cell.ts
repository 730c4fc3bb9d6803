// Every kind of cell, record and experiment; a new kind is a new schema branch here and a trainer file.
import { z } from 'zod';
import { NcnetCell } from './cell.ts';
import { DenseCell } from './dense/cell.ts';
import {
  checkDenseExperiment,
  type DenseExperiment,
  type DenseExperimentModule,
  denseCells,
} from './dense/experiment.ts';
import { DenseProbe, DenseRecord } from './dense/record.ts';
import { checkExperiment, type Experiment, type ExperimentModule, experimentCells } from './experiment.ts';
import { LoraCell } from './lora/cell.ts';
import { checkLoraExperiment, type LoraExperiment, type LoraExperimentModule, loraCells } from './lora/experiment.ts';
import { AloneRecord, LoraRecord } from './lora/record.ts';
import { ProbeRecord, ReplicaRecord } from './record-schema.ts';

export const AnyCell = z.discriminatedUnion('kind', [NcnetCell, DenseCell, LoraCell]);
export type AnyCell = z.infer<typeof AnyCell>;
export type AnyExperiment = Experiment | DenseExperiment | LoraExperiment;
export type AnyExperimentModule = ExperimentModule | DenseExperimentModule | LoraExperimentModule;

const kindOf = (value: unknown): unknown => (value as { kind?: unknown } | null | undefined)?.kind;

const SCHEMAS = {
  ncnet: { cell: NcnetCell, record: ReplicaRecord, probe: ProbeRecord },
  dense: { cell: DenseCell, record: DenseRecord, probe: DenseProbe },
  lora: { cell: LoraCell, record: LoraRecord, probe: z.never() },
  alone: { cell: LoraCell, record: AloneRecord, probe: z.never() },
};

/** The schemas of a kind of cell: the cell's, its records' and its probes'. */
export const schemasOf = (cell: unknown) => {
  const kind = kindOf(cell);
  if (kind === 'lora' && (cell as { alone?: unknown }).alone === true) return SCHEMAS.alone;
  return SCHEMAS[kind === 'dense' || kind === 'lora' ? kind : 'ncnet'];
};

/** The checked literal of an experiment of any kind. @throws one line that starts with who */
export function checkAnyExperiment(literal: unknown, who: string): AnyExperiment {
  const kind = kindOf(literal);
  if (kind === 'dense') return checkDenseExperiment(literal, who);
  return kind === 'lora' ? checkLoraExperiment(literal, who) : checkExperiment(literal, who);
}

/** Whether an experiment sweeps hidden widths; the others list their cells. */
export const hasWidths = (experiment: AnyExperiment): experiment is Experiment => !('kind' in experiment);

/** The kind of an experiment's cells. */
export type CellOf<E extends AnyExperiment> = E extends DenseExperiment
  ? DenseCell
  : E extends LoraExperiment
    ? LoraCell
    : NcnetCell;

/** The cells of an experiment's variant. */
export function variantCells<E extends AnyExperiment>(experiment: E, name: 'quick' | 'full', hidden?: number[]) {
  const any: AnyExperiment = experiment;
  const cells = hasWidths(any)
    ? experimentCells(any, { hidden: hidden ?? any[name].hidden })
    : any.kind === 'dense'
      ? denseCells(any[name])
      : loraCells(any, name);
  return cells as CellOf<E>[];
}
