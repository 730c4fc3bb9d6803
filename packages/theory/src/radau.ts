// The implicit Runge-Kutta method Radau IIA of order 5 (Hairer and Wanner 1996, IV.8), for stiff flows and long times.

import { factorize, solveFactored } from './linear.ts';
import {
  type Derivative,
  integrate,
  type Jacobian,
  type OdeOptions,
  type OdeSolution,
  type Stepper,
  startingStep,
  weighedError,
} from './ode.ts';

const S6 = Math.sqrt(6);
const C = [(4 - S6) / 10, (4 + S6) / 10, 1];
// Hairer and Wanner 1996, table IV.5.6.
const A = [
  [(88 - 7 * S6) / 360, (296 - 169 * S6) / 1800, (-2 + 3 * S6) / 225],
  [(296 + 169 * S6) / 1800, (88 + 7 * S6) / 360, (-2 - 3 * S6) / 225],
  [(16 - S6) / 36, (16 + S6) / 36, 1 / 9],
];
/** The real eigenvalue of A^-1 and the weights of the error estimate (IV.8.16-8.17). */
const GAMMA = 3 + Math.cbrt(9) - Math.cbrt(3);
const ERROR = [(-13 - 7 * S6) / 3, (-13 + 7 * S6) / 3, -1 / 3];
const NEWTON_ITERATIONS = 10;

/**
 * Integrates dy/dt = f(y) from time 0 and returns the states at ascending times; L-stable, so that a flow resting at
 * its fixed point costs a few steps however long it rests. Error estimate of order 3, collocation polynomial between
 * steps.
 * @throws one line if the flow blows up or needs more than maxSteps steps
 */
export function radau(
  derivative: Derivative,
  jacobian: Jacobian,
  initial: ArrayLike<number>,
  times: ArrayLike<number>,
  options: OdeOptions = {},
): OdeSolution {
  const end = times.length > 0 ? times[times.length - 1] : 0;
  const first = startingStep(derivative, initial, options.absolute ?? 1e-13, end);
  return integrate(
    'radau',
    radauStepper(derivative, jacobian, initial.length, options),
    initial,
    times,
    first,
    options,
  );
}

function radauStepper(derivative: Derivative, jacobian: Jacobian, n: number, options: OdeOptions): Stepper {
  const jacobianAt = new Float64Array(n * n);
  const system = new Float64Array(9 * n * n);
  const errorSystem = new Float64Array(n * n);
  const z = new Float64Array(3 * n); // stage values minus y
  const residual = new Float64Array(3 * n);
  const slopes = [0, 1, 2].map(() => new Float64Array(n));
  const slope = new Float64Array(n);
  const stage = new Float64Array(n);
  const difference = new Float64Array(n);
  const start = new Float64Array(n);
  let evaluations = 0;
  const evaluate = (y: Float64Array, out: Float64Array) => {
    evaluations += 1;
    derivative(y, out);
  };

  /** Newton's iteration with the Jacobian at y; false if it does not converge. */
  const solveStages = (y: Float64Array, h: number): boolean => {
    const pivots = factorize(system, 3 * n);
    const { relative = 1e-10, absolute = 1e-13 } = options;
    z.fill(0);
    let before = Number.POSITIVE_INFINITY;
    for (let iteration = 0; iteration < NEWTON_ITERATIONS; iteration++) {
      for (let s = 0; s < 3; s++) {
        for (let i = 0; i < n; i++) stage[i] = y[i] + z[s * n + i];
        evaluate(stage, slopes[s]);
      }
      for (let s = 0; s < 3; s++) {
        for (let i = 0; i < n; i++) {
          const sum = A[s][0] * slopes[0][i] + A[s][1] * slopes[1][i] + A[s][2] * slopes[2][i];
          residual[s * n + i] = h * sum - z[s * n + i];
        }
      }
      solveFactored(system, pivots, residual, 3 * n);
      let size = 0;
      for (let k = 0; k < 3 * n; k++) {
        z[k] += residual[k];
        const weighed = Math.abs(residual[k]) / (absolute + relative * Math.abs(y[k % n]));
        if (!(weighed <= size)) size = weighed;
      }
      // The floor is what rounding leaves of z itself.
      if (size < Math.max(1e-3, Math.min(0.03, (10 * Number.EPSILON) / relative))) return true;
      if (!(size < 2 * before)) return false;
      before = size;
    }
    return false;
  };

  return {
    exponent: 1 / 4,
    evaluations: () => evaluations,
    attempt(y, h, next) {
      jacobian(y, jacobianAt);
      evaluate(y, slope);
      for (let r = 0; r < 3 * n; r++) {
        for (let c = 0; c < 3 * n; c++) {
          const entry = h * A[Math.floor(r / n)][Math.floor(c / n)] * jacobianAt[(r % n) * n + (c % n)];
          system[r * 3 * n + c] = (r === c ? 1 : 0) - entry;
        }
      }
      if (!solveStages(y, h)) return Number.NaN;
      for (let i = 0; i < n * n; i++) errorSystem[i] = (i % (n + 1) === 0 ? GAMMA / h : 0) - jacobianAt[i];
      const pivots = factorize(errorSystem, n);
      for (let i = 0; i < n; i++) {
        difference[i] = slope[i] + (ERROR[0] * z[i] + ERROR[1] * z[n + i] + ERROR[2] * z[2 * n + i]) / h;
        next[i] = y[i] + z[2 * n + i];
      }
      solveFactored(errorSystem, pivots, difference, n);
      start.set(y);
      return weighedError(difference, y, next, options);
    },
    accept() {},
    interpolant(s, out) {
      // Lagrange's polynomial through (0, 0) and (c_j, z_j).
      const [a, b] = C;
      const first = (s * (s - b) * (s - 1)) / (a * (a - b) * (a - 1));
      const second = (s * (s - a) * (s - 1)) / (b * (b - a) * (b - 1));
      const third = (s * (s - a) * (s - b)) / ((1 - a) * (1 - b));
      for (let i = 0; i < n; i++) out[i] = start[i] + first * z[i] + second * z[n + i] + third * z[2 * n + i];
    },
  };
}
