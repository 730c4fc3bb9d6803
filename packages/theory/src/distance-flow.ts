// The H, Y, w equations as published, and the four alterations of them that the authors test against trained networks.

import { type FlowOptions, fastestRate, solveFlow } from './flow.ts';
import type { Derivative, Jacobian } from './ode.ts';
import {
  type Curves,
  checkDistance,
  checkTwoPoints,
  outputComponents,
  type TwoPoints,
  type VectorState,
} from './two-points.ts';

/**
 * One term changed: dY/dt or dH/dt doubled, the last term of dw/dt with its sign flipped, the Y / H term of dY/dt
 * dropped.
 */
export type Alteration = 'none' | 'double-dY' | 'double-dH' | 'flip-last-sign' | 'drop-encoder-term';

/** The alterations, unaltered first. */
export const ALTERATIONS: readonly Alteration[] = [
  'none',
  'double-dY',
  'double-dH',
  'flip-last-sign',
  'drop-encoder-term',
];

/**
 * dH/dt = -eta_h |dx|^2 w
 * dY/dt = -w (eta_y H + eta_h |dx|^2 Y / H)
 * dw/dt = -(1/2) eta_y (3 w - Y + |dy*|^2) H - (1/2) eta_h |dx|^2 (Y + w) w / H
 * Source: van Rossem and Saxe 2024 (their code, simulate.der); the alterations are those of 2_points_alternative.
 * @returns the right-hand side for the state [H, Y, w]; NaN where H <= 0
 */
export function distanceDerivative(point: TwoPoints, alteration: Alteration = 'none'): Derivative {
  const { encoder, timesH, timesY, keepEncoder, lastSign } = terms(point, alteration);
  const { etaY, dyStar } = point;
  return (state, out) => {
    const [H, Y, w] = state;
    if (!(H > 0)) {
      out.fill(Number.NaN);
      return;
    }
    out[0] = -timesH * encoder * w;
    out[1] = -timesY * w * (etaY * H + (keepEncoder * encoder * Y) / H);
    out[2] = -0.5 * etaY * (3 * w - Y + dyStar * dyStar) * H - (lastSign * 0.5 * encoder * (Y + w) * w) / H;
  };
}

/**
 * The (altered) equations integrated as published, for the comparison with `vectorCurves` only: they are 0/0 at
 * H = 0, so a trajectory that reaches it (w(0) > 0 and A_high < 0) is an error here.
 * @throws one line on values out of range or where H reaches 0
 */
export function alteredCurves(
  point: TwoPoints,
  initial: VectorState,
  times: ArrayLike<number>,
  alteration: Alteration,
  options: FlowOptions = {},
): Curves {
  checkTwoPoints('alteredCurves', point);
  checkDistance('alteredCurves', initial.H);
  outputComponents('alteredCurves', point.dyStar, initial);
  const start = [initial.H, initial.Y, initial.w];
  const flow = { derivative: distanceDerivative(point, alteration), jacobian: distanceJacobian(point, alteration) };
  const states = solveFlow(flow, start, times, fastestRate(point, initial), options);
  return {
    H: Float64Array.from(states, (state) => state[0]),
    Y: Float64Array.from(states, (state) => state[1]),
    w: Float64Array.from(states, (state) => state[2]),
  };
}

function distanceJacobian(point: TwoPoints, alteration: Alteration): Jacobian {
  const { encoder, timesH, timesY, keepEncoder, lastSign } = terms(point, alteration);
  const { etaY, dyStar } = point;
  return ([H, Y, w], out) => {
    const last = (lastSign * 0.5 * encoder) / H;
    out[0] = 0;
    out[1] = 0;
    out[2] = -timesH * encoder;
    out[3] = -timesY * w * (etaY - (keepEncoder * encoder * Y) / (H * H));
    out[4] = (-timesY * w * keepEncoder * encoder) / H;
    out[5] = -timesY * (etaY * H + (keepEncoder * encoder * Y) / H);
    out[6] = -0.5 * etaY * (3 * w - Y + dyStar * dyStar) + (last * (Y + w) * w) / H;
    out[7] = 0.5 * etaY * H - last * w;
    out[8] = -1.5 * etaY * H - last * (Y + 2 * w);
  };
}

function terms(point: TwoPoints, alteration: Alteration) {
  return {
    encoder: point.etaH * point.dx2,
    timesH: alteration === 'double-dH' ? 2 : 1,
    timesY: alteration === 'double-dY' ? 2 : 1,
    keepEncoder: alteration === 'drop-encoder-term' ? 0 : 1,
    lastSign: alteration === 'flip-last-sign' ? -1 : 1,
  };
}
