// The fit of the theory's rates to measured curves: what `ncnet theory --fit --json` prints, and what its plot needs.
import {
  type Curves,
  type Estimate,
  fitLoss,
  fitRates,
  lossCurve,
  meanErrorFromLoss,
  parallelCurves,
  type RateFit,
  rSquared,
  type TwoPoints,
  toParallelState,
  type VectorState,
  vectorCurves,
} from 'theory';
import { UsageError } from './flags.ts';
import { fault } from './input-file.ts';
import type { Row } from './theory-curves.ts';
import type { MeasuredCurves } from './theory-input.ts';

export interface FitSettings {
  dx2: number;
  dyStar?: number; // default: read from Y and w
  h0?: number; // default: of the first row, as the next
  dy0?: number;
  e0?: number; // default: from the first loss
}

export interface FittedRate {
  value: number;
  ci95: [number, number | null]; // null for no upper end
}

export interface FitReport {
  etaH: FittedRate;
  etaY: FittedRate;
  ratio: FittedRate; // eta_h / eta_y
  etaYbar?: FittedRate;
  e0?: number;
  r2: { H: number | null; Y: number | null; w: number | null; loss?: number | null }; // null for a constant column
  points: number;
  aHigh: number;
  aLow: number;
  hInf: number;
  model: 'parallel' | 'vector';
  dx2: number;
  dyStar: number;
  converged: boolean;
  warnings: string[];
  rows: (Omit<Row, 'loss'> & { loss?: number })[]; // fitted curves at the times of the file
}

/** Fitted curves at any times of the file's unit, and the measured ones. */
export interface FitPicture {
  measured: MeasuredCurves;
  curves(times: Float64Array): Curves & { loss?: Float64Array };
}

type Model = FitReport['model'];
type Data = Pick<TwoPoints, 'dx2' | 'dyStar'>;

/** Share of w that may contradict w = Y - |dy*| dy before |dy*| cannot be read from the file. */
const CONTRADICTION = 0.05;
/** Standard error of ln(rate) above which the rate counts as not determined. */
const UNDETERMINED = 1;

/** @throws UsageError with file and line if the curves are none that the theory can start from */
export function fitCurves(measured: MeasuredCurves, settings: FitSettings): { report: FitReport; picture: FitPicture } {
  const { name, firstLine, t, H, Y, w, loss } = measured;
  if (settings.e0 !== undefined && loss === undefined)
    throw new UsageError(`--e0: expected a column loss in ${name}, got none; add it or drop --e0`);
  if (t.every((_, i) => Y[i] === Y[0] && w[i] === w[0]))
    throw fault(name, firstLine, 'curves that move', 'Y and w that never change', 'record the time in which dy moves');
  const data: Data = { dx2: settings.dx2, dyStar: settings.dyStar ?? targetDistance(measured) };
  const initial = startOf(measured, settings, data.dyStar);
  const model = modelFor(data.dyStar, initial);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (kind !== 'Error') throw error;
      throw new UsageError(`${name}:${firstLine}: ${message.replace(/^\w+: /, '')}`);
    }
  };
  const fit = attempt(() => fitRates(data, { t, H, Y, w }, { model, initial }));
  const warnings = warningsOf(fit, model, initial, measured, data.dyStar);
  const mean = loss === undefined ? undefined : fitMean(data.dyStar, t, loss, fit.curves, initial, settings.e0);
  if (mean !== undefined && mean.etaYbar === undefined)
    warnings.push('no error of the mean output at the start (e(0) = 0): eta_ybar is not fitted');
  else if (mean?.etaYbar !== undefined && !(mean.etaYbar.logError < UNDETERMINED))
    warnings.push('the loss does not determine eta_ybar: its interval spans more than a decade');

  const point: TwoPoints = { ...data, etaH: fit.etaH.value, etaY: fit.etaY.value };
  const picture: FitPicture = {
    measured,
    curves(times) {
      const since = times.map((time) => Math.max(0, time - t[0]));
      const curves =
        model === 'parallel'
          ? parallelCurves(point, toParallelState(data.dyStar, initial), since)
          : vectorCurves(point, initial, since);
      return mean === undefined ? curves : { ...curves, loss: mean.curve(since, curves) };
    },
  };
  const { curves } = fit;
  const report: FitReport = {
    etaH: fitted(fit.etaH),
    etaY: fitted(fit.etaY),
    ratio: fitted(fit.ratio),
    ...(mean?.etaYbar === undefined ? {} : { etaYbar: fitted(mean.etaYbar) }),
    ...(mean === undefined ? {} : { e0: mean.e0 }),
    r2: {
      ...{ H: share(fit.r2.H), Y: share(fit.r2.Y), w: share(fit.r2.w) },
      ...(mean === undefined ? {} : { loss: share(mean.r2) }),
    },
    points: t.length,
    ...{ aHigh: fit.fixedPoint.aHigh, aLow: fit.fixedPoint.aLow, hInf: fit.fixedPoint.hInf },
    ...{ model, ...data, converged: fit.converged, warnings },
    rows: t.map((time, i) => ({
      ...{ t: time, H: curves.H[i], Y: curves.Y[i], w: curves.w[i] },
      ...(mean === undefined ? {} : { loss: mean.loss[i] }),
    })),
  };
  return { report, picture };
}

