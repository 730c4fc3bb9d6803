// The charts of S by rank that lora experiments share: intervals are t intervals over seeds, of which there are few.
import { type AnyRow, barOf, correlationsChart, fixed, pick, seriesChart, sPlot } from '../charts.ts';
import type { Chart } from '../experiment.ts';
import type { LoraRecords } from './runs.ts';
import {
  type Accuracies,
  type AloneSummary,
  type LoraPoint,
  type LoraRow,
  loraPoints,
  successPoints,
} from './summary.ts';

/** Mean accuracy of an observable over its two contexts. */
const OBSERVABLES = [
  { series: 'A1', task: 'a1', heads: ['a1b1', 'a1b2'] },
  { series: 'A2', task: 'a2', heads: ['a2b1', 'a2b2'] },
  { series: 'B1', task: 'b1', heads: ['b1a1', 'b1a2'] },
  { series: 'B2', task: 'b2', heads: ['b2a1', 'b2a2'] },
] as const;

function meanAccuracy(of: Accuracies, [one, other]: (typeof OBSERVABLES)[number]['heads']): number {
  return (of[one] + of[other]) / 2;
}

const CONTEXTS = ['11', '12', '21', '22'];

/** The bar of a t interval of S, which cannot leave [-4, 4]; none where all replicas are equal, which says nothing of its width. */
const barOfS = ([low, high]: [number, number]) => barOf(low === high ? null : [Math.max(-4, low), Math.min(4, high)]);

/** @param alone what heads reach whose tasks are trained alone, with the margin of the rule of success; none, no charts of success */
export function loraCharts(cells: readonly LoraRecords[], rows: readonly LoraRow[], alone?: AloneSummary): Chart[] {
  const train = pick(rows, 'correct');
  const heldOut = pick(rows, 'held-out');
  const top = train.reduce((best, row) => (row.S.mean > best.S.mean ? row : best));
  const last = train.reduce((most, row) => (row.rank > most.rank ? row : most));
  const points = loraPoints(cells);
  return [
    sOf(
      train,
      points,
      top === last
        ? `S on the training rows is largest at the largest rank, ${top.rank} (${fixed(top.S.mean)})`
        : `S on the training rows is largest at rank ${top.rank} (${fixed(top.S.mean)}) and ${fixed(last.S.mean)} at rank ${last.rank}`,
    ),
    correlationsChart(
      train as AnyRow[],
      'correct',
      `At rank ${top.rank} the four C are ${top.C.map((value) => fixed(value, 2)).join(', ')}`,
    ),
    seriesChart({
      name: 'signalling-correct',
      title: `Δ is ${fixed(top.delta)} where S is largest: how far a head’s accuracy moves with the other’s task`,
      what: 'S, Delta and s_odd minus Delta for each rank, outcome rule correct',
      unit: 'value',
      rows: train.flatMap(({ rank, S, delta, deltaCi95, sOdd, cbdCi95 }) => [
        { rank, series: 'S', value: S.mean, ...barOfS(S.ci95) },
        { rank, series: 'Δ (signalling)', value: delta, ...barOf(deltaCi95) },
        { rank, series: 's_odd − Δ', value: sOdd - delta, ...barOf(cbdCi95, 2) },
      ]),
      lines: [{ y: 2, label: '2' }],
    }),
    accuracyChart('accuracy-train', train, ({ accuracy }) => accuracy.train, 'training rows'),
    ...(alone === undefined ? [] : [aloneChart(train, alone), successChart(cells, pick(rows, 'success'), alone)]),
    accuracyChart('accuracy-held-out', heldOut, ({ accuracy }) => accuracy.heldOut!, 'rows held out'),
    heldOutChart(heldOut),
    scatterChart(points),
  ];
}

