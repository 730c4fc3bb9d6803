// A flow with its Jacobian, and the choice between the explicit and the implicit method.

import { dormandPrince } from './dormand-prince.ts';
import { fixedPoint } from './fixed-point.ts';
import type { Derivative, Jacobian, OdeOptions } from './ode.ts';
import { radau } from './radau.ts';
import type { TwoPoints } from './two-points.ts';

/** Right-hand side and Jacobian of one system. */
export interface Flow {
  derivative: Derivative;
  jacobian: Jacobian;
}

/**
 * `auto` takes the implicit method where the explicit one would spend its steps on resting at the fixed point.
 * Tolerances are those of `OdeOptions`; the implicit method, whose errors stay well below them, defaults to 1e-9 and
 * 1e-12.
 */
export interface FlowOptions extends OdeOptions {
  method?: 'auto' | 'explicit' | 'implicit';
}

/** Above this many relaxation times the explicit method, one step per 3 of them, costs more than the implicit one. */
const STIFF_TIMES = 3000;

/** The faster of the local rates at the start and at the fixed point, 1 / time. */
export function fastestRate(point: TwoPoints, { H, Y }: { H: number; Y: number }): number {
  const start = (point.etaH * point.dx2 * Y) / H + point.etaY * H;
  return Math.max(start / 2, fixedPoint(point, { H, Y }).rate);
}

/** The states of a flow at ascending times by the chosen method. */
export function solveFlow(
  { derivative, jacobian }: Flow,
  initial: ArrayLike<number>,
  times: ArrayLike<number>,
  fastest: number,
  options: FlowOptions,
): Float64Array[] {
  const { method = 'auto', relative = 1e-9, absolute = 1e-12 } = options;
  const end = times.length > 0 ? times[times.length - 1] : 0;
  const implicit = method === 'implicit' || (method === 'auto' && fastest * end > STIFF_TIMES);
  if (implicit) return radau(derivative, jacobian, initial, times, { ...options, relative, absolute }).states;
  return dormandPrince(derivative, initial, times, options).states;
}
