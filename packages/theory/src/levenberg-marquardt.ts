// Nonlinear least squares by Levenberg's and Marquardt's method (Levenberg 1944, Marquardt 1963), for a few parameters.

import { factorize, inverse, solveFactored } from './linear.ts';
import { fail } from './two-points.ts';

/** Residuals for given parameters; always of one length. NaN entries mark parameters that cannot be used. */
export type Residuals = (parameters: Float64Array) => Float64Array;

export interface LeastSquaresOptions {
  /** Step of the central differences, in units of the parameters; default 1e-5. */
  difference?: number;
  /** Longest step in any parameter; default 2. */
  maxStep?: number;
  /** Default 100. */
  maxIterations?: number;
}

/** A minimum of the sum of squares, with the covariance that independent residuals of equal variance imply. */
export interface LeastSquares {
  parameters: Float64Array;
  /** Sum of squared residuals. */
  sse: number;
  /** Row-major [p, p]: sse / (n - p) (J^T J)^-1. */
  covariance: Float64Array;
  /** n - p. */
  degreesOfFreedom: number;
  iterations: number;
  converged: boolean;
}

const SMALLEST_GAIN = 1e-14; // relative decrease of sse below which the minimum is reached
const SMALLEST_STEP = 1e-9;
const DAMPING = { start: 1e-3, up: 10, down: 0.1, limit: 1e12 };

/**
 * Minimises the sum of squared residuals from a starting point, with a Jacobian by central differences.
 * @throws one line if there are not more residuals than parameters or if the start cannot be used
 */
export function leastSquares(
  residuals: Residuals,
  start: ArrayLike<number>,
  options: LeastSquaresOptions = {},
): LeastSquares {
  const { difference = 1e-5, maxStep = 2, maxIterations = 100 } = options;
  const p = start.length;
  let parameters = Float64Array.from(start);
  let values = residuals(parameters);
  const degreesOfFreedom = values.length - p;
  if (degreesOfFreedom <= 0) fail('leastSquares', `more than ${p} residuals`, values.length, 'pass more samples');
  let sse = sumOfSquares(values);
  if (!Number.isFinite(sse)) fail('leastSquares', 'finite residuals at the start', sse, 'start from other parameters');
  let damping = DAMPING.start;
  let iterations = 0;
  let converged = sse === 0;
  let normal = normalEquations(residuals, parameters, values, difference);
  while (!converged && iterations < maxIterations && damping < DAMPING.limit) {
    iterations += 1;
    const step = dampedStep(normal, damping, p, maxStep);
    if (!step.every(Number.isFinite)) {
      damping *= DAMPING.up;
      continue;
    }
    const trial = parameters.map((value, i) => value + step[i]);
    const trialValues = residuals(trial);
    const trialSse = sumOfSquares(trialValues);
    const small = step.every((value) => Math.abs(value) < SMALLEST_STEP);
    if (trialSse <= sse) {
      converged = small || (damping <= 1 && sse - trialSse <= SMALLEST_GAIN * sse);
      parameters = trial;
      values = trialValues;
      sse = trialSse;
      damping *= DAMPING.down;
      normal = normalEquations(residuals, parameters, values, difference);
    } else {
      converged = small;
      damping *= DAMPING.up;
    }
  }
  const covariance = inverse(normal.matrix, p).map((value) => (value * sse) / degreesOfFreedom);
  return { parameters, sse, covariance, degreesOfFreedom, iterations, converged };
}

/** Sum of squares; NaN and overflow count as infinite. */
export function sumOfSquares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Number.isFinite(sum) ? sum : Number.POSITIVE_INFINITY;
}

interface NormalEquations {
  matrix: Float64Array; // J^T J
  gradient: Float64Array; // J^T r
}

function normalEquations(
  residuals: Residuals,
  at: Float64Array,
  values: Float64Array,
  difference: number,
): NormalEquations {
  const p = at.length;
  const columns = Array.from({ length: p }, (_, j) => {
    const above = at.slice();
    const below = at.slice();
    above[j] += difference;
    below[j] -= difference;
    const plus = residuals(above);
    const minus = residuals(below);
    return plus.map((value, i) => (value - minus[i]) / (2 * difference));
  });
  const matrix = new Float64Array(p * p);
  const gradient = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) matrix[i * p + j] = dot(columns[i], columns[j]);
    gradient[i] = dot(columns[i], values);
  }
  return { matrix, gradient };
}

/** Marquardt's step: the diagonal of J^T J scaled by 1 + damping. NaN where the Jacobian is. */
function dampedStep({ matrix, gradient }: NormalEquations, damping: number, p: number, maxStep: number): Float64Array {
  const system = matrix.slice();
  for (let i = 0; i < p; i++) system[i * p + i] = matrix[i * p + i] * (1 + damping) + Number.MIN_VALUE;
  const step = gradient.map((value) => -value);
  solveFactored(system, factorize(system, p), step, p);
  const longest = Math.max(...step.map(Math.abs));
  return longest > maxStep ? step.map((value) => (value * maxStep) / longest) : step;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
