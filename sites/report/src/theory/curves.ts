// What the theory page shows: the closed form at the sliders' values, a trained network beside it, and both in words.
import {
  fixedPoint,
  type ParallelState,
  parallelCurves,
  parallelSolution,
  type Regime,
  regimeOf,
  timeToReach,
} from 'theory';
import type { Plot, PlotCurve } from './plot.ts';

/** Values of the sliders; |dx|^2 = 1 and |dy*| = 1 / sqrt 2 throughout. */
export interface Settings extends ParallelState {
  etaH: number;
  etaY: number;
}

export interface Measured {
  t: ArrayLike<number>;
  H: ArrayLike<number>;
  Y: ArrayLike<number>;
  w: ArrayLike<number>;
}

const DATA = { dx2: 1, dyStar: Math.SQRT1_2 };
export const DEFAULTS: Settings = { etaH: 0.56, etaY: 2.1, H: 0.01, dy: 0.01 };

/**
 * Where a trained network starts, H and the signed dy: w = dy (dy - dy*) makes Y - w = dy dy*, so the sign of dy is known
 * at any size, beyond the target too.
 */
export function startOf({ H, Y, w }: Measured): ParallelState {
  return { H: H[0], dy: (Y[0] - w[0]) / DATA.dyStar };
}

const POINTS = 160;

/** Four plots: H, Y and w against time, and Y against H. */
export function plotsOf(settings: Settings, network: Measured | null): Plot[] {
  const point = { ...DATA, etaH: settings.etaH, etaY: settings.etaY };
  const { rate } = fixedPoint(point, { H: settings.H, Y: settings.dy ** 2 });
  const hInf = parallelSolution(point, settings)(Number.POSITIVE_INFINITY).H;
  const half = timeToReach(point, settings);
  const wait = Number.isFinite(half) ? half : 0; // the saddle has no half time
  const end = network === null ? wait + 6 / rate : network.t[network.t.length - 1];
  const t = Float64Array.from({ length: POINTS }, (_, k) => (k * end) / (POINTS - 1));
  const theory = parallelCurves(point, settings, t);
  const against = (key: 'H' | 'Y' | 'w'): PlotCurve[] => [
    ...(network === null ? [] : [{ kind: 'network', x: network.t, y: network[key] } as const]),
    { kind: 'theory', x: t, y: theory[key] },
  ];
  const plane: PlotCurve[] = [
    ...(network === null ? [] : [{ kind: 'network', x: network.H, y: network.Y } as const]),
    { kind: 'theory', x: theory.H, y: theory.Y },
  ];
  const time = 'time = steps × learning rate';
  return [
    { title: `Hidden distance H = |dh|², ends at ${hInf.toPrecision(3)}`, xTitle: time, curves: against('H') },
    { title: 'Output distance Y = |dy|²', xTitle: time, curves: against('Y') },
    { title: 'w = dy · (dy − dy*)', xTitle: time, curves: against('w') },
    { title: 'Y against H: the conserved parabola', xTitle: 'H', curves: plane },
  ];
}

const REGIMES: Record<Regime, string> = {
  'same targets': 'the targets are the same',
  saddle: 'stuck in the saddle',
  lazy: 'lazy: near its start',
  'dominant decoder': 'dominant decoder: near A_low² / |A_high|',
  rich: 'rich: set by the data',
  between: 'between rich and lazy',
};

/** The theory's constants in one sentence, which screen readers get as the sliders move. */
export function describe(settings: Settings): string {
  const point = { ...DATA, etaH: settings.etaH, etaY: settings.etaY };
  const { aHigh, aLow } = fixedPoint(point, { H: settings.H, Y: settings.dy ** 2 });
  const hInf = parallelSolution(point, settings)(Number.POSITIVE_INFINITY).H;
  const half = timeToReach(point, settings);
  const when = Number.isFinite(half) ? `are half way at time ${half.toPrecision(3)}` : 'never get half way';
  return `Theory: the hidden distance starts at ${settings.H.toPrecision(3)} and ends at ${hInf.toPrecision(3)} (${REGIMES[regimeOf(point, settings)]}; A_high ${aHigh.toPrecision(3)}, A_low ${aLow.toPrecision(3)}); the outputs ${when}.`;
}
