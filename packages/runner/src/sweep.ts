// expandSweep: an experiment to its cells, and the replicas of each.
import { type Cell, type Experiment, experimentCells } from 'ncnet';
import { checkReplicas } from './blocks.ts';
import { InputError } from './errors.ts';

export type VariantName = 'quick' | 'full' | 'custom';

export interface SweepOverrides {
  replicas?: number;
  hidden?: number[];
}

export interface ExpandedSweep {
  variant: VariantName;
  cells: Cell[];
  replicas: number;
}

/** Cells and replicas of a variant; an override that changes it makes it `custom`. */
export function expandSweep(
  experiment: Experiment,
  variant: 'quick' | 'full',
  overrides: SweepOverrides = {},
): ExpandedSweep {
  const chosen = experiment[variant];
  const replicas = overrides.replicas ?? chosen.replicas;
  checkReplicas('expandSweep', replicas);
  const hidden = overrides.hidden ?? chosen.hidden;
  const widths = hidden ?? experiment.sweep.hidden;
  if (new Set(widths).size < widths.length) {
    throw new InputError(
      `expandSweep: expected distinct hidden widths, got ${widths.join(',')}; drop the repeated one`,
    );
  }
  const same = replicas === chosen.replicas && overrides.hidden === undefined;
  return { variant: same ? variant : 'custom', cells: experimentCells(experiment, { hidden }), replicas };
}
