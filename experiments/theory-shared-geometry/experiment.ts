// J2: two tasks on one deep trunk. Do the distances of the four rows in the shared layer follow from the joint targets of both heads?
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  converged,
  correlation,
  cut,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  endDistances,
  gradedCount,
  median,
  medianRatio,
  pairConstants,
  predictDistances,
  ratioCells,
  SMALL,
  sameOverOther,
  xyChart,
} from 'ncnet/dense';
import { fitLayers, fixedPoint } from 'theory';

const LAYER = 5;
const trunk = { ...SMALL, samples: 30, steps: 40_000, layers: [LAYER] };
const ROWS = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];
const TASKS: Record<string, number[]> = {
  OR: [-1, 1, 1, 1],
  X1: [-1, -1, 1, 1],
  AND: [-1, -1, -1, 1],
  XOR: [-1, 1, 1, -1],
};
const SETTINGS = [
  ['OR', 'AND'],
  ['OR', 'XOR'],
  ['X1', 'AND'],
  ['X1', 'XOR'],
];

const variant = (scales: [gain: number, learningRate: number][]) => [
  ...ratioCells(trunk),
  ...scales.flatMap(([gain, learningRate]) =>
    SETTINGS.map(([a, b]) => ({
      name: `${a} and ${b}, gain ${gain}`,
      cell: {
        ...{ ...trunk, gain, learningRate, inputs: ROWS, heads: [1, 1], stopLoss: 1e-4 },
        targets: ROWS.map((_, row) => [TASKS[a][row], TASKS[b][row]]),
      },
    })),
  ),
];

export const experiment = defineDenseExperiment({
  name: 'theory-shared-geometry',
  title: 'The geometry that two heads share',
  question: 'Do the distances between rows in a shared deep layer follow from the joint targets of both heads?',
  paper:
    'No claim of a paper: the effective theory (arXiv 2402.09142) with the targets of both heads of arXiv 2603.04451 stacked. Rates come from two other points; no constant is fitted here.',
  cost: 'quick: about 15 s on two cores; full: 12 seeds, about 1 minute of one core',
  expectation:
    'From small weights rows of one joint label merge and the distances correlate with the theory; from large ones they stay those of the start. One joint label more is one cluster more: three for OR and AND, four for X1 and XOR.',
  command: 'npx ncnet run theory-shared-geometry --full',
  quick: {
    replicas: 3,
    cells: variant([
      [0.7, 0.01],
      [1, 0.005],
      [2, 0.00005],
    ]),
  },
  full: {
    replicas: 12,
    cells: variant([
      [0.7, 0.01],
      [1, 0.005],
      [1.4, 0.0005],
      [2, 0.00005],
    ]),
  },
});

const isPair = ({ cell }: DenseRecords): boolean => cell.inputs.length === 2;
const nameOf = ({ cell }: DenseRecords): string =>
  SETTINGS.find(([a, b]) => cell.targets.every((row, k) => row[0] === TASKS[a][k] && row[1] === TASKS[b][k]))!.join(
    '+',
  );

function summarizeCell(records: DenseRecords, ratio: number) {
  const { cell, replicas, recordHash } = records;
  const merged = cell.pairs.map((_, pair) => pairConstants(cell, pair).dyStar === 0);
  const runs = converged(records).map((run) => ({
    ...endDistances(cell, run, LAYER),
    theory: predictDistances(records, run, ratio, fixedPoint),
  }));
  const of = (read: (run: (typeof runs)[number]) => number) => (runs.length === 0 ? 0 : median(runs.map(read)));
  const joint = new Set(cell.targets.map((row) => row.join())).size;
  return {
    network: nameOf(records),
    gain: cell.gain,
    replicas,
    converged: runs.length,
    jointLabels: joint,
    corrTheory: of(({ end, theory }) => correlation(end, theory)),
    corrStart: of(({ end, start }) => correlation(end, start)),
    sNetwork: joint === 4 ? null : of(({ end }) => sameOverOther(end, merged)), // four labels: no pair shares one
    sTheory: joint === 4 ? null : of(({ theory }) => sameOverOther(theory, merged)),
    recordHash,
  };
}

export const summarize: DenseExperimentModule['summarize'] = (cells) => {
  const ratio = medianRatio(cells.filter(isPair), fitLayers);
  const rows = cells.filter((records) => !isPair(records)).map((records) => summarizeCell(records, ratio));
  const rich = rows.filter(({ gain }) => gain === 0.7);
  const lazy = rows.filter(({ gain }) => gain === 2);
  const list = (some: typeof rows, key: 'corrTheory' | 'corrStart') =>
    some.map((row) => `${row.network} ${fixed(row[key])}`).join(', ');
  const richGood = rich.filter(({ corrTheory }) => corrTheory > 0.9).length;
  const merging = rich.filter(({ sNetwork }) => sNetwork !== null);
  const close = merging.filter(({ sNetwork }) => sNetwork! < 0.25).length;
  const lazyGood = lazy.filter(({ corrStart }) => corrStart > 0.95).length;
  const claims: ClaimVerdict[] = [
    {
      id: 'J2-rich',
      claim: 'From small weights the shared distances follow from the joint targets of both heads.',
      verdict: gradedCount(richGood, rich.length),
      because: `gain .7, correlation of six distances with the theory (eta_h / eta_y = ${fixed(ratio)} from two other points): ${list(rich, 'corrTheory')}; above .9 in ${richGood} of ${rich.length}.`,
    },
    {
      id: 'J2-merge',
      claim: 'Two rows come together where both heads give them one target.',
      verdict: gradedCount(close, merging.length),
      because: `gain .7, distance of rows of one joint label over that of the others, in brackets the theory: ${merging.map((row) => `${row.network} ${fixed(row.sNetwork!)} (${fixed(row.sTheory!)})`).join(', ')}; below .25 in ${close} of ${merging.length}.`,
    },
    {
      id: 'J2-lazy',
      claim: 'From large weights the tasks leave no trace in the shared distances.',
      verdict: gradedCount(lazyGood, lazy.length),
      because: `gain 2, correlation with the start: ${list(lazy, 'corrStart')}; above .95 in ${lazyGood} of ${lazy.length}.`,
    },
  ];
  const chart = (key: 'corrTheory' | 'corrStart', name: string, title: string, what: string) =>
    xyChart({
      name,
      title,
      what: `Correlation of the six row distances in the shared layer with ${what}, against the gain, for each pair of tasks`,
      xTitle: 'gain of the initial weights',
      yTitle: 'correlation',
      rows: SETTINGS.map((pair) => pair.join('+')).flatMap((network) =>
        rows.filter((row) => row.network === network).map((row) => ({ x: row.gain, series: network, y: row[key] })),
      ),
    });
  return cut({
    rows,
    claims,
    charts: [
      chart(
        'corrTheory',
        'theory',
        `From small weights ${richGood} of ${rich.length} task pairs have the predicted geometry`,
        'the theory',
      ),
      chart('corrStart', 'start', 'From large weights the geometry of the start stays', 'the start'),
    ],
  });
};
