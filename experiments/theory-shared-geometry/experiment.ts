// J2: two tasks on one deep trunk. Do the distances of the four rows in the shared layer follow from the joint targets of both heads?
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  CONTEXTS,
  clusterCount,
  converged,
  correlation,
  cut,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  dotsChart,
  endDistances,
  gradedCount,
  jointLabels,
  median,
  medianRatio,
  pairConstants,
  predictDistances,
  ratioCells,
  SMALL,
  sameOverOther,
  type Task,
  taskCell,
  tasksOf,
  xyChart,
} from 'ncnet/dense';
import { fitLayers, fixedPoint } from 'theory';

const LAYER = 5;
const trunk = { ...SMALL, samples: 30, steps: 40_000, layers: [LAYER] };
/** Where the rich regime is asked for clusters. */
const RICH = 0.7;
const RICH_RATE = 0.01;

const variant = (scales: [gain: number, learningRate: number][], alone: Task[]) => [
  ...ratioCells(trunk),
  ...scales.flatMap(([gain, learningRate]) =>
    CONTEXTS.map(({ alice, bob }) => ({
      name: `${alice} and ${bob}, gain ${gain}`,
      cell: { ...trunk, ...taskCell(alice, bob), gain, learningRate, stopLoss: 1e-4 },
    })),
  ),
  ...alone.map((task) => ({
    name: `${task} alone, gain ${RICH}`,
    cell: { ...trunk, ...taskCell(task), gain: RICH, learningRate: RICH_RATE, stopLoss: 1e-4 },
  })),
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
    cells: variant(
      [
        [RICH, RICH_RATE],
        [2, 0.00005],
      ],
      ['X1', 'XOR'],
    ),
  },
  full: {
    replicas: 12,
    cells: variant(
      [
        [RICH, RICH_RATE],
        [1, 0.005],
        [1.4, 0.0005],
        [2, 0.00005],
      ],
      ['OR', 'X1', 'AND', 'XOR'],
    ),
  },
});

const isPair = ({ cell }: DenseRecords): boolean => cell.inputs.length === 2;
const nameOf = ({ cell }: DenseRecords): string => tasksOf(cell).join('+');

function summarizeCell(records: DenseRecords, ratio: number) {
  const { cell, replicas, recordHash } = records;
  const merged = cell.pairs.map((_, pair) => pairConstants(cell, pair).dyStar === 0);
  const runs = converged(records).map((run) => ({
    ...endDistances(cell, run, LAYER),
    theory: predictDistances(records, run, ratio, fixedPoint),
  }));
  const of = (read: (run: (typeof runs)[number]) => number) => (runs.length === 0 ? 0 : median(runs.map(read)));
  const joint = jointLabels(cell.targets);
  const clusters = runs.map(({ end }) => clusterCount(cell.pairs, end));
  return {
    network: nameOf(records),
    heads: cell.heads.length,
    gain: cell.gain,
    replicas,
    converged: runs.length,
    jointLabels: joint,
    clusters: of(({ end }) => clusterCount(cell.pairs, end)),
    clustersMet: clusters.filter((count) => count === joint).length,
    corrTheory: of(({ end, theory }) => correlation(end, theory)),
    corrStart: of(({ end, start }) => correlation(end, start)),
    sNetwork: joint === 4 ? null : of(({ end }) => sameOverOther(end, merged)), // four labels: no pair shares one
    sTheory: joint === 4 ? null : of(({ theory }) => sameOverOther(theory, merged)),
    recordHash,
  };
}

export const summarize: DenseExperimentModule['summarize'] = (cells) => {
  const ratio = medianRatio(cells.filter(isPair), fitLayers);
  const all = cells.filter((records) => !isPair(records)).map((records) => summarizeCell(records, ratio));
  const rows = all.filter(({ heads }) => heads === 2);
  const alone = all.filter(({ heads }) => heads === 1);
  const rich = rows.filter(({ gain }) => gain === RICH);
  const lazy = rows.filter(({ gain }) => gain === 2);
  const list = (some: typeof rows, key: 'corrTheory' | 'corrStart') =>
    some.map((row) => `${row.network} ${fixed(row[key])}`).join(', ');
  const richGood = rich.filter(({ corrTheory }) => corrTheory > 0.9).length;
  const merging = rich.filter(({ sNetwork }) => sNetwork !== null);
  const close = merging.filter(({ sNetwork }) => sNetwork! < 0.25).length;
  const lazyGood = lazy.filter(({ corrStart }) => corrStart > 0.95).length;
  const counted = [...rich, ...alone];
  const metAll = counted.filter(({ clusters, jointLabels }) => clusters === jointLabels).length;
  const clustersOf = (some: typeof rows) =>
    some
      .map(
        (row) => `${row.network} ${row.clusters} of ${row.jointLabels} (met by ${row.clustersMet} of ${row.converged})`,
      )
      .join(', ');
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
      id: 'J2-clusters',
      claim:
        'From small weights rows form as many clusters as there are joint labels, and with one task alone as many as it has.',
      verdict: gradedCount(metAll, counted.length),
      because: `gain ${RICH}, median count of clusters (rows joined by pairs closer than a quarter of the mean distance) of the joint labels: ${clustersOf(rich)}; control, one task alone on the same rows: ${clustersOf(alone)}; met in ${metAll} of ${counted.length}. At gain 2: ${clustersOf(lazy)}.`,
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
      rows: CONTEXTS.map(({ alice, bob }) => `${alice}+${bob}`).flatMap((network) =>
        rows.filter((row) => row.network === network).map((row) => ({ x: row.gain, series: network, y: row[key] })),
      ),
    });
  return cut({
    rows: all,
    claims,
    charts: [
      chart(
        'corrTheory',
        'theory',
        `From small weights ${richGood} of ${rich.length} task pairs have the predicted geometry`,
        'the theory',
      ),
      chart('corrStart', 'start', 'From large weights the geometry of the start stays', 'the start'),
      dotsChart({
        name: 'clusters',
        title: `From small weights ${metAll} of ${counted.length} sets of tasks have as many clusters as labels`,
        what: `Median count of clusters of the four rows at gain ${RICH}, and labels of the tasks`,
        unit: 'clusters, labels',
        rows: counted.flatMap(({ network, clusters, jointLabels }) => [
          { name: network, series: 'labels', value: jointLabels },
          { name: network, series: 'clusters', value: clusters },
        ]),
      }),
    ],
  });
};
