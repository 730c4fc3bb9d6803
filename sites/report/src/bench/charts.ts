// The charts of the kernel page, as Vega-Lite literals with their data.
import type { ResultChart } from 'runner/result';
import { isOurs, nameOf, rivals, threadsOf, threadWord, widthsOf } from './bars.ts';
import { counted, digits, listed, outOf, percent, share } from './numbers.ts';
import type { Growth, Peers } from './results.ts';
import { aheadCounts } from './words.ts';

type Spec = Record<string, unknown>;
type Domain = [number, number];

const tip = (field: string, title: string, format?: string): Spec => ({ field, title, ...(format ? { format } : {}) });

/** 0.1, 0.3, 1, 3, 10, ... (powers of ten alone beyond `most` decades) between two values. */
function logTicks([low, high]: Domain, most = 5): number[] {
  const decades = Math.log10(high / low);
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; exponent++) {
    for (const digit of decades > most ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5])
      ticks.push(Number(`${digit}e${exponent}`));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

interface Dot {
  name: string;
  series: string;
  value: number;
}

/** One row for each name, its values as dots on a logarithmic axis under the name, and a tick at 1. */
function dotChart(options: { name: string; title: string; alt: string; unit: string; dots: Dot[] }): ResultChart {
  const { dots, unit } = options;
  const values = [1, ...dots.map(({ value }) => value)];
  const domain: Domain = [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
  const names = [...new Set(dots.map(({ name }) => name))];
  const series = [...new Set(dots.map((dot) => dot.series))];
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { values: logTicks(domain), format: '~g', title: unit, grid: true },
  };
  const y = { field: 'name', type: 'nominal', sort: names, axis: null, scale: { padding: 0.5 } };
  const color = { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } };
  const first = { transform: [{ filter: { field: 'series', equal: series[0] } }] };
  return {
    name: options.name,
    title: options.title,
    alt: `${options.alt} ${names
      .map(
        (name) =>
          `${name}: ${dots
            .filter((dot) => dot.name === name)
            .map((dot) => `${dot.series} ${share(dot.value)}`)
            .join(', ')}`,
      )
      .join('; ')}.`,
    data: dots.map((dot) => ({ ...dot })),
    spec: {
      data: { name: 'rows' },
      width: 'container',
      height: 34 * names.length,
      layer: [
        {
          data: { values: names.map((name) => ({ name, value: 1 })) },
          mark: { type: 'tick', color: '@ink', orient: 'vertical', thickness: 1.4, size: 15, yOffset: 7 },
          encoding: { x, y },
        },
        {
          ...first,
          mark: { type: 'text', align: 'left', baseline: 'middle', yOffset: -8, color: '@ink' },
          encoding: { x: { value: 0 }, y, text: { field: 'name' } },
        },
        {
          mark: { type: 'line', yOffset: 7, strokeWidth: 1.2, color: '@muted' },
          encoding: { x, y, detail: { field: 'name' } },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1, yOffset: 7 },
          encoding: { x, y, color, tooltip: [tip('name', 'peer'), tip('series', 'with'), tip('value', unit, '.3~g')] },
        },
      ],
    },
  };
}

const UNIT = 'time, in times the kernel’s (left of 1: faster)';
const LEFT_OF_ONE = 'left of 1 is faster than the kernel';

/** Time of every peer over the kernel's in the steady state, on the fewest threads. */
export function steadyChart(peers: Peers): ResultChart {
  const [threads] = threadsOf(peers);
  const widths = widthsOf(peers);
  const order = rivals(peers.steady, widths[0], threads).map(nameOf);
  const dots = widths
    .flatMap((n) =>
      rivals(peers.steady, n, threads).map((entry) => ({
        name: nameOf(entry),
        series: `n = ${n}`,
        value: entry.ratio,
      })),
    )
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return dotChart({
    ...{ name: 'peers-steady', unit: UNIT, dots },
    title: `Steady state, ${threadWord(threads)}: ${aheadCounts(peers, threads)} are faster than the kernel`,
    alt: `Time per replica-step of every peer divided by the kernel’s, ${threadWord(threads)}, logarithmic axis; ${LEFT_OF_ONE}.`,
  });
}

