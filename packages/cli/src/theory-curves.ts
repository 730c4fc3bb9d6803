// Curves of the effective theory at given times, with where they end: what `ncnet theory --json` prints.
import {
  fixedPoint,
  lossCurve,
  type ParallelCurves,
  type ParallelState,
  parallelCurves,
  type TwoPoints,
  timeToReach,
} from 'theory';
import { UsageError } from './flags.ts';

/** Two points, their state at t = 0, and the mean output: its rate (1 / time) and its error e(0), [y]. */
export interface Problem {
  point: TwoPoints;
  start: ParallelState;
  mean: { etaYbar: number; e0: number };
}

export interface Row {
  t: number;
  H: number; // |dh|^2
  Y: number; // |dy|^2
  w: number; // dy (dy - dy*)
  loss: number; // 1/2 <|y - y*|^2>
}

export interface Prediction {
  aHigh: number;
  aLow: number;
  hInf: number; // final |dh|^2
  rate: number; // of the relaxation to it
  halfTime: number | null; // first time at which dy = dy* / 2; null if never, or if dy* = 0
  zeroTime: number | null; // time at which dy, negative at the start, passes through 0
  rows: Row[];
}

/** @throws UsageError if the numbers are so large or small that a result is none */
export function predict(problem: Problem, times: readonly number[]): Prediction {
  const { point, start } = problem;
  const { aHigh, aLow, rate } = fixedPoint(point, { H: start.H, Y: start.dy * start.dy });
  const [hInf] = parallelCurves(point, start, [Number.POSITIVE_INFINITY]).H; // also right for the saddle dh = 0
  const rows = curveRows(problem, times);
  const numbers = [aHigh, aLow, hInf, rate, ...rows.flatMap(({ H, Y, w, loss }) => [H, Y, w, loss])];
  if (!numbers.every(Number.isFinite)) {
    throw new UsageError(
      'expected parameters of which the curves can be computed, got numbers too large or too small; choose other units',
    );
  }
  const crosses = point.dyStar > 0 && start.dy < 0;
  return {
    ...{ aHigh, aLow, hInf, rate },
    halfTime: point.dyStar > 0 ? finite(timeToReach(point, start, 0.5)) : null,
    zeroTime: crosses ? finite(timeToReach(point, start, 1e-9)) : null,
    rows,
  };
}

function curveRows(problem: Problem, times: readonly number[]): Row[] {
  const { H, Y, w, loss } = curvesAt(problem, times);
  return times.map((t, i) => ({ t, H: H[i], Y: Y[i], w: w[i], loss: loss[i] }));
}

export function curvesAt(
  { point, start, mean }: Problem,
  times: ArrayLike<number>,
): ParallelCurves & { loss: Float64Array } {
  const curves = parallelCurves(point, start, times);
  const loss = lossCurve(point.dyStar, { etaYbar: mean.etaYbar, e2: mean.e0 * mean.e0 }, times, curves);
  return { ...curves, loss: loss.map((value) => Math.max(0, value)) }; // rounding at the end of training
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
