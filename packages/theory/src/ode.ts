// What the two integrators share: an autonomous right-hand side, tolerances, the result and the step controller.

import { checkTimes, fail } from './two-points.ts';

/** Writes dy/dt at state y into `out`. NaN or infinite entries make the integrator retry with a smaller step. */
export type Derivative = (y: Float64Array, out: Float64Array) => void;

/** Writes the Jacobian, row-major [n, n], entry [i, j] = d(dy_i/dt) / dy_j, into `out`. */
export type Jacobian = (y: Float64Array, out: Float64Array) => void;

/** Tolerances of the local error per step: each component is weighed by absolute + relative |y|. */
export interface OdeOptions {
  /** Default 1e-10. */
  relative?: number;
  /** In the units of the state, default 1e-13. */
  absolute?: number;
  /** Default 100 000; more is an error. */
  maxSteps?: number;
  /** A constant step without error control, in units of time: for measuring the order. */
  fixedStep?: number;
}

/** The state at each requested time and what it cost. */
export interface OdeSolution {
  /** One state per requested time. */
  states: Float64Array[];
  steps: number;
  rejected: number;
  evaluations: number;
}

/** One accepted step: the state at fraction s in [0, 1] of it. */
export type Interpolant = (s: number, out: Float64Array) => void;

/**
 * A one-step method: tries a step of size h from y and returns the weighed error (<= 1 is accepted, NaN is retried).
 */
export interface Stepper {
  /** Exponent of the step controller, 1 / (order of the error estimate + 1). */
  exponent: number;
  attempt(y: Float64Array, h: number, next: Float64Array): number;
  /** Called after an accepted attempt. */
  accept(): void;
  interpolant: Interpolant;
  evaluations(): number;
}

const SAFETY = 0.9;
const SHRINK = 0.2;
const GROW = 5;

/** Largest |difference| / (absolute + relative max(|y0|, |y1|)). */
export function weighedError(
  difference: Float64Array,
  y0: Float64Array,
  y1: Float64Array,
  options: OdeOptions,
): number {
  const { relative = 1e-10, absolute = 1e-13 } = options;
  let worst = 0;
  for (let i = 0; i < difference.length; i++) {
    const error = Math.abs(difference[i]) / (absolute + relative * Math.max(Math.abs(y0[i]), Math.abs(y1[i])));
    if (!(error <= worst)) worst = error; // lets NaN through
  }
  return worst;
}

/** Runs a stepper from time 0 through ascending times, reading requested times from its interpolant. */
export function integrate(
  who: string,
  stepper: Stepper,
  initial: ArrayLike<number>,
  times: ArrayLike<number>,
  firstStep: number,
  options: OdeOptions,
): OdeSolution {
  checkTimes(who, times);
  const { maxSteps = 100_000, fixedStep } = options;
  const end = times.length > 0 ? times[times.length - 1] : 0;
  const solution: OdeSolution = { states: [], steps: 0, rejected: 0, evaluations: 0 };
  let y = Float64Array.from(initial);
  let next = new Float64Array(y.length);
  let t = 0;
  let h = fixedStep ?? Math.min(firstStep, end);
  while (solution.states.length < times.length && times[solution.states.length] === 0) solution.states.push(y.slice());
  while (solution.states.length < times.length) {
    if (solution.steps + solution.rejected >= maxSteps) {
      fail(
        who,
        `at most ${maxSteps} steps`,
        `time ${t} of ${end}`,
        'use the implicit method, fewer units of time or a larger maxSteps',
      );
    }
    const error = stepper.attempt(y, h, next);
    const accepted = fixedStep !== undefined || error <= 1;
    if (accepted) {
      while (solution.states.length < times.length && times[solution.states.length] <= t + h) {
        const state = new Float64Array(y.length);
        stepper.interpolant((times[solution.states.length] - t) / h, state);
        solution.states.push(state);
      }
      stepper.accept();
      [y, next] = [next, y];
      t += h;
      solution.steps += 1;
    } else solution.rejected += 1;
    if (fixedStep !== undefined) continue;
    const factor = error > 0 ? SAFETY * error ** -stepper.exponent : GROW;
    h *= Number.isFinite(error) ? Math.min(accepted ? GROW : 1, Math.max(SHRINK, factor)) : SHRINK;
    if (!accepted && !(t + h > t)) {
      fail(
        who,
        'a flow that stays regular',
        `a singular point at time ${t}`,
        'end before it or use a flow that is regular at dh = 0',
      );
    }
  }
  solution.evaluations = stepper.evaluations();
  return solution;
}

/** A cautious first step: a hundredth of the time in which the state changes by its own size. */
export function startingStep(
  derivative: Derivative,
  initial: ArrayLike<number>,
  absolute: number,
  end: number,
): number {
  const y = Float64Array.from(initial);
  const f = new Float64Array(y.length);
  derivative(y, f);
  let size = 0;
  let speed = 0;
  for (let i = 0; i < y.length; i++) {
    size = Math.max(size, Math.abs(y[i]));
    speed = Math.max(speed, Math.abs(f[i]));
  }
  return Math.min(end, (0.01 * (size + absolute)) / (speed + Number.MIN_VALUE));
}