/** Time of every peer over the kernel's for the whole job. */
export function wholeChart(peers: Peers): ResultChart {
  const counts = threadsOf(peers);
  const entries = peers.whole
    .filter((entry) => !(isOurs(entry) && entry.form === 'kernel'))
    .sort((a, b) => a.threads - b.threads || a.ratio - b.ratio);
  const label = (entry: (typeof entries)[number]) => `${nameOf(entry)}${entry.estimated === null ? '' : ' (estimate)'}`;
  const order = [...new Set(entries.map(label))];
  const others = entries.filter((entry) => !isOurs(entry));
  const faster = counts.map((threads) => {
    const all = others.filter((entry) => entry.threads === threads);
    return `${outOf(all.filter(({ ratio }) => ratio < 1).length, all.length)} programs on ${threadWord(threads)}`;
  });
  return dotChart({
    ...{ name: 'peers-whole', unit: UNIT },
    dots: entries
      .map((entry) => ({ name: label(entry), series: threadWord(entry.threads), value: entry.ratio }))
      .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
    title: `Whole job, process start to result: ${listed(faster)} are faster than the kernel`,
    alt: `Wall time of every program for the whole job divided by that of the kernel’s program, logarithmic axis; ${LEFT_OF_ONE}.`,
  });
}

const logAxis = (field: string, domain: Domain, title: string, extra: Spec = {}) => ({
  ...{ field, type: 'quantitative', scale: { type: 'log', domain, nice: false } },
  axis: { values: logTicks(domain, 3), format: '~s', title, ...extra },
});

const around = (values: number[], below: number, above: number): Domain => [
  Math.min(...values) / below,
  Math.max(...values) * above,
];

/** Positions of labels on a logarithmic axis, moved apart until neighbours differ by a factor. */
export function spread(values: number[], factor: number): number[] {
  const places = values.map(Math.log);
  const order = places.map((_, index) => index).sort((a, b) => places[a] - places[b] || a - b);
  for (let turn = 0; turn < 100; turn++) {
    for (let k = 1; k < order.length; k++) {
      const [below, above] = [order[k - 1], order[k]];
      const lack = Math.log(factor) - (places[above] - places[below]);
      if (lack <= 0) continue;
      places[below] -= lack / 2;
      places[above] += lack / 2;
    }
  }
  return places.map(Math.exp);
}

/** Nanoseconds per replica-step against width, a line for each number of inputs, over the law a + b n. */
export function widthsChart({ widths, law }: Growth): ResultChart {
  const measured = widths.map(({ inputs, hidden, nanoseconds }) => ({
    ...{ kind: 'measured', inputs, hidden, nanoseconds: nanoseconds.median },
  }));
  const fitted = law.flatMap(({ inputs, a, b }) =>
    measured
      .filter((point) => point.inputs === inputs)
      .map(({ hidden }) => ({ kind: 'law a + b n', inputs, hidden, nanoseconds: a + b * hidden }))
      .filter(({ nanoseconds }) => nanoseconds > 0),
  );
  const data = [...measured, ...fitted];
  const values = [...new Set(widths.map(({ hidden }) => hidden))].sort((a, b) => a - b);
  const last = values[values.length - 1];
  const x = {
    ...{
      field: 'hidden',
      type: 'quantitative',
      scale: { type: 'log', base: 2, domain: [values[0] * 0.88, last * 2.2], nice: false },
    },
    axis: {
      values: values.filter((n) => Number.isInteger(Math.log2(n))),
      format: 'd',
      title: 'hidden width n',
      grid: false,
    },
  };
  const y = logAxis(
    'nanoseconds',
    around(
      data.map((point) => point.nanoseconds),
      1.25,
      1.25,
    ),
    'ns per replica-step',
    { format: '~g' },
  );
  const inputs = [...new Set(widths.map((point) => point.inputs))].sort((a, b) => a - b);
  const color = { field: 'inputs', type: 'ordinal', sort: inputs, scale: { domain: inputs }, legend: null };
  const ends = fitted.filter((point) => point.hidden === last);
  const labels = spread(
    ends.map((point) => point.nanoseconds),
    10 ** (Math.log10(y.scale.domain[1] / y.scale.domain[0]) / 18),
  ).map((nanoseconds, index) => ({
    hidden: last,
    nanoseconds,
    inputs: ends[index].inputs,
    label: `d = ${ends[index].inputs}`,
  }));
  const only = (kind: string) => [{ filter: { field: 'kind', equal: kind } }];
  const worst = Math.max(...law.map((line) => line.worst));
  return {
    name: 'growth-widths',
    title: `A step’s time follows a + b n for every number of inputs d, off by ${percent(worst)} at most`,
    alt: `Nanoseconds per replica-step against hidden width, both axes logarithmic: dots are measured, thin lines are the law. ${law
      .map((line) => `d=${line.inputs}: ${digits(line.a)} + ${digits(line.b)} n`)
      .join('; ')}.`,
    data,
    spec: {
      data: { name: 'rows' },
      width: 'container',
      height: 380,
      layer: [
        { transform: only('law a + b n'), mark: { type: 'line', strokeWidth: 1.1 }, encoding: { x, y, color } },
        {
          transform: only('measured'),
          mark: { type: 'point', filled: true, size: 38, opacity: 1 },
          encoding: {
            x,
            y,
            color,
            tooltip: [tip('inputs', 'd', 'd'), tip('hidden', 'n', 'd'), tip('nanoseconds', 'ns', '.1f')],
          },
        },
        {
          data: { values: labels },
          mark: { type: 'text', align: 'left', dx: 8, fontWeight: 600 },
          encoding: { x, y, color, text: { field: 'label' } },
        },
      ],
    },
  };
}

