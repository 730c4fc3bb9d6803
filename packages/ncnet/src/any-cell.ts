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
import { ProbeRecord, ReplicaRecord } from './record-schema.ts';

export const AnyCell = z.discriminatedUnion('kind', [NcnetCell, DenseCell]);
export type AnyCell = z.infer<typeof AnyCell>;
export type AnyExperiment = Experiment | DenseExperiment;
export type AnyExperimentModule = ExperimentModule | DenseExperimentModule;

const kindOf = (value: unknown): unknown => (value as { kind?: unknown } | null | undefined)?.kind;

/** The schemas of a kind of cell: the cell's, its records' and its probes'. */
export const schemasOf = (cell: unknown) =>
  kindOf(cell) === 'dense'
    ? { cell: DenseCell, record: DenseRecord, probe: DenseProbe }
    : { cell: NcnetCell, record: ReplicaRecord, probe: ProbeRecord };

/** The checked literal of an experiment of any kind. @throws one line that starts with who */
export function checkAnyExperiment(literal: unknown, who: string): AnyExperiment {
  return kindOf(literal) === 'dense' ? checkDenseExperiment(literal, who) : checkExperiment(literal, who);
}

export const isDenseExperiment = (experiment: AnyExperiment): experiment is DenseExperiment => 'kind' in experiment;

/** The kind of an experiment's cells. */
export type CellOf<E extends AnyExperiment> = E extends DenseExperiment ? DenseCell : NcnetCell;

/** The cells of an experiment's variant. */
export function variantCells<E extends AnyExperiment>(experiment: E, name: 'quick' | 'full', hidden?: number[]) {
  const any: AnyExperiment = experiment;
  const cells = isDenseExperiment(any)
    ? denseCells(any[name])
    : experimentCells(any, { hidden: hidden ?? any[name].hidden });
  return cells as CellOf<E>[];
}