/**
 * |dy*| from w = Y -+ |dy*| sqrt(Y), which one-dimensional outputs obey: the least-squares factor of sqrt(Y), and the
 * root mean square by which the rows contradict it, as a share of Y and w.
 */
function impliedTarget({ Y, w }: MeasuredCurves): { distance: number; contradiction: number } {
  let products = 0;
  let squares = 0;
  for (let i = 0; i < Y.length; i++) {
    products += Math.abs(Y[i] - w[i]) * Math.sqrt(Math.max(0, Y[i]));
    squares += Math.max(0, Y[i]);
  }
  const distance = products / squares;
  let off = 0;
  let all = 0;
  for (let i = 0; i < Y.length; i++) {
    off += (Math.abs(Y[i] - w[i]) - distance * Math.sqrt(Math.max(0, Y[i]))) ** 2;
    all += Y[i] * Y[i] + w[i] * w[i];
  }
  return { distance, contradiction: Math.sqrt(off / all) };
}

function targetDistance(measured: MeasuredCurves): number {
  const { distance, contradiction } = impliedTarget(measured);
  if (contradiction <= CONTRADICTION && Number.isFinite(distance)) return distance;
  const still = measured.Y.every((value) => value === 0);
  throw fault(
    measured.name,
    measured.firstLine,
    'Y and w from which |dy*| can be read',
    still ? 'Y = 0 everywhere' : 'w that is not Y -+ |dy*| sqrt(Y)',
    'give it, as in --dy-star 0.7071',
  );
}

function startOf(measured: MeasuredCurves, { h0, dy0 }: FitSettings, dyStar: number): VectorState {
  const { name, firstLine } = measured;
  const H = h0 ?? measured.H[0];
  if (!(H > 0))
    throw fault(name, firstLine, 'H above 0 in the first row', `${H}`, 'drop the row or give the start with --h0');
  if (dy0 !== undefined) return { H, Y: dy0 * dy0, w: dy0 * (dy0 - dyStar) };
  const [Y, w] = [measured.Y[0], measured.w[0]];
  const remedy = 'check w = dy . (dy - dy*), or give the start with --dy0';
  if (!(Y >= 0)) throw fault(name, firstLine, 'Y of 0 or more in the first row', `${Y}`, remedy);
  const got = `Y = ${Y}, w = ${w} with |dy*| = ${Number(dyStar.toPrecision(6))}`;
  if (dyStar === 0 && Math.abs(Y - w) > 1e-3 * Y)
    throw fault(name, firstLine, 'w = Y in the first row, where dy* = 0', got, remedy);
  if (dyStar > 0 && Math.abs(Y - w) > Math.sqrt(Y) * dyStar * 1.001 + 1e-6 * Math.abs(w))
    throw fault(name, firstLine, '|Y - w| <= |dy*| sqrt(Y) in the first row', got, remedy);
  if (dyStar === 0) return { H, Y, w: Y };
  // Rounding of measured values is no reason to take dy as not parallel to dy*.
  const dy = (Math.sign(Y - w) || 1) * Math.sqrt(Y);
  const parallel = dy * (dy - dyStar);
  return { H, Y, w: Math.abs(w - parallel) <= 1e-3 * Math.sqrt(Y) * dyStar ? parallel : w };
}