/** Million replica-steps a second of the whole command at each number of replicas. */
export function rateOf({ trainingSeconds, workers, nanoseconds, seconds }: Growth['replicas'][number]): {
  whole: number;
  training: number;
} {
  const millions = (trainingSeconds * workers * 1e3) / nanoseconds;
  return { whole: millions / seconds, training: millions / trainingSeconds };
}

/** Rate and peak memory of the whole command against the number of replicas. */
export function replicasChart({ replicas }: Growth): ResultChart {
  const data = replicas.flatMap((point) => [
    { kind: 'rate', replicas: point.replicas, series: 'training alone', value: rateOf(point).training },
    { kind: 'rate', replicas: point.replicas, series: 'whole command', value: rateOf(point).whole },
    { kind: 'memory', replicas: point.replicas, series: 'peak memory', value: point.mebibytes },
  ]);
  const counts = replicas.map((point) => point.replicas);
  const x = logAxis('replicas', around(counts, 1.4, 1.4), 'replicas', { grid: false });
  const names = ['training alone', 'whole command'];
  const color = { field: 'series', type: 'nominal', title: null, sort: names, scale: { domain: names } };
  const panel = (kind: string, title: string, encoding: Spec): Spec => {
    const y = { field: 'value', type: 'quantitative', title, scale: { zero: true } };
    const tooltip = [tip('replicas', 'replicas', ',d'), tip('series', 'what'), tip('value', title, '.3~g')];
    return {
      transform: [{ filter: { field: 'kind', equal: kind } }],
      ...{ width: 280, height: 220 },
      layer: [
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, ...encoding } },
        { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x, y, ...encoding, tooltip } },
      ],
    };
  };
  const [few, many] = [replicas[0], replicas[replicas.length - 1]];
  const rates = [few, many].map((point) => digits(rateOf(point).whole));
  return {
    name: 'growth-replicas',
    title: `From ${counted(few.replicas)} to ${counted(many.replicas)} replicas the whole command goes from ${rates[0]} to ${rates[1]} million replica-steps a second, its peak memory from ${digits(few.mebibytes)} to ${digits(many.mebibytes)} MiB`,
    alt: `Left: million replica-steps a second against replicas. Right: peak memory against replicas. ${replicas
      .map(
        (point) =>
          `${point.replicas} replicas: ${digits(rateOf(point).whole)} million a second, ${digits(point.mebibytes)} MiB`,
      )
      .join('; ')}.`,
    data,
    spec: {
      data: { name: 'rows' },
      hconcat: [
        panel('rate', 'million replica-steps a second', { color }),
        panel('memory', 'peak memory, MiB', { color: { value: '@chart-3' } }),
      ],
    },
  };
}
