// What two points keep and where they end: the conserved quantity A_high, A_low, the final distance and its rates.

import { parallelSolution } from './closed-form.ts';
import { checkDistance, checkTwoPoints, type ParallelState, type TwoPoints } from './two-points.ts';

/** Where the flow ends; distances in [h]^2, rates in 1 / time. */
export interface FixedPoint {
  /** Conserved; the final H of a lazy start. */
  aHigh: number;
  /** sqrt(eta_h / eta_y) |dx| |dy*|, the final H of a small start ("rich"). */
  aLow: number;
  /**
   * A_high / A_low: >> 1 lazy (H keeps its start), near 0 rich, << -1 a dominant decoder (H ends at A_low^2 /
   * |A_high|).
   */
  laziness: number;
  /** Final |dh|^2. */
  hInf: number;
  /** Relaxation rate of dy along dy*: eta_y sqrt(A_low^2 + A_high^2 / 4). */
  rate: number;
  /** Relaxation rate of dy across dy* (vector outputs): eta_y hInf / 2. */
  rateAcross: number;
}

/**
 * A_high = H - (eta_h / eta_y) |dx|^2 Y / H, constant under the H, Y, w equations, in [h]^2.
 * Source: van Rossem and Saxe 2024; arXiv 2507.09897, equations 21-22.
 */
export function aHigh(point: TwoPoints, state: { H: number; Y: number }): number {
  checkTwoPoints('aHigh', point);
  checkDistance('aHigh', state.H);
  return state.H - (((point.etaH / point.etaY) * point.dx2) / state.H) * state.Y;
}

/** A_low = sqrt(eta_h / eta_y) |dx| |dy*|, in [h]^2. */
export function aLow(point: TwoPoints): number {
  checkTwoPoints('aLow', point);
  return Math.sqrt((point.etaH / point.etaY) * point.dx2) * point.dyStar;
}

/**
 * The final H, the positive root of H^2 - A_high H - A_low^2 = 0: A_high / 2 + sqrt(A_high^2 / 4 + A_low^2).
 * With A_low = 0 (same targets) the points merge, 0, if A_high < 0, and stay at A_high otherwise.
 */
export function finalDistance(high: number, low: number): number {
  const root = Math.hypot(high / 2, low);
  if (high >= 0) return high / 2 + root;
  return root === 0 ? 0 : (low / (root - high / 2)) * low;
}

/**
 * A_high, A_low, the final distance and the relaxation rates of a start (H, Y).
 * The one start that does not end there is A_high = 0 with dy = -|dy| along dy*: it ends in the saddle H = 0.
 * Source: van Rossem and Saxe 2024; arXiv 2507.09897, equations 24-32; rates derived here.
 */
export function fixedPoint(point: TwoPoints, state: { H: number; Y: number }): FixedPoint {
  const high = aHigh(point, state);
  const low = aLow(point);
  const hInf = finalDistance(high, low);
  return {
    aHigh: high,
    aLow: low,
    laziness: low > 0 ? high / low : high === 0 ? 0 : Math.sign(high) * Number.POSITIVE_INFINITY,
    hInf,
    rate: point.etaY * Math.hypot(high / 2, low),
    rateAcross: (point.etaY * hInf) / 2,
  };
}

/**
 * What decides the final distance: nothing but whether the points merge ("same targets", dy* = 0); the saddle H = 0, which
 * a start with A_high = 0 and dy < 0 never leaves; the start ("lazy", near A_high); a decoder that starts large ("dominant
 * decoder", near A_low^2 / |A_high|); the data ("rich", near A_low); or start and data both ("between").
 */
export type Regime = 'same targets' | 'saddle' | 'lazy' | 'dominant decoder' | 'rich' | 'between';

/**
 * The regime of a start. Lazy above A_high = 2 A_low, dominant decoder below -2 A_low, rich up to |A_high| = A_low / 2.
 * Source: rich and lazy after van Rossem and Saxe 2024 (A_high / A_low, see `FixedPoint.laziness`); the factors 2 and 1/2
 * are our choice.
 */
export function regimeOf(point: TwoPoints, start: ParallelState): Regime {
  const { aHigh: high, aLow: low } = fixedPoint(point, { H: start.H, Y: start.dy * start.dy });
  if (point.dyStar === 0) return 'same targets';
  if (start.dy < 0 && parallelSolution(point, start)(Number.POSITIVE_INFINITY).H === 0) return 'saddle';
  if (high > 2 * low) return 'lazy';
  if (high < -2 * low) return 'dominant decoder';
  return Math.abs(high) <= low / 2 ? 'rich' : 'between';
}

/** The parabola on which a trajectory runs: Y = eta_y / (eta_h |dx|^2) H (H - A_high), in [y]^2. */
export function predictedY(point: TwoPoints, high: number, H: number): number {
  return (point.etaY / point.etaH / point.dx2) * H * (H - high);
}
