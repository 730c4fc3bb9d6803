// Vega-Lite literals for dense experiments: network beside theory, small multiples, and values by name. Colours belong to the site's theme.
import { fixed } from '../charts.ts';
import type { Chart } from '../experiment.ts';
import { mean } from '../mean.ts';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const NETWORK = 'network';
const THEORY = 'theory';

/** A curve of one panel: what was trained, or what the theory says. */
export interface Curve {
  panel: string;
  kind: 'network' | 'theory';
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

/** Every point of a curve with few points, `most` evenly spread ones of a long one, the last included; 5 digits. */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>, most = 60): { x: number; y: number }[] {
  const count = Math.min(most, x.length);
  return Array.from({ length: count }, (_, i) => {
    const at = Math.round((i * (x.length - 1)) / Math.max(1, count - 1));
    return { x: Number(x[at].toPrecision(5)), y: Number(y[at].toPrecision(5)) };
  });
}

/** Small multiples: the network solid, the theory dashed, each panel with scales of its own. */
export function panelsChart(options: {
  name: string;
  title: string;
  alt: string;
  xTitle: string;
  yTitle: string;
  curves: Curve[];
  points?: number; // of a curve, at most
}): Chart {
  const { name, title, alt, xTitle, yTitle, curves, points = 60 } = options;
  const panels = [...new Set(curves.map(({ panel }) => panel))];
  const data = curves.flatMap(({ panel, kind, x, y }) =>
    thin(x, y, points).map((point, order) => ({ panel, kind, order, ...point })),
  );
  const kinds = [NETWORK, THEORY];
  return {
    name,
    title,
    alt,
    data,
    spec: {
      $schema: SCHEMA,
      data: { name: 'rows' },
      facet: { field: 'panel', type: 'nominal', title: null, sort: panels },
      columns: 2,
      resolve: { scale: { x: 'independent', y: 'independent' } },
      spec: {
        width: 280,
        height: 150,
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: { field: 'x', type: 'quantitative', title: xTitle, axis: { tickCount: 4 } },
          y: { field: 'y', type: 'quantitative', title: yTitle, axis: { tickCount: 4 } },
          order: { field: 'order', type: 'quantitative' },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            sort: kinds,
            scale: { domain: kinds },
            legend: { symbolType: 'stroke', symbolStrokeWidth: 2.5, symbolSize: 400 },
          },
          strokeDash: {
            field: 'kind',
            type: 'nominal',
            title: null,
            sort: kinds,
            scale: {
              domain: kinds,
              range: [
                [1, 0],
                [6, 4],
              ],
            },
          },
        },
      },
    },
  };
}

/** Values by name, one dot a series: a list that reads from the top. */
export function dotsChart(options: {
  name: string;
  title: string;
  what: string; // for the alt text
  unit: string;
  rows: { name: string; series: string; value: number }[];
  domain?: [number, number];
}): Chart {
  const { name, title, what, unit, rows, domain } = options;
  const names = [...new Set(rows.map((row) => row.name))];
  const series = [...new Set(rows.map((row) => row.series))];
  const shown = rows.filter(({ value }) => Number.isFinite(value));
  const data = domain === undefined ? shown : shown.map((row) => ({ ...row, shown: Math.max(domain[0], row.value) }));
  const text = names.map((one) => {
    const values = shown.filter((row) => row.name === one).map((row) => `${row.series} ${fixed(row.value)}`);
    return `${one}: ${values.join(', ')}`;
  });
  return {
    name,
    title,
    alt: `${what}. ${text.join('; ')}.`,
    data,
    spec: {
      $schema: SCHEMA,
      data: { name: 'rows' },
      width: 'container',
      height: 26 * names.length + 20,
      mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
      encoding: {
        y: { field: 'name', type: 'nominal', title: null, sort: names, axis: { grid: true, labelLimit: 200 } },
        x: {
          field: domain === undefined ? 'value' : 'shown',
          type: 'quantitative',
          title: unit,
          axis: { labelSeparation: 8 },
          ...(domain === undefined ? {} : { scale: { domain, nice: false } }),
        },
        color: { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } },
        shape: { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } },
        tooltip: [
          { field: 'name', title: 'network' },
          { field: 'series', title: 'series' },
          { field: 'value', title: unit, format: '.4f' },
        ],
      },
    },
  };
}

