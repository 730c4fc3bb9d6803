// The fit of eta_h and eta_y to measured H, Y and w: a scan of relaxation rates, then Levenberg-Marquardt in ln eta.

import { vectorCurves } from './aligned-flow.ts';
import { parallelCurves } from './closed-form.ts';
import { type Alteration, alteredCurves } from './distance-flow.ts';
import { checkColumns, type Estimate, estimate, relativeTimes, rSquared } from './estimate.ts';
import { type FixedPoint, fixedPoint } from './fixed-point.ts';
import { type LeastSquares, leastSquares, sumOfSquares } from './levenberg-marquardt.ts';
import { startingRates } from './starting-rates.ts';
import {
  type Curves,
  checkDistance,
  checkTwoPoints,
  fail,
  outputComponents,
  type TwoPoints,
  toParallelState,
  type VectorState,
} from './two-points.ts';

/** Measured curves of one network, one value per time. */
export interface Trajectory {
  /** Increasing; time 0 of the theory is t[0]. */
  t: ArrayLike<number>;
  H: ArrayLike<number>;
  Y: ArrayLike<number>;
  w: ArrayLike<number>;
}

/**
 * `parallel` is the closed form, `vector` the lifted flow, an alteration the published equations with one term changed.
 * An alteration has no lift and cannot follow a bounce at H = 0: fit it to runs with w(0) < 0 or A_high > 0 only.
 */
export type RateModel = 'parallel' | 'vector' | Alteration;

export interface RateFitOptions {
  /** Default `parallel`. */
  model?: RateModel;
  /** The state at t[0]; default the first row. Give it where the rows are noisy. */
  initial?: VectorState;
  /** Factors of the residuals of each curve, 1 / its noise; default 1 each, as the authors fit. */
  weights?: { H: number; Y: number; w: number };
}

/** Fitted rates, the theory with them, and how well it follows the measured curves. */
export interface RateFit {
  etaH: Estimate;
  etaY: Estimate;
  /** eta_h / eta_y, which sets the geometry. */
  ratio: Estimate;
  /** Correlation of ln eta_h and ln eta_y. */
  correlation: number;
  /** Sum of squared (weighted) residuals of H, Y and w. */
  sse: number;
  degreesOfFreedom: number;
  r2: { H: number; Y: number; w: number };
  fixedPoint: FixedPoint;
  curves: Curves;
  converged: boolean;
  iterations: number;
}

const CURVES = ['H', 'Y', 'w'] as const;
/** Rows used while scanning for a start, at most. */
const SCAN_ROWS = 100;
const STARTS = 3;
const ALTERED = { relative: 1e-8, absolute: 1e-11, maxSteps: 5000 };

/**
 * eta_h and eta_y that minimise the sum of squared differences of H, Y and w over all rows.
 * The intervals assume independent residuals of equal (weighted) variance. Curves of a trained network deviate smoothly
 * instead, by the theory's own error: there the intervals are too narrow, and the spread over seeds is the honest
 * error.
 * Source of the procedure: van Rossem and Saxe 2024 (their code, optimize_eta).
 * @param data |dx|^2 and |dy*| of the two points
 * @throws one line on gaps, unsorted times, an initial state out of range, or curves that no rates follow
 */
