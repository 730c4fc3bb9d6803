// The readable reports of `ncnet theory`: the numbers, the table of the curves or of the fit, and the plot.
import { type Regime, regimeOf } from 'theory';
import { wrap } from './analysis-text.ts';
import { formatTable } from './table.ts';
import { curvesAt, type Prediction, type Problem } from './theory-curves.ts';
import type { FitPicture, FitReport, FittedRate } from './theory-fit.ts';
import { axisFor, type Panel, plot, plotTimes } from './theory-plot.ts';

const TITLES = { H: 'H = |dh|^2', Y: 'Y = |dy|^2', w: 'w = dy . (dy - dy*)', loss: 'loss' };
type Key = keyof typeof TITLES;

export function predictionReport(problem: Problem, prediction: Prediction, bold: boolean): string {
  const { point, start, mean } = problem;
  const { aHigh, aLow, hInf, rate, halfTime, zeroTime, rows } = prediction;
  const withMean = mean.e0 !== 0;
  const facts = [
    { name: 'A_high', value: aHigh, meaning: '|dh|^2 - (eta_h/eta_y) |dx|^2 |dy|^2 / |dh|^2, conserved' },
    { name: 'A_low', value: aLow, meaning: 'sqrt(eta_h/eta_y) |dx| |dy*|' },
    { name: '|dh(inf)|^2', value: hInf, meaning: endWords(problem, prediction) },
    { name: 'rate', value: rate, meaning: 'of the relaxation to it, 1 / time' },
    ...(halfTime === null
      ? []
      : [{ name: 'half time', value: halfTime, meaning: 'first t with dy at dy* / 2 or beyond' }]),
    ...(zeroTime === null
      ? []
      : [
          {
            name: 'zero time',
            value: zeroTime,
            meaning: `t with dy = 0${aHigh < 0 ? ' and dh = 0: |dh|^2 bounces' : ''}`,
          },
        ]),
  ];
  const meanText = withMean ? `; mean output: eta_ybar ${mean.etaYbar}, e(0) ${mean.e0}` : '';
  const given = `eta_h ${point.etaH}, eta_y ${point.etaY}, |dx|^2 ${point.dx2}, |dy*| ${point.dyStar}`;
  const head = `${given}\nstart: |dh|^2 ${start.H}, dy ${start.dy}${meanText}\n`;
  const numbers = formatTable(
    facts,
    [
      { title: 'constant', align: 'left', text: ({ name }) => name },
      { title: 'value', align: 'right', text: ({ value }) => five(value) },
      { title: 'meaning', align: 'left', text: ({ meaning }) => meaning },
    ],
    { bold },
  );
  const keys: Key[] = ['H', 'Y', 'w', 'loss'];
  const largest = (key: Key): number => rows.reduce((most, row) => Math.max(most, Math.abs(row[key])), 0);
  const noise = Object.fromEntries(keys.map((key) => [key, 1e-14 * largest(key)]));
  const table = formatTable(
    rows,
    [
      { title: 't', text: ({ t }) => (Number.isInteger(t) ? String(t) : String(Number(t.toPrecision(6)))) },
      ...keys.map((key) => ({
        title: key,
        text: (row: Prediction['rows'][number]) => five(Math.abs(row[key]) < noise[key] ? 0 : row[key]),
      })),
    ],
    { bold },
  );
  const note = withMean ? '' : 'The loss is that of a mean output at its target: no --eta-ybar and --e0.\n';
  const axis = axisFor(rows.map(({ t }) => t));
  if (axis === null) return `${head}\n${numbers}\n${table}${note}`;
  const curves = curvesAt(problem, plotTimes(axis));
  const panels = keys.map((key): Panel => ({ title: TITLES[key], values: curves[key] }));
  return `${head}\n${numbers}\n${table}${note}\n${plot(panels, axis)}`;
}

const REGIMES: Record<Exclude<Regime, 'same targets'>, string> = {
  saddle: 'A_high = 0 and dy opposite to dy*: stuck in the saddle dh = 0',
  lazy: 'lazy, A_high > 2 A_low: near A_high, set by the start',
  'dominant decoder': 'dominant decoder, A_high < -2 A_low: near A_low^2 / |A_high|',
  rich: 'rich, |A_high| <= A_low / 2: near A_low, set by the data',
  between: 'between rich (A_low) and lazy (A_high)',
};

/** What the constants say about the end. */
function endWords({ point, start }: Problem, { aHigh }: Prediction): string {
  const regime = regimeOf(point, start);
  if (regime !== 'same targets') return REGIMES[regime];
  if (aHigh > 0) return 'same targets, A_high > 0: the points stay apart, at A_high';
  return `same targets, A_high ${aHigh < 0 ? '< 0: the points merge' : '= 0: the points merge as 1 / t'}`;
}

export function fitReport(name: string, report: FitReport, picture: FitPicture, bold: boolean): string {
  const { etaH, etaY, ratio, etaYbar, e0, r2, points, aHigh, aLow, hInf, dx2, dyStar, warnings } = report;
  const { t } = picture.measured;
  const head = `fit to ${name}: ${points} rows, t ${five(t[0])} to ${five(t[t.length - 1])}; |dx|^2 ${dx2}, |dy*| ${five(dyStar)}\n`;
  const rates: { name: string; rate: FittedRate }[] = [
    { name: 'eta_h', rate: etaH },
    { name: 'eta_y', rate: etaY },
    { name: 'eta_h / eta_y', rate: ratio },
    ...(etaYbar === undefined ? [] : [{ name: 'eta_ybar', rate: etaYbar }]),
  ];
  const rateTable = formatTable(
    rates,
    [
      { title: 'rate', align: 'left', text: (row) => row.name },
      { title: 'value', text: ({ rate }) => five(rate.value) },
      {
        title: '95 % interval',
        text: ({ rate: { ci95 } }) => `[${five(ci95[0])}, ${ci95[1] === null ? 'inf' : five(ci95[1])}]`,
      },
    ],
    { bold },
  );
  const shares = Object.entries(r2).map(
    ([key, value]) => `${key} ${value === null ? '- (constant)' : value.toFixed(4)}`,
  );
  const facts = [
    `R^2: ${shares.join(', ')}`,
    `A_high ${five(aHigh)}, A_low ${five(aLow)}, |dh(inf)|^2 ${five(hInf)}${e0 === undefined ? '' : `, |e(0)| ${five(e0)}`}`,
    'The intervals assume independent errors; for a trained network the spread over seeds is the honest error.',
  ];
  const lines = warnings.length === 0 ? '' : `\n${warnings.map((text) => `${wrap(text, '! ')}\n`).join('')}`;
  const axis = axisFor(t);
  const text = `${head}\n${rateTable}\n${facts.join('\n')}\n${lines}`;
  if (axis === null) return text;
  const curves = picture.curves(plotTimes(axis));
  const panels = (['H', 'Y', 'w', 'loss'] as const).flatMap((key): Panel[] => {
    const [values, measured] = [curves[key], picture.measured[key]];
    if (values === undefined || measured === undefined) return [];
    return [{ title: TITLES[key], values, measured: { t, values: measured } }];
  });
  return `${text}\n${plot(panels, axis)}o measured, ● measured on the fitted curve\n`;
}

/** Five significant digits, without trailing zeros. */
function five(value: number): string {
  return String(Number(value.toPrecision(5)));
}
