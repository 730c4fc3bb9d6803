// Vega-Lite literals with named data for the charts that several experiments share. Colours and fonts belong to the site's theme.
import type { OutcomeRule } from './cell.ts';
import type { Chart } from './experiment.ts';
import type { LoraRow } from './lora/summary.ts';
import type { CellRecords, CellSummary } from './summary.ts';

type Spec = Record<string, unknown>;
type Row = Record<string, unknown>;

/** A summary with the labels that tell sweeps' branches apart. */
export type ChartRow = CellSummary & { branch?: string };
/** A summary along either axis. */
export type AnyRow = ChartRow | LoraRow;

/** What the cells of a chart differ in, and how it is called. */
interface Axis {
  field: 'hidden' | 'rank';
  title: string;
  letter: string;
  words: string;
}

const WIDTHS: Axis = { field: 'hidden', title: 'hidden width n', letter: 'n', words: 'hidden width' };
const RANKS: Axis = { field: 'rank', title: 'rank r of the adapter', letter: 'r', words: 'rank' };

const axisOf = (rows: readonly object[]): Axis => (rows.some((row) => 'rank' in row) ? RANKS : WIDTHS);
const sizeOf = (row: AnyRow): Row => ('rank' in row ? { rank: row.rank } : { hidden: row.hidden });

export const fixed = (x: number, digits = 3): string => x.toFixed(digits);

/** The bar of an interval, none where there is no interval. */
export const barOf = (interval: readonly [number, number] | null, shift = 0): { low?: number; high?: number } =>
  interval === null ? {} : { low: interval[0] + shift, high: interval[1] + shift };

const REFERENCE_LINES = [
  { y: 2, label: '2' },
  { y: 2 * Math.SQRT2, label: '2√2' },
  { y: 4, label: '4' },
];

function sizeAxis(rows: readonly Row[], { field, title }: Axis): Spec {
  const values = [...new Set(rows.map((row) => row[field] as number))].sort((a, b) => a - b);
  return {
    field,
    type: 'quantitative',
    scale: { type: 'log', base: 2, domain: [values[0] * 0.88, values[values.length - 1] * 1.14], nice: false },
    axis: { values, format: 'd', title, grid: false },
  };
}

const named = (layer: Spec[]): Spec => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  data: { name: 'rows' },
  width: 'container',
  height: 300,
  layer,
});

function ruleLines(lines: { y: number; label: string }[], x: Spec): Spec[] {
  const scale = x.scale as { domain: [number, number] };
  return [
    {
      data: { values: lines },
      mark: { type: 'rule', strokeDash: [4, 3], opacity: 0.7 },
      encoding: { y: { field: 'y', type: 'quantitative' } },
    },
    {
      data: { values: lines.map((line) => ({ ...line, [x.field as string]: scale.domain[1] })) },
      mark: { type: 'text', align: 'right', dy: -6, dx: -2, fontSize: 11 },
      encoding: { x: x, y: { field: 'y', type: 'quantitative' }, text: { field: 'label' } },
    },
  ];
}

/** Mean S against width with its bounded 95 % interval, over the distribution of single replicas (dot area = share of replicas). */
export function sChart(cells: CellRecords[], rows: ChartRow[], outcome: OutcomeRule, title: string): Chart {
  const data = rows
    .filter((row) => row.outcome === outcome)
    .map((row) => ({
      kind: 'mean',
      hidden: row.hidden,
      S: row.S.mean,
      low: row.S.ci95Bounded[0],
      high: row.S.ci95Bounded[1],
    }));
  const replicas = cells.flatMap(({ cell, statistics }) =>
    spread(cell.hidden, statistics.rules[outcome]!.correlations),
  );
  return sPlot(data, replicas, outcome, title);
}

interface SMean {
  S: number;
  low?: number; // with high; no bar without
  high?: number;
  interval?: string; // in the tooltip in place of low and high
}

