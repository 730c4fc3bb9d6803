// Where two points end: the final hidden distance over a grid of input and target distances, predicted with one ratio of rates.
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  converged,
  correlation,
  cut,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  graded,
  median,
  medianRatio,
  pairConstants,
  pairCurves,
  panelsChart,
  predictEnd,
  SMALL,
  xyChart,
} from 'ncnet/dense';
import { fitLayers, fixedPoint } from 'theory';

const NETWORKS = {
  'leaky ReLU': { activation: 'leaky-relu', gain: 0.9, learningRate: 0.02, layers: [5] },
  tanh: { activation: 'tanh', gain: 0.75, learningRate: 0.005, layers: [6] },
  'skip connections': { activation: 'leaky-relu', skip: true, gain: 0.1, learningRate: 0.02, layers: [5] },
} as const;
const NAMES = Object.keys(NETWORKS) as (keyof typeof NETWORKS)[];

const FIVE = [0, 1, 2, 3, 4];
const GRID = FIVE.flatMap((i) => FIVE.map((j) => ({ dx: 0.5 + i / 4, dy: j / 4 })));

/** The points of the paper at other distances: x2 = -1 + |dx|, y2 = .6 + |dy*|. */
const pointsAt = (dx: number, dy: number) => ({ inputs: [[-1], [dx - 1]], targets: [[0.6], [0.6 + dy]] });

const small = { ...SMALL, samples: 30, steps: 40_000 };
const variant = (names: readonly (keyof typeof NETWORKS)[]) =>
  names.flatMap((name) => {
    const network = { ...small, ...NETWORKS[name], layers: [...NETWORKS[name].layers] };
    return [
      ...[2, 3, 4, 5, 6, 7].map((seed) => ({ name: `${name}, rates, seed ${seed}`, cell: { ...network, seed } })),
      ...GRID.map(({ dx, dy }) => ({
        name: `${name}, |dx| ${dx}, |dy*| ${dy}`,
        cell: { ...network, ...pointsAt(dx, dy), stopLoss: 1e-4 },
      })),
    ];
  });

export const experiment = defineDenseExperiment({
  name: 'theory-final-distance',
  title: 'The final hidden distance, predicted from the data',
  question:
    'Does one ratio of rates, fitted on one pair of points, predict how far apart other pairs end in the hidden layer?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): |dh(∞)|² = A_high/2 + √(A_high²/4 + A_low²), for any distances of inputs and targets.',
  cost: 'quick: about 10 s on two cores; full: three architectures, 4 seeds, about 2 minutes of one core. 8 layers of 100 units instead of the paper’s 20 of 500.',
  expectation: 'Points near the identity; the mean of the relative error below 15 %.',
  command: 'npx ncnet run theory-final-distance --full',
  quick: { replicas: 1, cells: variant(['leaky ReLU', 'tanh']) },
  full: { replicas: 4, cells: variant(NAMES) },
});

const nameOf = ({ cell }: DenseRecords): keyof typeof NETWORKS =>
  NAMES.find((name) => {
    const network: { activation: string; skip?: boolean } = NETWORKS[name];
    return network.activation === cell.activation && (network.skip ?? false) === cell.skip;
  })!;

const isRates = ({ cell }: DenseRecords): boolean => cell.seed !== 1;

