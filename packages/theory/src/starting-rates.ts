// Where the fit of the rates starts: pairs (eta_h, eta_y) that span every relaxation time a recording can show.

import { logSpaced } from './estimate.ts';
import { finalDistance } from './fixed-point.ts';
import type { TwoPoints, VectorState } from './two-points.ts';

const RATIO_FACTORS = [0.1, 0.3, 1, 3, 10];

/** How long the recording is, its smallest time step, and how many rates to try per ratio. */
export interface ScanRange {
  span: number;
  finest: number;
  count: number;
}

/**
 * Pairs [ln eta_h, ln eta_y]. Ratios eta_h / eta_y: the one for which A_high is the same in the first and last row,
 * and the authors' H(T)^2 / (|dx|^2 |dy*|^2), each times a few factors. For each ratio, rates for which the
 * relaxation rate runs from a tenth per recording to ten per smallest time step.
 */
export function startingRates(
  data: Pick<TwoPoints, 'dx2' | 'dyStar'>,
  measured: { H: ArrayLike<number>; Y: ArrayLike<number> },
  initial: VectorState,
  { span, finest, count }: ScanRange,
): Float64Array[] {
  const rates = logSpaced(0.1 / span, 10 / finest, count);
  return startingRatios(data, measured, initial).flatMap((ratio) => {
    const high = initial.H - (ratio * data.dx2 * initial.Y) / initial.H;
    const hInf = finalDistance(high, Math.sqrt(ratio * data.dx2) * data.dyStar);
    const perEtaY = Math.max(hInf - high / 2, Number.EPSILON * initial.H); // relaxation rate / eta_y
    return rates.map((rate) => Float64Array.of(Math.log((ratio * rate) / perEtaY), Math.log(rate / perEtaY)));
  });
}

function startingRatios(
  { dx2, dyStar }: Pick<TwoPoints, 'dx2' | 'dyStar'>,
  { H, Y }: { H: ArrayLike<number>; Y: ArrayLike<number> },
  initial: VectorState,
): number[] {
  const last = H.length - 1;
  const conserved = (initial.H - H[last]) / (dx2 * (initial.Y / initial.H - Y[last] / H[last]));
  const final = H[last] ** 2 / (dx2 * dyStar ** 2);
  const usable = [conserved, final].filter((ratio) => ratio > 0 && ratio < Number.POSITIVE_INFINITY);
  if (usable.length === 2 && Math.abs(Math.log(conserved / final)) < 1) usable.pop();
  const guesses = usable.length > 0 ? usable : [initial.H ** 2 / (dx2 * (initial.Y + dyStar ** 2))];
  return guesses.flatMap((guess) => RATIO_FACTORS.map((factor) => guess * factor));
}
