// XOR, rich and lazy: do the final distances of four points follow from rates that were fitted on two others?
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  byGain,
  converged,
  correlation,
  cut,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  dotsChart,
  endDistances,
  graded,
  median,
  medianRatio,
  movedShare,
  predictDistances,
  ratioCells,
  SMALL,
  sameOverOther,
  xyChart,
} from 'ncnet/dense';
import { fitLayers, fixedPoint } from 'theory';

const LAYER = 5;
const deep = { ...SMALL, samples: 30, steps: 40_000, layers: [LAYER] };
const xor = {
  inputs: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  targets: [[0], [1], [1], [0]],
  stopLoss: 1e-4,
};
const SAME = [false, false, true, true, false, false]; // of the pairs 01, 02, 03, 12, 13, 23: those of one target

const onXor = (scales: [gain: number, learningRate: number][]) => byGain('XOR, ', { ...deep, ...xor }, scales);
const wide = { depth: 1, width: 500, samples: 30, steps: 40_000 };
const shallow = [
  ...byGain('shallow, two points, ', wide, [[0.35, 0.02]]),
  ...byGain('shallow XOR, ', { ...wide, ...xor }, [
    [0.0015, 0.03],
    [1, 0.02],
    [4, 0.002],
  ]),
];

export const experiment = defineDenseExperiment({
  name: 'theory-xor',
  title: 'XOR: representations that follow the targets, or the inputs',
  question:
    'Do the final distances between the four points of XOR follow from the rates of two other points, for small and for large initial weights?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): from small initial weights a deep network ends with the distances of the targets (rich), from large ones with those it started with (lazy); the theory predicts both, but not a shallow network.',
  cost: 'quick: about 15 s on two cores; full: the same networks with 12 seeds, about 1 minute of one core. 8 layers of 100 units instead of the paper’s 20 of 500.',
  expectation:
    'Pilot values of an independent program: ratio s of same-target to other distances .11 at gain .7 with correlation 1.000 to the theory, .52 and .956 at gain 1, 1.20 and .996 at gain 2; one hidden layer at gain .0015: s .79 where the theory says .003.',
  command: 'npx ncnet run theory-xor --full',
  quick: {
    replicas: 3,
    cells: [
      ...ratioCells(deep),
      ...onXor([
        [0.7, 0.02],
        [0.8, 0.02],
        [1, 0.01],
        [1.4, 0.001],
        [2, 0.00005],
      ]),
      ...shallow,
    ],
  },
  full: {
    replicas: 12,
    cells: [
      ...ratioCells(deep),
      ...onXor([
        [0.7, 0.02],
        [0.8, 0.02],
        [0.9, 0.02],
        [1, 0.01],
        [1.2, 0.005],
        [1.4, 0.001],
        [1.7, 0.0003],
        [2, 0.00005],
      ]),
      ...shallow,
    ],
  },
});

const isXor = ({ cell }: DenseRecords): boolean => cell.inputs.length === 4;

/** eta_h / eta_y of the two-point networks of a depth. */
const ratioOf = (cells: DenseRecords[], depth: number): number =>
  medianRatio(
    cells.filter((records) => !isXor(records) && records.cell.depth === depth),
    fitLayers,
  );

function summarizeCell(records: DenseRecords, ratio: number) {
  const { cell, replicas, recordHash } = records;
  const runs = converged(records).map((run) => ({
    ...endDistances(cell, run, cell.layers[0]),
    theory: predictDistances(records, run, ratio, fixedPoint),
    moved: movedShare(run),
  }));
  const of = (read: (run: (typeof runs)[number]) => number) => median(runs.map(read));
  const row = {
    network: cell.depth === 1 ? 'shallow' : 'deep',
    gain: cell.gain,
    replicas,
    converged: runs.length,
    sNetwork: of(({ end }) => sameOverOther(end, SAME)),
    sTheory: of(({ theory }) => sameOverOther(theory, SAME)),
    corrTheory: of(({ end, theory }) => correlation(end, theory)),
    corrStart: of(({ end, start }) => correlation(end, start)),
    moved: of(({ moved }) => moved),
    recordHash,
  };
  return { row, runs };
}

