// Measured numbers of one backend against the float64 anchor: largest differences by rung, each beside its tolerance.
import type { Reference, Trajectory } from './crosscheck-float64.ts';
import type { Measured } from './crosscheck-measure.ts';
import { startParameters } from './crosscheck-model.ts';
import { OP_CASES } from './crosscheck-ops.ts';

type Numbers = ArrayLike<number>;

/** What may differ from float64; the floors of PyTorch's own float32 comparisons for ops. */
export const TOLERANCES = {
  opAbsolute: 1e-5, // an op: at most opAbsolute + opRelative * |float64|
  opRelative: 1.3e-6,
  forward: 1e-5, // largest difference of the last hidden state and of the pooler's output
  gradientCosine: 1e-6, // 1 - cosine
  gradient: 2e-5, // largest difference / largest number of the gradient
  step: 1e-4, // length of the difference / length of the update
  steps: 1e-4, // the same at any of the steps, for the way from the start
  apart: 1e-6, // largest difference of a weight between two backends at any of the steps
} as const;

export interface OpDifference {
  op: string;
  largest: number; // |got - exact|
  share: number; // largest difference / what is allowed there; at most 1 passes
  worst: { index: number; got: number; exact: number; inputs: number[][] }; // inputs: in full only if it fails
}

export interface Differences {
  ops: OpDifference[];
  forward: { largest: number; p99: number; relative: number }; // relative: length of the difference / length
  gradient: { largest: number; cosine: number }; // largest: of the largest number; cosine: 1 - cosine
  loss: number;
  step: number;
  steps: { largest: number; curve: number[]; firstOut: number | null; again: number }; // again: largest difference of the two times
}

export function compare(measured: Measured, exact: Reference, path: Trajectory): Differences {
  const forward = [
    ...differences(measured.lastHidden, exact.lastHidden),
    ...differences(measured.pooled, exact.pooled),
  ];
  const both = [...exact.lastHidden, ...exact.pooled];
  const start = startParameters();
  const curve = measured.steps.map((values, i) => strayed(values, path.parameters[i], start));
  const firstOut = curve.findIndex((value) => !(value <= TOLERANCES.steps));
  return {
    ops: OP_CASES.map(({ name, inputs, exact: formula }, i) =>
      opDifference(name, measured.ops[i], formula(inputs.map((values) => Float64Array.from(values))), inputs),
    ),
    forward: { largest: most(forward), p99: quantile(forward, 0.99), relative: length(forward) / length(both) },
    gradient: {
      largest: most(differences(measured.gradient, path.gradient)) / most([...path.gradient].map(Math.abs)),
      cosine: 1 - cosine(measured.gradient, path.gradient),
    },
    loss: Math.abs(measured.loss - exact.loss),
    step: curve[0],
    steps: {
      largest: most(curve),
      curve,
      firstOut: firstOut < 0 ? null : firstOut + 1,
      again: most(measured.steps.map((values, i) => most(differences(values, measured.again[i])))),
    },
  };
}

/** Each rung's verdict. A number that is not finite fails. @param distances to the other backends, as `apart` gives them */
export function verdicts(
  { ops, forward, gradient, step, steps }: Differences,
  distances: readonly number[],
): Record<Rung, boolean> {
  return {
    ops: ops.every(({ share }) => share <= 1),
    forward: forward.largest <= TOLERANCES.forward,
    gradient: gradient.cosine <= TOLERANCES.gradientCosine && gradient.largest <= TOLERANCES.gradient,
    step: step <= TOLERANCES.step,
    steps: steps.largest <= TOLERANCES.steps,
    apart: distances.every((distance) => distance <= TOLERANCES.apart),
  };
}
export type Rung = 'ops' | 'forward' | 'gradient' | 'step' | 'steps' | 'apart';

/** Largest difference of the weights of two backends at any step. */
export const apart = (a: Measured, b: Measured): number =>
  most(a.steps.map((values, i) => most(differences(values, b.steps[i]))));

function opDifference(op: string, got: Numbers, exact: Float64Array, inputs: Float32Array[]): OpDifference {
  const off = differences(got, exact);
  const shares = off.map((value, i) => value / (TOLERANCES.opAbsolute + TOLERANCES.opRelative * Math.abs(exact[i])));
  const index = shares.reduce((worst, value, i) => (value > shares[worst] || Number.isNaN(value) ? i : worst), 0);
  const share = shares[index];
  const replay = share <= 1 ? [] : inputs.map((values) => [...values]);
  return { op, largest: most(off), share, worst: { index, got: got[index], exact: exact[index], inputs: replay } };
}

/** Length of the difference / length of the way from the start. */
function strayed(got: Numbers, exact: Numbers, start: Numbers): number {
  return length(differences(got, exact)) / length(differences(exact, start));
}

function differences(a: Numbers, b: Numbers): number[] {
  if (a.length !== b.length) throw new Error(`crosscheck: expected ${b.length} numbers, got ${a.length}; report it`);
  return Array.from(a, (value, i) => Math.abs(value - b[i]));
}

/** The largest; NaN if there is one, so that it fails every tolerance. */
const most = (values: number[]): number => values.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), 0);
const length = (values: Numbers): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
const quantile = (values: number[], at: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(at * values.length) - 1];

/** 1 up to the rounding of float64. */
function cosine(a: Numbers, b: Numbers): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0) / (length(a) * length(b));
}
