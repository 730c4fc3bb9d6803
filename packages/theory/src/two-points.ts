// The two-point problem of van Rossem and Saxe (ICML 2024): its constants, its state H, Y, w, and the checks on both.

/**
 * Data and effective rates. Times are in whatever unit the rates use (epochs, or steps times learning rate).
 * The rates are the authors' eta: with loss 1/2 <|y - y*|^2> and time constants tau they are 1 / (2 tau).
 */
export interface TwoPoints {
  /** Encoder rate eta_h > 0, [h]^2 / ([x]^2 [y]^2 time). */
  etaH: number;
  /** Decoder rate eta_y > 0, 1 / ([h]^2 time). */
  etaY: number;
  /** |dx|^2 > 0, squared distance of the two inputs, [x]^2. */
  dx2: number;
  /** |dy*| >= 0, distance (not squared) of the two targets, [y]. */
  dyStar: number;
}

/** State with dy parallel to dy*, as always for 1-D outputs. */
export interface ParallelState {
  /** |dh|^2 > 0, [h]^2. */
  H: number;
  /** dy = y2 - y1, signed along dy*, [y]. */
  dy: number;
}

/** State for outputs of any dimension. */
export interface VectorState {
  /** |dh|^2 > 0, [h]^2. */
  H: number;
  /** |dy|^2 >= 0, [y]^2. */
  Y: number;
  /** dy . (dy - dy*), [y]^2. */
  w: number;
}

/** H, Y and w at given times. */
export interface Curves {
  H: Float64Array;
  Y: Float64Array;
  w: Float64Array;
}

/** dy counts as parallel to dy* while less than this share of |dy|^2 lies across it. */
const PARALLEL_TOLERANCE = 2e-3;
/** Relative rounding of measured Y and w, a few float32 digits. */
const ROUNDING = 1e-6;

/** One line: who, what was expected, what came, what to do. */
export function fail(who: string, expected: string, got: unknown, remedy: string): never {
  throw new Error(`${who}: expected ${expected}, got ${got}; ${remedy}`);
}

/** @throws one line unless the rates and dx2 are positive and dyStar is not negative */
export function checkTwoPoints(who: string, point: TwoPoints): void {
  for (const key of ['etaH', 'etaY', 'dx2'] as const) {
    if (!(point[key] > 0 && point[key] < Number.POSITIVE_INFINITY)) {
      fail(who, `${key} positive and finite`, point[key], 'pass a rate or squared distance above 0');
    }
  }
  if (!(point.dyStar >= 0 && point.dyStar < Number.POSITIVE_INFINITY)) {
    fail(who, 'dyStar zero or positive and finite', point.dyStar, 'pass |dy*| and put the sign into dy');
  }
}

/** @throws one line unless H is positive and finite */
export function checkDistance(who: string, H: number): void {
  if (!(H > 0 && H < Number.POSITIVE_INFINITY)) {
    fail(who, 'H = |dh|^2 positive and finite', H, 'start from two points that differ in the hidden layer');
  }
}

/** @throws one line unless times are zero or positive and never decrease; the last may be Infinity where `unbounded` */
export function checkTimes(who: string, times: ArrayLike<number>, unbounded = false): void {
  let before = 0;
  for (let i = 0; i < times.length; i++) {
    const t = times[i];
    if (!(t >= before && (unbounded || t < Number.POSITIVE_INFINITY))) {
      fail(who, 'times that start at 0 or later and never decrease', `t[${i}] = ${t}`, 'sort the times');
    }
    before = t;
  }
}

/** Y and w of a parallel state: Y = dy^2, w = dy (dy - |dy*|). */
export function toVectorState(dyStar: number, state: ParallelState): VectorState {
  return { H: state.H, Y: state.dy * state.dy, w: state.dy * (state.dy - dyStar) };
}

/**
 * The signed dy of a measured state: |dy| = sqrt(Y), sign that of dy . dy* = Y - w (positive where dy* = 0).
 * @throws one line if the cosine of dy and dy* is off +-1 by more than 0.1 %
 */
export function toParallelState(dyStar: number, state: VectorState): ParallelState {
  const { along, across } = outputComponents('toParallelState', dyStar, state);
  if (across * across > PARALLEL_TOLERANCE * state.Y) {
    fail(
      'toParallelState',
      'dy parallel to dy*',
      `dy . dy* / (|dy| |dy*|) = ${along / Math.sqrt(state.Y)}`,
      'use the vector model',
    );
  }
  return { H: state.H, dy: along < 0 ? -Math.sqrt(state.Y) : Math.sqrt(state.Y) };
}

/**
 * dy in components along and across dy*, [y]: along = (Y - w) / |dy*|, across = sqrt(Y - along^2) >= 0,
 * which is 0 where it is no more than the rounding of float32 measurements. Where dy* = 0 all of dy counts as along.
 * @throws one line if Y < 0, or if w contradicts Y and |dy*| (Cauchy and Schwarz)
 */
export function outputComponents(who: string, dyStar: number, state: VectorState): { along: number; across: number } {
  if (!(state.Y >= 0 && Number.isFinite(state.Y + state.w))) {
    fail(who, 'Y >= 0 and w finite', `Y = ${state.Y}, w = ${state.w}`, 'pass Y = |dy|^2 and w = dy . (dy - dy*)');
  }
  const inconsistent = (expected: string) =>
    fail(who, expected, `Y = ${state.Y}, w = ${state.w}, |dy*| = ${dyStar}`, 'check w = dy . (dy - dy*)');
  const rounding = ROUNDING * (state.Y + Math.abs(state.w));
  if (dyStar === 0) {
    if (Math.abs(state.Y - state.w) > rounding) inconsistent('w = Y where dy* = 0');
    return { along: Math.sqrt(state.Y), across: 0 };
  }
  const along = (state.Y - state.w) / dyStar;
  const across2 = state.Y - along * along;
  const slack = rounding + (2 * Math.abs(along) * rounding) / dyStar;
  if (across2 < -slack) inconsistent('|Y - w| <= sqrt(Y) |dy*|');
  return { along, across: across2 <= slack ? 0 : Math.sqrt(across2) };
}
