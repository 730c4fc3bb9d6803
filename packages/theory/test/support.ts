// What several tests share: a seeded generator, sample problems and the scalar flow of (dh, D_y), the independent
// oracle.

import { dormandPrince, type ParallelState, type TwoPoints } from '../src/index.ts';

/** Uniform draws in (0, 1), mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Standard normal draws by Box and Muller. */
export function gaussian(seed: number): () => number {
  const uniform = generator(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** `count` times from 0 to end. */
export function timesTo(end: number, count = 201): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (end * i) / (count - 1));
}

/** Largest |a - b|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = Math.abs(a.length - b.length);
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

/** Largest |value|. */
export function size(values: ArrayLike<number>): number {
  return largestDifference(values, new Float64Array(values.length));
}

/** H and dy from the scalar flow of dh and D_y, regular at dh = 0, at tolerance 1e-13. */
export function scalarFlow(point: TwoPoints, initial: ParallelState, times: ArrayLike<number>) {
  const encoder = (point.etaH * point.dx2) / 2;
  const decoder = point.etaY / 2;
  const start = [Math.sqrt(initial.H), initial.dy / Math.sqrt(initial.H)];
  const { states } = dormandPrince(
    ([dh, slope], out) => {
      const d = slope * dh - point.dyStar;
      out[0] = -encoder * slope * d;
      out[1] = -decoder * d * dh;
    },
    start,
    times,
    { relative: 1e-13, absolute: 1e-16, maxSteps: 1e6 },
  );
  return {
    H: states.map(([dh]) => dh * dh),
    dy: states.map(([dh, slope]) => dh * slope),
    dh: states.map(([dh]) => dh),
  };
}

const default_ = { etaH: 0.31, etaY: 2.7, dx2: 1, dyStar: Math.SQRT1_2 };
const integerRoots = { etaH: 1, etaY: 4, dx2: 1, dyStar: 0.75 }; // k = 2 exactly, so that A_high = 0 is exact

/** Named problems: every sign of A_high and dy(0), equal targets, lazy and balanced starts. */
export const PROBLEMS: Record<string, { point: TwoPoints; initial: ParallelState; end: number }> = {
  'small start': { point: default_, initial: { H: 0.0021, dy: 0.002 }, end: 60 },
  'A_high > 0, dy(0) = 0': { point: default_, initial: { H: 0.01, dy: 0 }, end: 60 },
  'A_high > 0, dy(0) < 0': { point: default_, initial: { H: 0.01, dy: -0.02 }, end: 60 },
  'A_high < 0': { point: default_, initial: { H: 0.0021, dy: 0.013 }, end: 60 },
  'bounce: A_high < 0, dy(0) < 0': { point: default_, initial: { H: 0.0021, dy: -0.013 }, end: 60 },
  'strong bounce': { point: { ...default_, dx2: 1.3 }, initial: { H: 0.01, dy: -0.4 }, end: 60 },
  'dy(0) beyond the target': { point: default_, initial: { H: 0.3, dy: 1.9 }, end: 60 },
  'balanced: A_high = 0': { point: integerRoots, initial: { H: 2 ** -8, dy: 2 ** -7 }, end: 30 },
  'nearly balanced': { point: integerRoots, initial: { H: 2 ** -8, dy: 2 ** -7 * (1 + 1e-9) }, end: 30 },
  'lazy encoder': { point: { ...default_, etaY: 0.0027 }, initial: { H: 1000, dy: 0.1 }, end: 10 },
  'very lazy encoder': { point: { ...default_, etaY: 2.7e-6 }, initial: { H: 1e6, dy: -0.1 }, end: 10 },
  'lazy decoder': { point: default_, initial: { H: 1e-3, dy: 0.6 }, end: 1 },
  'same targets, stay': { point: { ...default_, dyStar: 0 }, initial: { H: 0.2, dy: 0.2 }, end: 60 },
  'same targets, merge': { point: { ...default_, dyStar: 0 }, initial: { H: 0.01, dy: -0.2 }, end: 10 },
  'same targets, A_high = 0': { point: { ...integerRoots, dyStar: 0 }, initial: { H: 0.25, dy: 0.5 }, end: 60 },
};