export const summarize: DenseExperimentModule['summarize'] = (cells) => {
  const ratios = { deep: ratioOf(cells, 8), shallow: ratioOf(cells, 1) };
  const summaries = cells
    .filter(isXor)
    .map((records) => summarizeCell(records, records.cell.depth === 1 ? ratios.shallow : ratios.deep));
  const rows = summaries.map(({ row }) => row);
  const deepRows = rows.filter(({ network }) => network === 'deep');
  const at = (network: string, gain: number) => rows.find((row) => row.network === network && row.gain === gain)!;
  const [rich, lazy, thin] = [at('deep', 0.7), at('deep', 2), at('shallow', 0.0015)];
  const words = (row: (typeof rows)[number]) =>
    `s = ${fixed(row.sNetwork)} (theory ${fixed(row.sTheory)}), correlation with the theory ${fixed(row.corrTheory)}, with the start ${fixed(row.corrStart)}, ${row.converged} of ${row.replicas} seeds converged`;
  const claims: ClaimVerdict[] = [
    {
      id: 'T11',
      claim:
        'Rich: from small weights the points of one target come together and the others apart, in the order that the theory says.',
      verdict: graded(rich.sNetwork < 0.25 && rich.corrTheory > 0.95, rich.corrTheory > 0.8),
      because: `gain .7: ${words(rich)}. Rates from two other points: eta_h / eta_y = ${fixed(ratios.deep)}.`,
    },
    {
      id: 'T12',
      claim: 'Lazy: from large weights the distances stay those of the start.',
      verdict: graded(lazy.corrStart > 0.95 && lazy.corrTheory > 0.95, lazy.corrStart > 0.8),
      because: `gain 2: ${words(lazy)}; hidden values move by ${fixed(lazy.moved, 2)} of their size, ${fixed(rich.moved, 1)} at gain .7.`,
    },
    {
      id: 'T13',
      claim: 'A shallow network from small weights does not follow the theory.',
      verdict: thin.corrTheory < 0.5 && thin.sNetwork > 3 * thin.sTheory ? 'supported' : 'not supported',
      because: `one hidden layer of 500, gain .0015: ${words(thin)}.`,
    },
  ];
  const pairName = ({ cell }: DenseRecords, pair: number) =>
    cell.pairs[pair].map((row) => cell.inputs[row].join('')).join(' – ');
  const xorCells = cells.filter(isXor);
  const example = summaries.findIndex(({ row }) => row === rich);
  const { runs } = summaries[example];
  const pairs =
    runs.length === 0
      ? []
      : runs[0].end.map((_, pair) => ({
          name: pairName(xorCells[example], pair),
          same: SAME[pair],
          network: median(runs.map(({ end }) => end[pair])),
          theory: median(runs.map(({ theory }) => theory[pair])),
        }));
  const ends = (same: boolean) =>
    pairs
      .filter((pair) => pair.same === same)
      .map(({ network }) => fixed(network, 2))
      .sort();
  return cut({
    rows,
    claims,
    charts: [
      xyChart({
        name: 'rich-lazy',
        title: `Same-target points end ${fixed(rich.sNetwork, 2)} times as far apart as others at gain .7, ${fixed(lazy.sNetwork, 2)} times at gain 2`,
        what: 'Ratio s of the distances of same-target pairs to the others, deep networks, network and theory, against the gain',
        xTitle: 'gain of the initial weights',
        yTitle: 's',
        theory: ['theory'],
        rows: deepRows.flatMap((row) => [
          { x: row.gain, series: 'network', y: row.sNetwork },
          { x: row.gain, series: 'theory', y: row.sTheory },
        ]),
      }),
      dotsChart({
        name: 'correlations',
        title:
          'The final distances correlate with the theory at both ends, less between, and not in the shallow rich network',
        what: 'Correlation of the six final distances with the theory and with the start',
        unit: 'correlation',
        domain: [-1, 1],
        rows: rows.flatMap((row) => [
          { name: `${row.network}, gain ${row.gain}`, series: 'with the theory', value: row.corrTheory },
          { name: `${row.network}, gain ${row.gain}`, series: 'with the start', value: row.corrStart },
        ]),
      }),
      ...(pairs.length === 0
        ? []
        : [
            dotsChart({
              name: 'distances',
              title: `Gain .7: pairs of one target end at ${ends(true).join(' and ')}, the others at ${ends(false)[0]} or more`,
              what: `Final distances of the six pairs of points at gain .7 and those of the theory, medians of ${runs.length} seeds`,
              unit: `|dh|, median of ${runs.length} seeds`,
              rows: pairs.flatMap(({ name, network, theory }) => [
                { name, series: 'network', value: network },
                { name, series: 'theory', value: theory },
              ]),
            }),
          ]),
    ],
  });
};