export const summarize: DenseExperimentModule['summarize'] = (cells) => {
  const names = NAMES.filter((name) => cells.some((records) => nameOf(records) === name));
  const networks = names.map((name) => {
    const own = cells.filter((records) => nameOf(records) === name);
    const ratio = medianRatio(own.filter(isRates), fitLayers);
    const pairs = own
      .filter((records) => !isRates(records))
      .flatMap((records) =>
        converged(records).map((run) => {
          const { H } = pairCurves(records.cell, run, records.cell.layers[0]);
          const theory = predictEnd(records, run, ratio, fixedPoint).hInf;
          return { ...pairConstants(records.cell), network: H[H.length - 1], theory };
        }),
      );
    return { name, ratio, pairs };
  });
  const rows = networks.map(({ name, ratio, pairs }) => {
    const apart = pairs.filter(({ dyStar }) => dyStar > 0);
    const same = pairs.filter(({ dyStar }) => dyStar === 0);
    return {
      network: name,
      ratio,
      pairs: pairs.length,
      correlation: correlation(
        pairs.map((pair) => pair.network),
        pairs.map((pair) => pair.theory),
      ),
      medianError: median(apart.map((pair) => Math.abs(pair.theory / pair.network - 1))),
      sameTargetNetwork: median(same.map((pair) => pair.network)),
      sameTargetTheory: median(same.map((pair) => pair.theory)),
    };
  });
  const worst = Math.max(...rows.map((row) => row.medianError));
  const ordered = rows.every((row) => row.correlation > 0.95);
  const merging = rows.every(
    (row) => row.sameTargetNetwork < 0.2 * median(networks.flatMap(({ pairs }) => pairs.map(({ network }) => network))),
  );
  const claims: ClaimVerdict[] = [
    {
      id: 'T14',
      claim: 'One ratio of rates predicts the final hidden distance of other pairs of points.',
      verdict: graded(ordered && worst <= 0.15, ordered && worst <= 0.3),
      because: `median relative error over pairs of different targets and correlation: ${rows.map((row) => `${row.network} ${fixed(100 * row.medianError, 1)} %, ${fixed(row.correlation)}`).join('; ')}; supported at 15 % or less and above .95 in all, partly at 30 %.`,
    },
    {
      id: 'T15',
      claim: 'Two points of one target come together.',
      verdict: merging ? 'supported' : 'not supported',
      because: `median final |dh|² at |dy*| = 0, network and theory: ${rows.map((row) => `${row.network} ${fixed(row.sameTargetNetwork, 4)}, ${fixed(row.sameTargetTheory, 4)}`).join('; ')}.`,
    },
  ];
  const top = Math.max(...networks.flatMap(({ pairs }) => pairs.flatMap(({ network, theory }) => [network, theory])));
  const [first] = networks;
  const bySize = [...new Set(first.pairs.map(({ dx2 }) => dx2))];
  return cut({
    rows,
    claims,
    charts: [
      xyChart({
        name: 'scatter',
        title: `Final distances against the prediction: ${rows.map((row) => `${row.network} off by ${fixed(100 * row.medianError, 0)} %`).join(', ')}`,
        what: 'Final |dh|² of each trained pair against the predicted one, with the identity',
        xTitle: 'predicted |dh(∞)|²',
        yTitle: '|dh|² of the network',
        marks: 'points',
        theory: ['identity'],
        rows: [
          ...networks.flatMap(({ name, pairs }) =>
            pairs.map((pair) => ({ x: pair.theory, series: name as string, y: pair.network })),
          ),
          { x: 0, series: 'identity', y: 0 },
          { x: top, series: 'identity', y: top },
        ],
      }),
      panelsChart({
        name: 'targets',
        title: `${first.name}: the further apart the targets, the further apart the hidden points end`,
        alt: `Median final |dh|² against |dy*| for each |dx|, ${first.name}, network and theory.`,
        xTitle: '|dy*|',
        yTitle: '|dh(∞)|²',
        curves: bySize.flatMap((dx2) => {
          const at = FIVE.map((j) =>
            first.pairs.filter((pair) => pair.dx2 === dx2 && Math.abs(pair.dyStar - j / 4) < 1e-9),
          );
          const kept = FIVE.filter((j) => at[j].length > 0);
          const panel = `|dx| = ${Math.sqrt(dx2)}`;
          return (['network', 'theory'] as const).map((kind) => ({
            panel,
            kind,
            x: kept.map((j) => j / 4),
            y: kept.map((j) => median(at[j].map((pair) => pair[kind]))),
          }));
        }),
      }),
    ],
  });
};