function modelFor(dyStar: number, initial: VectorState): Model {
  try {
    toParallelState(dyStar, initial);
    return 'parallel';
  } catch {
    return 'vector';
  }
}

function warningsOf(
  fit: RateFit,
  model: Model,
  initial: VectorState,
  measured: MeasuredCurves,
  dyStar: number,
): string[] {
  const warnings: string[] = [];
  if (model === 'vector') {
    const cosine = ((initial.Y - initial.w) / Math.sqrt(initial.Y) / dyStar).toPrecision(3);
    const implied = impliedTarget(measured);
    const hint =
      implied.contradiction < 0.01
        ? `Y and w are those of one output with |dy*| = ${Number(implied.distance.toPrecision(5))}: check --dy-star`
        : 'for one output and noisy rows give --dy0';
    warnings.push(
      `dy is not parallel to dy* in the first row (cosine ${cosine}): fitted for outputs of several dimensions; ${hint}`,
    );
  }
  const loose = (['etaH', 'etaY'] as const).filter((key) => !(fit[key].logError < UNDETERMINED));
  if (loose.length > 0)
    warnings.push(
      `the curves do not determine ${loose.map((key) => (key === 'etaH' ? 'eta_h' : 'eta_y')).join(' and ')}: the interval spans more than a decade`,
    );
  if (!fit.converged)
    warnings.push('the fit found no minimum: no finite rates are best, the theory does not describe this run');
  const worse = (['H', 'Y', 'w'] as const).filter((key) => fit.r2[key] < 0);
  if (worse.length > 0) warnings.push(`${worse.join(', ')}: the theory fits worse than a constant would (R^2 below 0)`);
  return warnings;
}

interface MeanFit {
  etaYbar?: Estimate;
  e0: number;
  r2: number;
  loss: Float64Array;
  curve(times: Float64Array, curves: Curves): Float64Array;
}

/** eta_ybar from the loss; without it where the first loss is that of dy alone. */
function fitMean(
  dyStar: number,
  t: number[],
  loss: number[],
  curves: Curves,
  initial: VectorState,
  e0: number | undefined,
): MeanFit {
  const e2 = e0 === undefined ? meanErrorFromLoss(dyStar, loss[0], initial) : e0 * e0;
  const curve = (etaYbar: number) => (times: Float64Array, at: Curves) =>
    lossCurve(dyStar, { etaYbar, e2 }, times, at).map((value) => Math.max(0, value));
  if (!(e2 > 1e-6 * Math.abs(loss[0]))) {
    const still = { e0: 0, curve: curve(0) };
    const predicted = still.curve(
      Float64Array.from(t, (time) => time - t[0]),
      curves,
    );
    return { ...still, r2: rSquared(loss, predicted), loss: predicted };
  }
  const fit = fitLoss(dyStar, { t, loss }, curves, e2);
  const predicted = fit.loss.map((value) => Math.max(0, value));
  return { etaYbar: fit.etaYbar, e0: Math.sqrt(e2), r2: fit.r2, loss: predicted, curve: curve(fit.etaYbar.value) };
}

function fitted({ value, low, high }: Estimate): FittedRate {
  return { value, ci95: [Number.isFinite(low) ? low : 0, Number.isFinite(high) ? high : null] };
}

function share(r2: number): number | null {
  return Number.isFinite(r2) ? r2 : null;
}