export function fitRates(
  data: Pick<TwoPoints, 'dx2' | 'dyStar'>,
  trajectory: Trajectory,
  options: RateFitOptions = {},
): RateFit {
  const { model = 'parallel', weights = { H: 1, Y: 1, w: 1 } } = options;
  const { t, H, Y, w } = trajectory;
  checkColumns('fitRates', { t, H, Y, w });
  checkTwoPoints('fitRates', { ...data, etaH: 1, etaY: 1 });
  const initial = options.initial ?? { H: H[0], Y: Y[0], w: w[0] };
  checkDistance('fitRates', initial.H);
  outputComponents('fitRates', data.dyStar, initial);
  const curvesOf = predictor(model, data, initial);
  const { times, span, finest } = relativeTimes(t);

  const residualsOn = (rows: Int32Array) => {
    const rowTimes = Float64Array.from(rows, (row) => times[row]);
    return (logRates: Float64Array) => {
      const residuals = new Float64Array(3 * rows.length).fill(Number.NaN);
      const curves = tolerant(() => curvesOf(Math.exp(logRates[0]), Math.exp(logRates[1]), rowTimes));
      if (curves === undefined) return residuals;
      CURVES.forEach((key, c) => {
        const measured = trajectory[key];
        rows.forEach((row, i) => {
          residuals[c * rows.length + i] = weights[key] * (curves[key][i] - measured[row]);
        });
      });
      return residuals;
    };
  };

  const scanned = residualsOn(spread(times.length, SCAN_ROWS));
  const scan = startingRates(data, trajectory, initial, { span, finest, count: model === 'parallel' ? 40 : 25 })
    .map((start) => ({ start, sse: sumOfSquares(scanned(start)) }))
    .filter(({ sse }) => sse < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.sse - b.sse);
  const residuals = residualsOn(spread(times.length, times.length));
  const difference = model === 'parallel' ? 1e-5 : 1e-4;
  let best: LeastSquares | undefined;
  for (const { start } of scan.slice(0, STARTS)) {
    const found = tolerant(() => leastSquares(residuals, start, { difference }));
    if (found !== undefined && (best === undefined || found.sse < best.sse)) best = found;
  }
  if (best === undefined) {
    fail('fitRates', 'curves that some rates follow', 'none', 'check the first row or pick another model');
  }
  const [etaH, etaY] = best.parameters.map(Math.exp);
  return describe(best, data, initial, trajectory, curvesOf(etaH, etaY, times));
}

function describe(
  found: LeastSquares,
  data: Pick<TwoPoints, 'dx2' | 'dyStar'>,
  initial: VectorState,
  trajectory: Trajectory,
  curves: Curves,
): RateFit {
  const [logH, logY] = found.parameters;
  const [varianceH, covariance, , varianceY] = found.covariance;
  const of = (value: number, variance: number) => estimate(value, variance, found.degreesOfFreedom);
  return {
    etaH: of(logH, varianceH),
    etaY: of(logY, varianceY),
    ratio: of(logH - logY, varianceH + varianceY - 2 * covariance),
    correlation: covariance / Math.sqrt(varianceH * varianceY),
    sse: found.sse,
    degreesOfFreedom: found.degreesOfFreedom,
    r2: {
      H: rSquared(trajectory.H, curves.H),
      Y: rSquared(trajectory.Y, curves.Y),
      w: rSquared(trajectory.w, curves.w),
    },
    fixedPoint: fixedPoint({ ...data, etaH: Math.exp(logH), etaY: Math.exp(logY) }, initial),
    curves,
    converged: found.converged,
    iterations: found.iterations,
  };
}

type Predictor = (etaH: number, etaY: number, times: Float64Array) => Curves;

function predictor(model: RateModel, data: Pick<TwoPoints, 'dx2' | 'dyStar'>, initial: VectorState): Predictor {
  if (model === 'parallel') {
    const parallel = toParallelState(data.dyStar, initial);
    return (etaH, etaY, times) => parallelCurves({ ...data, etaH, etaY }, parallel, times);
  }
  if (model === 'vector') return (etaH, etaY, times) => vectorCurves({ ...data, etaH, etaY }, initial, times);
  return (etaH, etaY, times) => alteredCurves({ ...data, etaH, etaY }, initial, times, model, ALTERED);
}

/** Rates at which a flow is singular or too stiff are no error of the data: they count as a failed trial. */
function tolerant<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

/** At most `count` of n row numbers, evenly spread, the last included. */
function spread(n: number, count: number): Int32Array {
  const used = Math.min(n, count);
  return Int32Array.from({ length: used }, (_, i) => Math.round((i * (n - 1)) / Math.max(1, used - 1)));
}
