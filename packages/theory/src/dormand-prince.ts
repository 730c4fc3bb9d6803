// The explicit Runge-Kutta pair of order 5(4) of Dormand and Prince (1980), with a continuous extension of order 4.

import {
  type Derivative,
  integrate,
  type OdeOptions,
  type OdeSolution,
  type Stepper,
  startingStep,
  weighedError,
} from './ode.ts';

// Dormand and Prince 1980, table 2 (RK5(4)7M); the last row is the solution, whose slope opens the next step.
const A = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** Order 5 minus order 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];
/** Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), II.6: the extension's degree 4. */
const DENSE = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

/**
 * Integrates dy/dt = f(y) from time 0 and returns the states at ascending times.
 * Local error of each step below absolute + relative |y|; order 5 at the steps, 4 between them.
 * @param initial state at time 0
 * @throws one line if the flow blows up or needs more than maxSteps steps
 */
export function dormandPrince(
  derivative: Derivative,
  initial: ArrayLike<number>,
  times: ArrayLike<number>,
  options: OdeOptions = {},
): OdeSolution {
  const end = times.length > 0 ? times[times.length - 1] : 0;
  const first = startingStep(derivative, initial, options.absolute ?? 1e-13, end);
  return integrate(
    'dormandPrince',
    dormandPrinceStepper(derivative, initial.length, options),
    initial,
    times,
    first,
    options,
  );
}

function dormandPrinceStepper(derivative: Derivative, n: number, options: OdeOptions): Stepper {
  const slopes = A.map(() => new Float64Array(n));
  const stage = new Float64Array(n);
  const difference = new Float64Array(n);
  const start = new Float64Array(n);
  const end = new Float64Array(n);
  let size = 0;
  let fresh = true; // slopes[0] is not yet that of the current state
  let evaluations = 0;
  return {
    exponent: 1 / 5,
    evaluations: () => evaluations,
    attempt(y, h, next) {
      if (fresh) {
        derivative(y, slopes[0]);
        evaluations += 1;
        fresh = false;
      }
      for (let s = 1; s < A.length; s++) {
        const target = s === A.length - 1 ? next : stage;
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let j = 0; j < s; j++) sum += A[s][j] * slopes[j][i];
          target[i] = y[i] + h * sum;
        }
        derivative(target, slopes[s]);
        evaluations += 1;
      }
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let s = 0; s < A.length; s++) sum += ERROR[s] * slopes[s][i];
        difference[i] = h * sum;
      }
      start.set(y);
      end.set(next);
      size = h;
      return weighedError(difference, y, next, options);
    },
    accept() {
      [slopes[0], slopes[6]] = [slopes[6], slopes[0]];
    },
    interpolant(s, out) {
      for (let i = 0; i < n; i++) {
        const rise = end[i] - start[i];
        const left = size * slopes[0][i] - rise;
        const right = rise - size * slopes[6][i] - left;
        let quartic = 0;
        for (let j = 0; j < A.length; j++) quartic += DENSE[j] * slopes[j][i];
        out[i] = start[i] + s * (rise + (1 - s) * (left + s * (right + (1 - s) * size * quartic)));
      }
    },
  };
}