/** So many values of x, on a logarithmic axis, are its ticks. */
const MOST_TICKS = 8;

/** Series of numbers against a number; a series named in `lines` is drawn as a dashed line without points. */
export function xyChart(options: {
  name: string;
  title: string;
  what: string; // for the alt text
  xTitle: string;
  yTitle: string;
  rows: { x: number; series: string; y: number; low?: number; high?: number }[];
  marks?: 'lines' | 'points';
  theory?: string[]; // series that the theory predicts, without points
  log?: ('x' | 'y')[];
  levels?: number[]; // of y, drawn as dashed lines
  domain?: [number, number]; // of y; what lies outside leaves the picture, not the data
}): Chart {
  const {
    name,
    title,
    what,
    xTitle,
    yTitle,
    rows,
    marks = 'lines',
    theory = [],
    log = [],
    levels = [],
    domain,
  } = options;
  const series = [...new Set(rows.map((row) => row.series))];
  const color = { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } };
  const places = [...new Set(rows.map((row) => row.x))];
  const ticks = places.length <= MOST_TICKS ? { values: places, format: '~g' } : { tickCount: 5 };
  const x = {
    ...{ field: 'x', type: 'quantitative', title: xTitle },
    ...(log.includes('x') ? { scale: { type: 'log', nice: false }, axis: ticks } : {}),
  };
  const y = {
    ...{ field: 'y', type: 'quantitative', title: yTitle },
    ...(log.includes('y') ? { scale: { type: 'log', nice: false }, axis: { tickCount: 5 } } : {}),
    ...(domain === undefined ? {} : { scale: { domain, nice: false } }),
  };
  const clip = domain === undefined ? {} : { clip: true };
  const text = series.map((one) => {
    const values = rows.filter((row) => row.series === one).map((row) => `${digits(row.x)}: ${digits(row.y)}`);
    return `${one}: ${values.length > 24 ? `${values.length} values from ${values[0]} to ${values.at(-1)}` : values.join(', ')}`;
  });
  const line = { mark: { type: 'line', strokeWidth: 2, ...clip }, encoding: { x, y, color, strokeDash: { ...color } } };
  const tooltip = [
    { field: 'series', title: 'series' },
    { field: 'x', title: xTitle, format: '.4~g' },
    { field: 'y', title: yTitle, format: '.4~g' },
  ];
  const onlyLines = `indexof(${JSON.stringify(theory)}, datum.series) >= 0`;
  return {
    name,
    title,
    alt: `${what}. ${text.join('; ')}.`,
    data: rows,
    spec: {
      $schema: SCHEMA,
      data: { name: 'rows' },
      width: 'container',
      height: 300,
      layer: [
        ...(levels.length === 0
          ? []
          : [
              {
                data: { values: levels.map((level) => ({ level })) },
                mark: { type: 'rule', strokeDash: [4, 3], opacity: 0.7 },
                encoding: { y: { field: 'level', type: 'quantitative' } },
              },
            ]),
        ...(rows.some(({ low }) => low !== undefined)
          ? [{ mark: { type: 'rule' }, encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color } }]
          : []),
        ...(marks === 'lines' ? [line] : theory.length > 0 ? [{ transform: [{ filter: onlyLines }], ...line }] : []),
        {
          transform: theory.length > 0 ? [{ filter: `!(${onlyLines})` }] : [],
          mark: { type: 'point', filled: true, size: 45, opacity: 0.9, ...clip },
          encoding: { x, y, color, tooltip },
        },
      ],
    },
  };
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** The middle value; the mean of two where they are even in number. NaN of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The same value with every number cut to 6 significant digits, what a fit guarantees; null where it is not finite. */
export function cut<T>(value: T): T {
  if (typeof value === 'number') return (Number.isFinite(value) ? Number(value.toPrecision(6)) : null) as T;
  if (Array.isArray(value)) return value.map(cut) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cut(item)])) as T;
}

/** Pearson's correlation of two lists; NaN where one does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