/** Means with their intervals over single replicas, along either axis. */
export function sPlot(
  data: readonly (SMean & Row)[],
  replicas: readonly ({ S: number; share: number } & Row)[],
  outcome: string,
  title: string,
): Chart {
  const axis = axisOf(data);
  const { field, letter, words } = axis;
  const x = sizeAxis(data, axis);
  // Of few replicas an interval may reach below them all.
  const values = [...replicas.map(({ S }) => S), ...(axis === RANKS ? data.flatMap(({ low }) => low ?? []) : [])];
  const y = { field: 'S', type: 'quantitative', title: 'S', scale: { domain: domainOf(values) } };
  const meanOnly = { filter: "datum.kind === 'mean'" };
  return {
    name: `s-${outcome}`,
    title,
    alt: `Mean S for each ${words}, outcome rule ${outcome}: ${data.map((d) => `${letter}=${d[field]}: ${fixed(d.S)}${d.low === undefined ? ' (all replicas equal)' : ''}`).join(', ')}. Dashed lines at 2, 2√2 and 4; dots show single replicas.`,
    data: [...data, ...replicas],
    spec: named([
      ...ruleLines(REFERENCE_LINES, x),
      {
        transform: [{ filter: "datum.kind === 'replicas'" }],
        mark: { type: 'circle', opacity: 0.3 },
        encoding: {
          x,
          y,
          size: { field: 'share', type: 'quantitative', scale: { range: [4, 260], domain: [0, 1] }, legend: null },
          color: { value: '@muted' },
          tooltip: [
            tip(field, letter, 'd'),
            tip('S', 'S of a replica', '.3f'),
            tip('share', 'share of replicas', '.2%'),
          ],
        },
      },
      {
        transform: [meanOnly],
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y },
      },
      {
        transform: [meanOnly],
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        transform: [meanOnly],
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: {
          x,
          y,
          tooltip: [
            tip(field, letter, 'd'),
            tip('S', 'mean S', '.4f'),
            ...(data.some(({ interval }) => interval !== undefined)
              ? [tip('interval', '95 % interval')]
              : [tip('low', '95 % from', '.4f'), tip('high', '95 % to', '.4f')]),
          ],
        },
      },
    ]),
  };
}

const tip = (field: string, title: string, format?: string): Spec => ({ field, title, ...(format ? { format } : {}) });

/** Distinct values of S over replicas, in bins of 1/16, with the share of replicas in each. */
function spread(
  hidden: number,
  correlations: Float64Array,
): { kind: string; hidden: number; S: number; share: number }[] {
  const replicas = correlations.length / 4;
  const bins = new Map<number, number>();
  for (let r = 0; r < replicas; r++) {
    const [c11, c12, c21, c22] = correlations.subarray(4 * r, 4 * r + 4);
    const bin = Math.round((c11 + c12 + c21 - c22) * 16) / 16;
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  return [...bins]
    .sort((a, b) => a[0] - b[0])
    .map(([S, count]) => ({ kind: 'replicas', hidden, S, share: count / replicas }));
}

function domainOf(values: number[]): [number, number] {
  return [Math.floor(Math.min(0, ...values)), 4];
}

/** Several series against width: one colour each, direct legend, optional dashed lines. */
export function seriesChart(options: {
  name: string;
  title: string;
  what: string; // for the alt text
  unit: string; // axis title
  rows: (Row & { series: string; value: number; low?: number; high?: number })[]; // with hidden or rank
  lines?: { y: number; label: string }[];
  domain?: [number, number] | ((values: number[]) => [number, number]);
}): Chart {
  const { name, title, what, unit, rows, lines = [], domain } = options;
  const axis = axisOf(rows);
  const x = sizeAxis(rows, axis);
  const y = {
    field: 'value',
    type: 'quantitative',
    title: unit,
    ...(domain
      ? { scale: { domain: typeof domain === 'function' ? domain(rows.map((row) => row.value)) : domain } }
      : {}),
  };
  const names = [...new Set(rows.map((row) => row.series))];
  const color = { field: 'series', type: 'nominal', title: null, sort: names, scale: { domain: names } };
  const bands = rows.some((row) => row.low !== undefined);
  const text = names
    .map(
      (series) =>
        `${series}: ${rows
          .filter((r) => r.series === series)
          .map((r) => `${axis.letter}=${r[axis.field]} ${fixed(r.value)}`)
          .join(', ')}`,
    )
    .join('; ');
  return {
    name,
    title,
    alt: `${what}. ${text}.`,
    data: rows,
    spec: named([
      ...(lines.length > 0 ? ruleLines(lines, x) : []),
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x,
          y,
          color,
          strokeDash: { field: 'series', type: 'nominal', title: null, sort: names, scale: { domain: names } },
        },
      },
      ...(bands
        ? [{ mark: { type: 'rule' }, encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color } }]
        : []),
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          tooltip: [tip(axis.field, axis.letter, 'd'), tip('series', 'series'), tip('value', unit, '.4f')],
        },
      },
    ]),
  };
}

/** From 0 to 1, or from -1 where a value is negative. */
const signedUnit = (values: number[]): [number, number] => [values.some((value) => value < 0) ? -1 : 0, 1];

