// expandSweep: an experiment to its cells, and the replicas of each.
import { type AnyExperiment, type CellOf, hasWidths, variantCells } from 'ncnet';
import { checkReplicas } from './blocks.ts';
import { InputError } from './errors.ts';

export type VariantName = 'quick' | 'full' | 'custom';

export interface SweepOverrides {
  replicas?: number;
  hidden?: number[];
}

export interface ExpandedSweep<E extends AnyExperiment> {
  variant: VariantName;
  cells: CellOf<E>[];
  replicas: number;
}

/** Cells and replicas of a variant; an override that changes it makes it `custom`. */
export function expandSweep<E extends AnyExperiment>(
  experiment: E,
  variant: 'quick' | 'full',
  overrides: SweepOverrides = {},
): ExpandedSweep<E> {
  const chosen = experiment[variant];
  const replicas = overrides.replicas ?? chosen.replicas;
  checkReplicas('expandSweep', replicas);
  if (!hasWidths(experiment) && overrides.hidden !== undefined) {
    throw new InputError(
      `expandSweep: expected no hidden widths for ${experiment.name}, whose cells have none, got ${overrides.hidden.join(',')}; drop --hidden`,
    );
  }
  const widths =
    overrides.hidden ?? (hasWidths(experiment) ? (experiment[variant].hidden ?? experiment.sweep.hidden) : []);
  if (new Set(widths).size < widths.length) {
    throw new InputError(
      `expandSweep: expected distinct hidden widths, got ${widths.join(',')}; drop the repeated one`,
    );
  }
  const same = replicas === chosen.replicas && overrides.hidden === undefined;
  return { variant: same ? variant : 'custom', cells: variantCells(experiment, variant, overrides.hidden), replicas };
}
