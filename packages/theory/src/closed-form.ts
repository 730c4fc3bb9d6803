// Closed-form H, dy, Y and w of two points whose outputs stay parallel to their targets, for any sign of A_high.

import {
  type Curves,
  checkDistance,
  checkTimes,
  checkTwoPoints,
  fail,
  type ParallelState,
  type TwoPoints,
} from './two-points.ts';

/** One moment of the solution: H = |dh|^2, dy signed along dy*, Y = dy^2, w = dy (dy - |dy*|). */
export interface ParallelMoment {
  H: number;
  dy: number;
  Y: number;
  w: number;
}

/** H, Y, w and the signed dy at given times. */
export interface ParallelCurves extends Curves {
  dy: Float64Array;
}

/** Below this |tanh(theta / 2)| the difference z - zBar would cancel, and u is used instead. */
const LAZY = 0.5;

/**
 * Constants of one solution in the variables q = dy / k, z = (H + q)^2 / 2H and zBar = (H - q)^2 / 2H, all in [h]^2.
 */
interface Constants {
  etaY: number;
  k: number; // dy = k q
  a: number; // A_high, conserved
  b2: number; // z zBar = A_high^2 / 4, conserved
  c: number; // rate of the exponential, 1 / time
  rho: number; // r / c
  lossOfRho: number; // 1 - rho without cancellation
  z: number; // z(0)
  zBar: number; // zBar(0)
  u: number; // tanh(theta(0) / 2): q / H if A_high > 0, H / q if A_high < 0
  u1: number; // attractor of u
}

/**
 * The exact solution of the H, Y, w equations for dy parallel to dy* (always so for 1-D outputs), as a function of
 * time. With q = dy / k, k = sqrt(eta_y / eta_h) / |dx|, the sum and difference s, d of the encoder and the scaled
 * decoder give z = s^2 / 2 and zBar = d^2 / 2 with z zBar = A_high^2 / 4, and both obey a Riccati equation with
 * constant coefficients:
 *   dz/dt = r z - (eta_y / 2) (z^2 - A_high^2 / 4),  r = sqrt(eta_h eta_y) |dx| |dy*|   (zBar: r -> -r)
 *   H = (z + zBar + A_high) / 2,  q = (z - zBar) / 2
 * The solution is a ratio of sums of positive terms, so that no start, time or A_high = 0 loses digits; it is the
 * theta form of the derivation (H = A/2 + |A|/2 cosh theta) with z = |A|/2 e^theta. Where A_high < 0 and dy(0) < 0,
 * H touches 0 and bounces; the solution passes through. Microseconds per call.
 * Source: equations of van Rossem and Saxe (ICML 2024); the closed form is derived here.
 * @returns moment at time t >= 0 (Infinity allowed)
 * @throws one line on rates, distances or times out of range
 */
export function parallelSolution(point: TwoPoints, initial: ParallelState): (t: number) => ParallelMoment {
  const constants = solutionConstants('parallelSolution', point, initial);
  return (t) => {
    if (!(t >= 0)) fail('parallelSolution', 'time of 0 or later', t, 'the flow is solved forward only');
    const { H, q } = advance(constants, t);
    const dy = constants.k * q;
    return { H, dy, Y: dy * dy, w: dy * (dy - point.dyStar) };
  };
}

/** `parallelSolution` at ascending times. */
export function parallelCurves(point: TwoPoints, initial: ParallelState, times: ArrayLike<number>): ParallelCurves {
  checkTimes('parallelCurves', times, true);
  const moment = parallelSolution(point, initial);
  const n = times.length;
  const curves = { H: new Float64Array(n), Y: new Float64Array(n), w: new Float64Array(n), dy: new Float64Array(n) };
  for (let i = 0; i < n; i++) {
    const { H, dy, Y, w } = moment(times[i]);
    curves.H[i] = H;
    curves.Y[i] = Y;
    curves.w[i] = w;
    curves.dy[i] = dy;
  }
  return curves;
}

