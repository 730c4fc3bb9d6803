// The fit of eta_ybar, the one constant that the loss adds to the theory, to a measured loss curve.

import { checkColumns, type Estimate, estimate, logSpaced, relativeTimes, rSquared } from './estimate.ts';
import { leastSquares, sumOfSquares } from './levenberg-marquardt.ts';
import { lossCurve, meanErrorFromLoss, type OutputCurves } from './loss.ts';
import { fail } from './two-points.ts';

/** Fitted decay of the mean output and the loss curve with it. */
export interface LossFit {
  etaYbar: Estimate;
  /** |e(0)|^2, given or read from the first loss, [y]^2. */
  e2: number;
  sse: number;
  r2: number;
  loss: Float64Array;
  converged: boolean;
}

const SCAN = 40;

/**
 * eta_ybar that minimises the sum of squared differences of the loss, with Y and w given (of the theory, as fitted
 * before, or measured). The interval assumes independent residuals of equal variance, see `fitRates`.
 * @param dyStar |dy*|, [y]
 * @param recording measured loss (1/2 <|y - y*|^2>) at increasing times
 * @param e2 |e(0)|^2; default from the first loss
 * @throws one line on gaps, curves of another length, or if the mean output starts at its target (nothing to fit)
 */
export function fitLoss(
  dyStar: number,
  recording: { t: ArrayLike<number>; loss: ArrayLike<number> },
  curves: OutputCurves,
  e2?: number,
): LossFit {
  const { t, loss } = recording;
  checkColumns('fitLoss', { t, loss, Y: curves.Y, w: curves.w });
  const error2 = e2 ?? meanErrorFromLoss(dyStar, loss[0], { Y: curves.Y[0], w: curves.w[0] });
  if (!(error2 > 0))
    fail('fitLoss', '|e(0)|^2 above 0', error2, 'the mean output starts at its target: nothing to fit');
  const { times, span, finest } = relativeTimes(t);
  const predict = (logRate: number) => lossCurve(dyStar, { etaYbar: Math.exp(logRate), e2: error2 }, times, curves);
  const residuals = (parameters: Float64Array) => predict(parameters[0]).map((value, i) => value - loss[i]);
  let start = Float64Array.of(0);
  let least = Number.POSITIVE_INFINITY;
  for (const rate of logSpaced(0.01 / span, 10 / finest, SCAN)) {
    const candidate = Float64Array.of(Math.log(rate));
    const sse = sumOfSquares(residuals(candidate));
    if (sse < least) {
      least = sse;
      start = candidate;
    }
  }
  const found = leastSquares(residuals, start);
  const predicted = predict(found.parameters[0]);
  return {
    etaYbar: estimate(found.parameters[0], found.covariance[0], found.degreesOfFreedom),
    e2: error2,
    sse: found.sse,
    r2: rSquared(loss, predicted),
    loss: predicted,
    converged: found.converged,
  };
}
