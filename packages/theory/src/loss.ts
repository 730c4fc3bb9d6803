// The training loss of two points, from the mean output's decay and the curves Y and w.

import { checkTimes, fail } from './two-points.ts';

/** The mean output: it decays alone, e(t) = e(0) exp(-eta_ybar t). */
export interface MeanOutput {
  /** eta_ybar = 1 / tau_ybar >= 0, 1 / time (no factor 1/2, unlike etaH and etaY). */
  etaYbar: number;
  /** |e(0)|^2 = |ybar(0) - ybar*|^2, [y]^2. */
  e2: number;
}

/** Y and w at the same times, of the theory or measured, [y]^2. */
export interface OutputCurves {
  Y: ArrayLike<number>;
  w: ArrayLike<number>;
}

/**
 * L(t) = 1/4 (2 |e(0)|^2 exp(-2 eta_ybar t) + w + (|dy*|^2 - Y) / 2), the loss 1/2 <|y - y*|^2> over the two points.
 * For outputs of m dimensions a framework's "0.5 * mean squared error" is this divided by m.
 * Before dy moves (Y = w = 0) and after the mean has, this is the plateau |dy*|^2 / 8.
 * Source: van Rossem and Saxe 2024 (their code, simulate.loss).
 */
export function lossCurve(
  dyStar: number,
  mean: MeanOutput,
  times: ArrayLike<number>,
  curves: OutputCurves,
): Float64Array {
  checkTimes('lossCurve', times, true);
  if (!(mean.etaYbar >= 0 && mean.e2 >= 0)) {
    fail(
      'lossCurve',
      'etaYbar and e2 zero or positive',
      `${mean.etaYbar} and ${mean.e2}`,
      'pass a rate and a squared distance',
    );
  }
  return Float64Array.from({ length: times.length }, (_, i) => {
    const meanPart = mean.e2 === 0 || mean.etaYbar === 0 ? mean.e2 : mean.e2 * Math.exp(-2 * mean.etaYbar * times[i]);
    return (2 * meanPart + curves.w[i] + (dyStar * dyStar - curves.Y[i]) / 2) / 4;
  });
}

/** |e(0)|^2 from the loss at the start: 2 L(0) - w(0) / 2 - (|dy*|^2 - Y(0)) / 4, not below 0. */
export function meanErrorFromLoss(dyStar: number, loss: number, state: { Y: number; w: number }): number {
  return Math.max(0, 2 * loss - state.w / 2 - (dyStar * dyStar - state.Y) / 4);
}