/**
 * First time at which dy = fraction |dy*|; the half time for 1/2, which for A_high = 0 is ln(A_low / H(0) - 1) / r.
 * 0 if dy(0) is there already, Infinity if the flow ends in the saddle H = 0 (A_high = 0, dy(0) < 0).
 * @param fraction of |dy*|, in (0, 1)
 * @throws one line if dy* = 0 or the fraction is out of range
 */
export function timeToReach(point: TwoPoints, initial: ParallelState, fraction = 0.5): number {
  const { k, a, b2, c, rho, lossOfRho, z, u, u1, etaY } = solutionConstants('timeToReach', point, initial);
  if (!(fraction > 0 && fraction < 1))
    fail('timeToReach', 'fraction between 0 and 1', fraction, 'pass 0.5 for the half time');
  if (point.dyStar === 0) fail('timeToReach', 'dyStar above 0', 0, 'merging points have no target distance to reach');
  if (initial.dy >= fraction * point.dyStar) return 0;
  const q = (fraction * point.dyStar) / k;
  const level = q + Math.hypot(q, a / 2); // z at that moment
  const levelU = (2 * q) / (Math.abs(a) + Math.hypot(2 * q, a));
  // E = exp(-c t): cross ratio of start and level with the two fixed points.
  let e: number;
  if (Math.abs(u) < LAZY && levelU < LAZY) {
    e = (((u1 - levelU) / (u1 - u)) * (1 + u1 * u)) / (1 + u1 * levelU);
  } else {
    const top = (c * (1 + rho)) / etaY;
    const bottom = b2 > 0 ? (c * lossOfRho) / etaY : 0;
    e = (((top - level) / (top - z)) * (z + bottom)) / (level + bottom);
  }
  return -Math.log(e) / c;
}

function solutionConstants(who: string, point: TwoPoints, initial: ParallelState): Constants {
  checkTwoPoints(who, point);
  checkDistance(who, initial.H);
  if (!Number.isFinite(initial.dy)) fail(who, 'dy finite', initial.dy, 'pass y2 - y1 along dy*');
  const { etaY } = point;
  const k = Math.sqrt(etaY / point.etaH / point.dx2);
  const H = initial.H;
  const q = initial.dy / k;
  const a = ((H + q) / H) * (H - q);
  const r = (etaY * point.dyStar) / k;
  const b = (etaY * Math.abs(a)) / 2;
  const c = Math.hypot(r, b);
  const rho = c > 0 ? r / c : 0;
  const kappa = c > 0 ? b / c : 0;
  return {
    etaY,
    k,
    a,
    b2: (a / 2) ** 2,
    c,
    rho,
    lossOfRho: c > 0 ? kappa ** 2 / (1 + rho) : 1,
    z: ((H + q) / (2 * H)) * (H + q),
    zBar: ((H - q) / (2 * H)) * (H - q),
    u: a > 0 ? q / H : H / q,
    u1: rho / (1 + kappa),
  };
}

function advance(s: Constants, t: number): { H: number; q: number } {
  const e = Math.exp(-s.c * t);
  const rest = -Math.expm1(-s.c * t); // 1 - e
  const grown = s.c > 0 ? rest / s.c : t; // the integral of exp(-c t), t itself for c = 0
  if (grown === Number.POSITIVE_INFINITY) return { H: 0, q: 0 }; // dy* = A_high = 0: algebraic decay to the merger
  const riccati = (start: number, plus: number, minus: number): number => {
    const top = start * (plus + minus * e) + s.etaY * s.b2 * grown;
    return top === 0 ? 0 : top / (minus + plus * e + s.etaY * start * grown);
  };
  const z = riccati(s.z, 1 + s.rho, s.lossOfRho);
  const zBar = riccati(s.zBar, s.lossOfRho, 1 + s.rho);
  let q = (z - zBar) / 2;
  if (s.a !== 0) {
    const u = (s.u * (s.u1 * s.u1 + e) + s.u1 * rest) / (s.u * s.u1 * rest + 1 + s.u1 * s.u1 * e);
    if (Math.abs(u) < LAZY) q = (Math.abs(s.a) * u) / ((1 - u) * (1 + u));
  }
  if (s.a >= 0) return { H: (z + zBar + s.a) / 2, q };
  return { H: (q * q * 2) / (z + zBar - s.a), q };
}
