// The sentences and table cells of the cross-check's page, made from the result alone.
import { listed, scientific } from '../bench/numbers.ts';
import type { CheckedBackend, Crosscheck } from './results.ts';

export const onGpu = ({ device }: { device: string }): boolean => device.startsWith('GPU');
/** Two digits say enough of a difference. */
const rounded = (value: number): string => scientific(Number(value.toPrecision(2)));
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function headline({ backends, failed, passed }: Crosscheck): string {
  const all = backends.length + failed.length;
  if (passed)
    return `${all === 1 ? 'The one backend' : `All ${all} backends`} that took part agree with float64 within every tolerance.`;
  const bad = [
    ...failed.map(({ name }) => name),
    ...backends.filter((b) => !Object.values(b.passed).every(Boolean)).map(({ backend }) => backend),
  ];
  return `${plural(bad.length, 'backend')} of ${all} missed a tolerance or gave no answer: ${listed(bad)}.`;
}

/** What the result cannot say. */
export function limits({ backends, absent }: Crosscheck): string {
  const gpus = backends.filter(onGpu);
  const devices =
    gpus.length === 0
      ? 'No GPU took part: every device below is a CPU, so this page says nothing about a GPU.'
      : `On a GPU: ${listed(gpus.map(({ backend, device }) => `${backend} (${device})`))}.`;
  const missing = absent.map(({ name, reason }) => `${name} (${reason})`);
  return missing.length === 0 ? devices : `${devices} Not on this machine, and not judged: ${listed(missing)}.`;
}

interface Cell {
  text: string;
  note?: string;
  met?: boolean;
}

export interface RungRow {
  rung: string;
  tolerance: string;
  cell(backend: CheckedBackend): Cell;
}

/** The rungs from one op to twenty steps, each with what is allowed. */
export function rungs({ tolerances: t, model }: Crosscheck): RungRow[] {
  const against = (value: number, tolerance: number): Cell => ({ text: rounded(value), met: value <= tolerance });
  return [
    {
      ...{ rung: 'one op', tolerance: `${rounded(t.opAbsolute)} + ${rounded(t.opRelative)} |x|` },
      cell: ({ differences: { ops }, passed }) => ({
        ...{ text: rounded(Math.max(...ops.map((op) => op.largest))), met: passed.ops },
      }),
    },
    {
      ...{ rung: 'forward pass', tolerance: rounded(t.forward) },
      cell: ({ differences }) => against(differences.forward.largest, t.forward),
    },
    {
      ...{ rung: 'gradient', tolerance: rounded(t.gradient) },
      cell: ({ differences }) => against(differences.gradient.largest, t.gradient),
    },
    {
      ...{ rung: 'its direction', tolerance: rounded(t.gradientCosine) },
      cell: ({ differences }) => against(differences.gradient.cosine, t.gradientCosine),
    },
    {
      ...{ rung: 'one step', tolerance: rounded(t.step) },
      cell: ({ differences }) => against(differences.step, t.step),
    },
    {
      ...{ rung: `${model.steps} steps`, tolerance: rounded(t.steps) },
      cell: ({ differences: { steps } }) => ({
        ...against(steps.largest, t.steps),
        ...(steps.firstOut === null ? {} : { note: `out from step ${steps.firstOut}` }),
      }),
    },
    {
      ...{ rung: 'from another backend', tolerance: rounded(t.apart) },
      cell: ({ apart }) => {
        const distances = Object.values(apart);
        return distances.length === 0 ? { text: '-' } : against(Math.max(...distances), t.apart);
      },
    },
  ];
}

/** Largest difference of a weight: a backend from itself (computed twice) and from each other one. */
export function noiseRows({ backends }: Crosscheck): string[][] {
  return backends.map(({ backend, apart, differences }) => [
    backend,
    ...backends.map((other) => rounded(other.backend === backend ? differences.steps.again : apart[other.backend])),
  ]);
}

/** Largest difference of each op, and how much of what is allowed it takes. */
export function opRows({ backends }: Crosscheck): (string | Cell)[][] {
  return backends[0].differences.ops.map(({ op }) => [
    op,
    ...backends.map(({ differences }): Cell => {
      const { largest, share } = differences.ops.find((each) => each.op === op)!;
      const note = `${Number((100 * share).toPrecision(2))}\u00a0%`;
      return share <= 1 ? { text: rounded(largest), note } : { text: rounded(largest), note, met: false };
    }),
  ]);
}