/** S by rank over the dots of its replicas, which may lie on each other. */
function sOf(rows: readonly LoraRow[], points: readonly { rank: number; S: number }[], title: string): Chart {
  const [{ outcome, replicas }] = rows;
  const means = rows.map(({ rank, S }) => {
    const bar = barOfS(S.ci95);
    const interval = bar.low === undefined ? '–, all replicas equal' : `${fixed(bar.low, 4)} to ${fixed(bar.high!, 4)}`;
    return { kind: 'mean', rank, S: S.mean, ...bar, interval };
  });
  const counts = new Map<string, { rank: number; S: number; count: number }>();
  for (const { rank, S } of points) {
    const key = `${rank} ${S}`;
    counts.set(key, { rank, S, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const dots = [...counts.values()].map(({ rank, S, count }) => ({
    kind: 'replicas',
    rank,
    S,
    share: count / replicas,
  }));
  return sPlot(means, dots, outcome, title);
}

function successChart(cells: readonly LoraRecords[], rows: readonly LoraRow[], alone: AloneSummary): Chart {
  const [first, final] = [rows[0], rows[rows.length - 1]];
  const title = `Success, at most ${alone.margin} below the task alone: S is ${fixed(first.S.mean)} at rank ${first.rank} and ${fixed(final.S.mean)} at rank ${final.rank}`;
  return sOf(rows, successPoints(cells, alone), title);
}

/** How far heads that share an adapter stay behind heads that are alone on one, and the line of success. */
function aloneChart(rows: readonly LoraRow[], { rank: largest, margin, train }: AloneSummary): Chart {
  const values = rows.flatMap(({ rank, accuracy }) =>
    OBSERVABLES.map(({ series, task, heads }) => {
      return { rank, series, value: meanAccuracy(accuracy.train, heads) - train.mean[task] };
    }),
  );
  const worst = values.reduce((least, own) => (own.value < least.value ? own : least));
  return seriesChart({
    name: 'accuracy-alone',
    title:
      worst.value < 0
        ? `Beside another head, ${worst.series} at rank ${worst.rank} is furthest below its task alone, by ${fixed(-worst.value)}`
        : 'Beside another head no observable is below its task alone',
    what: `Accuracy on training rows minus that of the same task trained alone at rank ${largest}, mean over both contexts, for each rank`,
    unit: 'accuracy minus that of the task alone',
    rows: values,
    lines: [
      { y: 0, label: 'alone' },
      { y: -margin, label: `−${margin}: success` },
    ],
  });
}

function accuracyChart(
  name: string,
  rows: readonly LoraRow[],
  read: (row: LoraRow) => Accuracies,
  where: string,
): Chart {
  const values = rows.flatMap((row) =>
    OBSERVABLES.map(({ series, heads }) => ({ rank: row.rank, series, value: meanAccuracy(read(row), heads) })),
  );
  const last = values.slice(-OBSERVABLES.length);
  return seriesChart({
    name,
    title: `On ${where}, rank ${rows.at(-1)!.rank}: ${last.map(({ series, value }) => `${series} ${fixed(value, 2)}`).join(', ')} right`,
    what: `Accuracy of the four observables on ${where} for each rank, mean over both contexts`,
    unit: `accuracy, ${where}`,
    rows: values,
    domain: [0, 1],
  });
}

/** One point a seed; colour and shape together tell more ranks apart than colours alone. */
function scatterChart(points: readonly LoraPoint[]): Chart {
  const ranks = [...new Set(points.map(({ rank }) => `r = ${rank}`))];
  const quantity = (field: string, title: string) => ({
    field,
    title,
    type: 'quantitative',
    scale: { zero: false, padding: 12 },
  });
  const series = { field: 'series', type: 'nominal', title: null, sort: ranks, scale: { domain: ranks } };
  const spans = ranks.map((name) => {
    const own = points.filter(({ rank }) => `r = ${rank}` === name);
    const span = (values: number[]) => `${fixed(Math.min(...values))} to ${fixed(Math.max(...values))}`;
    return `${name}: S ${span(own.map(({ S }) => S))}, accuracy ${span(own.map(({ heldOut }) => heldOut))}`;
  });
  return {
    name: 's-held-out-accuracy',
    title: 'S on the training rows beside accuracy on rows held out, one point a seed',
    alt: `S of the training rows and mean accuracy on rows held out, for every seed of every rank. ${spans.join('; ')}.`,
    data: points.map(({ rank, replica, S, heldOut }) => ({ series: `r = ${rank}`, seed: replica + 1, S, heldOut })),
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      data: { name: 'rows' },
      width: 'container',
      height: 300,
      mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
      encoding: {
        x: quantity('S', 'S of the training rows'),
        y: quantity('heldOut', 'accuracy on rows held out'),
        color: series,
        shape: series,
        tooltip: [
          { field: 'series', title: 'rank' },
          { field: 'seed', title: 'seed' },
          { field: 'S', title: 'S', format: '.3f' },
          { field: 'heldOut', title: 'accuracy', format: '.3f' },
        ],
      },
    },
  };
}

/** C on rows held out, with the line that three contexts must exceed on average for S > 2 where C22 is not negative. */
function heldOutChart(rows: readonly LoraRow[]): Chart {
  const top = rows.reduce((best, row) => (row.S.mean > best.S.mean ? row : best));
  return seriesChart({
    name: 'c-held-out',
    title: `On rows held out S is at most ${fixed(top.S.mean)}: for S > 2 three of the C must exceed 2/3 on average`,
    what: 'The four correlations on rows held out for each rank, and the line at 2/3',
    unit: 'correlation C, rows held out',
    rows: rows.flatMap(({ rank, C }) => CONTEXTS.map((name, k) => ({ rank, series: `C${name}`, value: C[k] }))),
    lines: [{ y: 2 / 3, label: '2/3' }],
    domain: (values) => [Math.min(0, ...values), 1],
  });
}
