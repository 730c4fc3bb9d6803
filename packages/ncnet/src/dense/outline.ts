// What the experiments on the effective theory have in common: their networks, rates from two points, and predictions for other pairs.
import type { ClaimVerdict } from '../experiment.ts';
import { mean } from '../mean.ts';
import type { DenseCellInput } from './cell.ts';
import { median } from './charts.ts';
import { type DenseCurves, type DenseRecords, type DenseRun, pairConstants, pairCurves } from './runs.ts';

/** The deep network of experiments that need hundreds of them: 8 layers of 100, in place of the paper's 20 of 500. */
export const SMALL = { depth: 8, width: 100 } as const;

/** The small and the paper's default network, as every experiment on them trains them: the store keeps one copy. */
export const DEFAULT_NETWORKS = {
  quick: {
    replicas: 6,
    cells: [{ name: '8 x 100', cell: { ...SMALL, samples: 60, gain: 0.9, learningRate: 0.02 } }],
  },
  full: { replicas: 3, cells: [{ name: '20 x 500', cell: { gain: 1, learningRate: 0.01 } }] },
};

/** The layer of the default networks that the reference names: its rates are fitted there. */
export const namedLayer = ({ depth }: { depth: number }): number => (depth === 20 ? 12 : 5);

/** Cells that differ in the scale of their initial weights. */
export const byGain = (
  what: string,
  cell: Partial<DenseCellInput>,
  scales: readonly (readonly [gain: number, learningRate: number])[],
) =>
  scales.map(([gain, learningRate]) => ({
    name: `${what}gain ${gain}`,
    cell: { ...cell, gain, learningRate } as Partial<DenseCellInput>,
  }));

/** Two points from three scales: what the ratio of the rates is fitted on, before other rows are predicted. */
export const ratioCells = (cell: Partial<DenseCellInput>) =>
  byGain('two points, ', cell, [
    [0.8, 0.02],
    [0.9, 0.02],
    [1, 0.02],
  ]);

/** `fitLayers` of the package theory, which this package does not import. */
export type FitLayers = (
  constants: { dx2: number; dyStar: number },
  layers: readonly DenseCurves[],
) => { fits: ({ ratio: { value: number } } | null)[] };

/** `fixedPoint` of the package theory. */
export type FixedPointOf<F> = (
  point: { dx2: number; dyStar: number; etaH: number; etaY: number },
  start: { H: number; Y: number },
) => F;

/** eta_h / eta_y at the first probed layer, the median over all runs of the cells. */
export function medianRatio(cells: readonly DenseRecords[], fitLayers: FitLayers): number {
  return median(
    cells.flatMap(({ cell, statistics }) =>
      statistics.runs.flatMap((run) => {
        const [fit] = fitLayers(pairConstants(cell), [pairCurves(cell, run, cell.layers[0])]).fits;
        return fit === null ? [] : [fit.ratio.value];
      }),
    ),
  );
}

/** Where the theory lets a pair of rows end at the first probed layer, from its start and a ratio of rates. */
export function predictEnd<F>(
  { cell }: Pick<DenseRecords, 'cell'>,
  run: DenseRun,
  ratio: number,
  fixedPoint: FixedPointOf<F>,
  pair = 0,
): F {
  const { H, Y } = pairCurves(cell, run, cell.layers[0], pair);
  return fixedPoint({ ...pairConstants(cell, pair), etaH: ratio, etaY: 1 }, { H: H[0], Y: Y[0] });
}

/** The predicted final |dh| of all pairs. */
export const predictDistances = (
  records: Pick<DenseRecords, 'cell'>,
  run: DenseRun,
  ratio: number,
  fixedPoint: FixedPointOf<{ hInf: number }>,
): number[] => records.cell.pairs.map((_, pair) => Math.sqrt(predictEnd(records, run, ratio, fixedPoint, pair).hInf));

/** The runs whose loss came down to what was asked for. */
export const converged = ({ statistics }: Pick<DenseRecords, 'statistics'>): DenseRun[] =>
  statistics.runs.filter(({ record }) => record.stopped === 'loss');

/** Mean distance of the pairs of one target over that of the others. */
export const sameOverOther = (distances: readonly number[], same: readonly boolean[]): number =>
  mean(distances.filter((_, pair) => same[pair])) / mean(distances.filter((_, pair) => !same[pair]));

/** Two rows closer than this share of the mean distance of all pairs are one. */
const JOINED = 0.25;

/**
 * Clusters of rows: those that a chain of pairs joins, each pair closer than a quarter of the mean distance of all pairs.
 * @param pairs all pairs of the rows, and their distances
 */
export function clusterCount(pairs: readonly (readonly [number, number])[], distances: readonly number[]): number {
  const limit = JOINED * mean(distances);
  const rows = [...new Set(pairs.flat())];
  const cluster = new Map(rows.map((row) => [row, row]));
  for (const [pair, [r, s]] of pairs.entries()) {
    if (!(distances[pair] < limit)) continue;
    const [from, to] = [cluster.get(s)!, cluster.get(r)!];
    for (const row of rows) if (cluster.get(row) === from) cluster.set(row, to);
  }
  return new Set(cluster.values()).size;
}

/** Distinct rows of targets: as many clusters as the rich regime wants. */
export const jointLabels = (targets: readonly (readonly number[])[]): number =>
  new Set(targets.map((row) => row.join())).size;

type Verdict = ClaimVerdict['verdict'];

/** Supported where `good` holds, partly where `fair` does. */
export const graded = (good: boolean, fair: boolean): Verdict =>
  good ? 'supported' : fair ? 'partly supported' : 'not supported';

/** All of some that were counted, some, or none; not tested where there are none. */
export const gradedCount = (met: number, all: number): Verdict =>
  all === 0 ? 'not tested' : graded(met === all, met > 0);
