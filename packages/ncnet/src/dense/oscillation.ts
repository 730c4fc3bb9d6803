// Whether the losses of two heads oscillate together from step to step, once what they share in falling smoothly is taken off.

import { mean } from '../mean.ts';
import type { DenseCell } from './cell.ts';
import { correlation } from './charts.ts';
import type { DenseRun } from './runs.ts';

export interface Oscillation {
  steps: number; // losses read, one a step
  changes: number; // correlation of the two losses' changes from step to step: the common fall is in it
  rest: number; // correlation of what is left of the two losses
  alternating: number; // share of neighbours among what is left with opposite signs: 1 oscillates, .80 is white noise, 0 is smooth
  size: number; // root mean square of what is left over that of the changes, the larger of the two heads'
}

/**
 * What is left of a loss at step t is (l[t-2] - 4 l[t-1] + 6 l[t] - 4 l[t+1] + l[t+2]) / 16: an oscillation of amplitude a
 * that turns at every step leaves a, and any cubic in t leaves nothing.
 * @throws where a step is missing between two that the run holds
 */
export function oscillation({ heads }: Pick<DenseCell, 'heads'>, { probe }: DenseRun, a = 0, b = 1): Oscillation {
  const jump = probe.t.findIndex((step, k) => step !== k);
  if (jump >= 0) {
    throw new Error(
      `oscillation: expected every step from 0, got step ${probe.t[jump]} after ${jump} of them; raise samples above half of the steps`,
    );
  }
  const both = [a, b].map((head) => {
    const losses = probe.t.map((_, k) => probe.losses[k * heads.length + head] ?? Number.NaN);
    const changes = losses.slice(1).map((loss, k) => loss - losses[k]);
    const rest = losses.slice(4).map((loss, k) => {
      const [one, two, three, four] = losses.slice(k, k + 4);
      return (one - 4 * two + 6 * three - 4 * four + loss) / 16;
    });
    return { changes, rest };
  });
  const [one, other] = both;
  const turns = both.flatMap(({ rest }) => rest.slice(1).map((value, k) => Number(value * rest[k] < 0)));
  return {
    steps: probe.t.length,
    changes: correlation(one.changes, other.changes),
    rest: correlation(one.rest, other.rest),
    alternating: mean(turns),
    size: Math.max(...both.map(({ rest, changes }) => Math.sqrt(mean(rest.map(square)) / mean(changes.map(square))))),
  };
}

const square = (value: number): number => value * value;