/** The four correlations against width. */
export function correlationsChart(rows: AnyRow[], outcome: OutcomeRule, title: string): Chart {
  const labels = ['C11', 'C12', 'C21', 'C22'];
  return seriesChart({
    name: `c-${outcome}`,
    title,
    what: `The four correlations for each ${axisOf(rows).words}, outcome rule ${outcome}`,
    unit: 'correlation C',
    rows: pick(rows, outcome).flatMap((row) =>
      labels.map((series, k) => ({ ...sizeOf(row), series, value: row.C[k] })),
    ),
    domain: signedUnit,
  });
}

/** S, Delta and s_odd - Delta against width: the bump beside the signalling that explains it. */
export function signallingChart(rows: AnyRow[], outcome: OutcomeRule, title: string): Chart {
  return seriesChart({
    name: `signalling-${outcome}`,
    title,
    what: `S, Delta and s_odd minus Delta for each ${axisOf(rows).words}, outcome rule ${outcome}`,
    unit: 'value',
    rows: pick(rows, outcome).flatMap((row) => [
      { ...sizeOf(row), series: 'S', value: row.S.mean, low: row.S.ci95Bounded[0], high: row.S.ci95Bounded[1] },
      { ...sizeOf(row), series: 'Δ (signalling)', value: row.delta, ...barOf(row.deltaCi95) },
      {
        ...sizeOf(row),
        series: 's_odd − Δ',
        value: row.sOdd - row.delta,
        ...barOf(row.cbdCi95, 2),
      },
    ]),
    lines: [{ y: 2, label: '2' }],
  });
}

/** Mean outcome of each observable in its two contexts. */
export function marginalsChart(rows: AnyRow[], outcome: OutcomeRule, title: string): Chart {
  const series: [string, keyof CellSummary['marginals']][] = [
    ['A1 with B1', 'a1b1'],
    ['A1 with B2', 'a1b2'],
    ['A2 with B1', 'a2b1'],
    ['A2 with B2', 'a2b2'],
  ];
  return seriesChart({
    name: `marginals-${outcome}`,
    title,
    what: `Mean outcome of Alice's observables with each of Bob's tasks, outcome rule ${outcome}`,
    unit: 'mean outcome',
    rows: pick(rows, outcome).flatMap((row) =>
      series.map(([label, key]) => ({ ...sizeOf(row), series: label, value: row.marginals[key] })),
    ),
    domain: signedUnit,
  });
}

/** Shares of context 22 on which both, exactly one, neither is right. */
export function compositionChart(rows: AnyRow[], outcome: OutcomeRule, title: string): Chart {
  const { field, letter, title: size } = axisOf(rows);
  const data = pick(rows, outcome).flatMap((row) =>
    (['both', 'one', 'neither'] as const).map((part, order) => ({
      ...sizeOf(row),
      part,
      order,
      share: row.composition[part],
    })),
  );
  return {
    name: `composition-${outcome}`,
    title,
    alt: `Context 22, outcome rule ${outcome}: ${pick(rows, outcome)
      .map(
        (r) =>
          `${letter}=${sizeOf(r)[field]}: both ${fixed(r.composition.both)}, one ${fixed(r.composition.one)}, neither ${fixed(r.composition.neither)}`,
      )
      .join('; ')}.`,
    data,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      data: { name: 'rows' },
      width: 'container',
      height: 240,
      mark: { type: 'bar' },
      encoding: {
        x: { field, type: 'ordinal', axis: { title: size, labelAngle: 0 } },
        y: { field: 'share', type: 'quantitative', title: 'share of context 22', scale: { domain: [0, 1] } },
        color: {
          field: 'part',
          type: 'nominal',
          title: null,
          sort: ['both', 'one', 'neither'],
          scale: { domain: ['both', 'one', 'neither'] },
        },
        order: { field: 'order', type: 'quantitative' },
        tooltip: [tip(field, letter), tip('part', 'right'), tip('share', 'share', '.3f')],
      },
    },
  };
}

/** The rows of a rule. @throws one line where there are none */
export function pick<R extends { outcome: string }>(rows: readonly R[], outcome: OutcomeRule): R[] {
  const found = rows.filter((row) => row.outcome === outcome);
  if (found.length > 0) return found;
  const there = [...new Set(rows.map((row) => row.outcome))].join(', ') || 'none';
  throw new Error(`expected rows of the rule ${outcome}, got ${there}; add it to outcomes`);
}
