// Do networks of every architecture follow one theory of two rates? Two points, H, Y and w of every hidden layer against the closed form.
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  cellName,
  cut,
  DEFAULT_NETWORKS,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  dotsChart,
  graded,
  gradedCount,
  median,
  namedLayer,
  pairConstants,
  pairCurves,
  panelsChart,
  SMALL,
} from 'ncnet/dense';
import { fitLayers, fitLoss, predictedY, rSquared } from 'theory';

const small = { ...SMALL, samples: 60 };

export const experiment = defineDenseExperiment({
  name: 'theory-architectures',
  title: 'One theory for many architectures',
  question:
    'Do the distances of two points in networks of different architectures follow the same equations, with two fitted rates each?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): networks forget their architecture; |dh|², |dy|² and w of two points follow one system whose only free constants are the rates of encoder and decoder. Settings are those of the authors’ figure of thirteen architectures.',
  cost: 'quick: networks of 100 units a layer, about 20 s on two cores; full: 4.75 million weights in the deep ones, about 12 minutes of one core',
  expectation:
    'Pilot values of an independent program: default network R² of H, Y, w at least .97, .99, .95 at layer 12; best layers 10 to 15; eta_h rises with the layer. Small network: at least .98, .98, .90 at layer 5.',
  command: 'npx ncnet run theory-architectures --full',
  quick: {
    replicas: 6,
    cells: [
      { ...DEFAULT_NETWORKS.quick.cells[0], name: 'default' },
      { name: 'shallow', cell: { ...small, depth: 2, gain: 0.35, learningRate: 0.02 } },
      { name: 'narrow', cell: { ...small, width: 20, gain: 1, learningRate: 0.02 } },
      { name: 'linear', cell: { ...small, activation: 'linear', gain: 0.75, learningRate: 0.005 } },
      { name: 'tanh', cell: { ...small, activation: 'tanh', gain: 0.75, learningRate: 0.005 } },
      { name: 'ReLU', cell: { ...small, activation: 'relu', gain: 0.9, learningRate: 0.02 } },
      { name: 'ELU', cell: { ...small, activation: 'elu', gain: 0.8, learningRate: 0.005 } },
      { name: 'swish', cell: { ...small, activation: 'swish', gain: 1.6, learningRate: 0.01 } },
      { name: 'skip', cell: { ...small, skip: true, gain: 0.1, learningRate: 0.02 } },
      { name: 'two-layer', cell: { ...small, depth: 1, activation: 'linear', gain: 0.1, learningRate: 0.02 } },
      { name: 'dropout', cell: { ...small, dropout: 0.1, gain: 0.9, learningRate: 0.02, steps: 1500 } },
      { name: 'Adam', cell: { ...small, optimizer: 'adam', gain: 0.9, learningRate: 0.00003 } },
      {
        name: 'CNN',
        cell: {
          depth: 6,
          width: 100,
          convolution: { channels: 16, kernel: 7 },
          samples: 60,
          learningRate: 0.01,
          steps: 1500,
        },
      },
    ],
  },
  full: {
    replicas: 3,
    cells: [
      { ...DEFAULT_NETWORKS.full.cells[0], name: 'default' },
      { name: 'shallow', cell: { depth: 2, gain: 0.35, learningRate: 0.02 } },
      { name: 'narrow', cell: { width: 50, gain: 1.05, learningRate: 0.01 } },
      { name: 'linear', cell: { activation: 'linear', gain: 0.85, learningRate: 0.0025 } },
      { name: 'tanh', cell: { activation: 'tanh', gain: 0.85, learningRate: 0.0025 } },
      { name: 'ReLU', cell: { activation: 'relu', gain: 1, learningRate: 0.01 } },
      { name: 'ELU', cell: { activation: 'elu', gain: 0.95, learningRate: 0.0009 } },
      { name: 'swish', cell: { activation: 'swish', gain: 1.7, learningRate: 0.005 } },
      { name: 'skip', cell: { skip: true, gain: 0.1, learningRate: 0.02 } },
      { name: 'two-layer', cell: { depth: 1, activation: 'linear', gain: 0.1, learningRate: 0.01 } },
      { name: 'dropout', cell: { depth: 10, dropout: 0.1, gain: 1, learningRate: 0.01, steps: 3000 } },
      { name: 'Adam', cell: { optimizer: 'adam', gain: 1, learningRate: 0.000001 } },
      {
        name: 'CNN',
        cell: { depth: 10, convolution: { channels: 20, kernel: 11 }, gain: 0.95, learningRate: 0.004 },
      },
    ],
  },
});

/** Fits of every layer of every replica of a cell. */
const fitCell = ({ cell, statistics }: DenseRecords) =>
  statistics.runs.map((run) => {
    const curves = cell.layers.map((layer) => pairCurves(cell, run, layer));
    return { run, curves, ...fitLayers(pairConstants(cell), curves) };
  });
type FittedRun = ReturnType<typeof fitCell>[number];

const bestFit = ({ fits, best }: FittedRun) => fits[best]!;

/** R² of the parabola Y(H) of theory, at the measured H: what the rates' ratio alone predicts. */
function parabola(cell: DenseRecords['cell'], fitted: FittedRun): number {
  const fit = bestFit(fitted);
  const point = { ...pairConstants(cell), etaH: fit.etaH.value, etaY: fit.etaY.value };
  const { H, Y } = fitted.curves[fitted.best];
  return rSquared(
    Y,
    H.map((value) => predictedY(point, fit.fixedPoint.aHigh, value)),
  );
}

/** What a cell shows: medians over its replicas, at the layer of best fit of each. */
function summarizeCell(name: string, records: DenseRecords, runs: FittedRun[]) {
  const { cell, recordHash, replicas } = records;
  const fitted = runs.filter(({ best }) => best >= 0);
  const of = (read: (run: FittedRun) => number) => median(fitted.map(read));
  const last = (values: ArrayLike<number>) => values[values.length - 1];
  return {
    network: name,
    replicas,
    layer: of(({ best }) => best), // of best fit, counted from 0
    r2H: of((run) => bestFit(run).r2.H),
    r2Y: of((run) => bestFit(run).r2.Y),
    r2w: of((run) => bestFit(run).r2.w),
    r2Parabola: of((run) => parabola(cell, run)),
    etaH: of((run) => bestFit(run).etaH.value),
    etaY: of((run) => bestFit(run).etaY.value),
    hInfTheory: of((run) => bestFit(run).fixedPoint.hInf),
    hInfNetwork: of((run) => last(run.curves[run.best].H)),
    steps: of(({ run }) => run.record.steps),
    converged: fitted.filter(({ run }) => run.record.stopped === 'loss').length,
    recordHash,
  };
}
type Row = ReturnType<typeof summarizeCell>;

const r2Words = ({ network, r2H, r2Y, r2w }: Row): string => `${network} ${fixed(r2H)}, ${fixed(r2Y)}, ${fixed(r2w)}`;

/** The default network at the layer that the reference names, against its acceptance numbers. */
function judgeDefault({ cell }: DenseRecords, runs: FittedRun[]): ClaimVerdict {
  const layer = namedLayer(cell);
  const bounds = cell.depth === 20 ? [0.97, 0.99, 0.95] : [0.98, 0.98, 0.9];
  const at = runs.flatMap(({ fits }) => fits[layer] ?? []);
  const r2 = (['H', 'Y', 'w'] as const).map((key) => median(at.map((fit) => fit.r2[key])));
  const met = r2.filter((value, k) => value >= bounds[k]).length;
  return {
    id: 'T1',
    claim: `The default network (${cell.depth} layers of ${cell.width}) follows the theory at hidden layer ${layer}.`,
    verdict: gradedCount(met, 3),
    because: `median R² of H, Y, w over ${runs.length} seeds is ${r2.map((value) => fixed(value)).join(', ')}; set beforehand: at least ${bounds.join(', ')}.`,
  };
}

const GOOD = { r2H: 0.9, r2Y: 0.95, r2w: 0.8 };
const isGood = (row: Row): boolean => row.r2H >= GOOD.r2H && row.r2Y >= GOOD.r2Y && row.r2w >= GOOD.r2w;

function judgeAll(rows: Row[]): ClaimVerdict {
  const off = rows.filter((row) => !isGood(row));
  return {
    id: 'T2',
    claim: 'Two fitted rates make the same equations describe every architecture.',
    verdict: graded(off.length === 0, off.length < rows.length / 2),
    because: `${rows.length - off.length} of ${rows.length} networks reach R² of ${GOOD.r2H}, ${GOOD.r2Y}, ${GOOD.r2w} (H, Y, w) at their best layer${off.length > 0 ? `; not ${off.map(r2Words).join('; ')}` : ''}.`,
  };
}

function judgeParabola(rows: Row[]): ClaimVerdict {
  const good = rows.filter(isGood);
  const met = good.filter((row) => row.r2Parabola >= 0.9).length;
  return {
    id: 'T3',
    claim: 'H and Y move on the parabola that the theory conserves, Y = (eta_y / (eta_h |dx|²)) H (H − A_high).',
    verdict: gradedCount(met, good.length),
    because: `R² of Y from the measured H: ${good.map((row) => `${row.network} ${fixed(row.r2Parabola)}`).join(', ')}; at least .9 in ${met} of ${good.length}.`,
  };
}

export const summarize: DenseExperimentModule['summarize'] = (cells, literal) => {
  const names = cells.map(({ cell }) => cellName(literal, cell));
  const fitted = cells.map(fitCell);
  const rows = cells.map((records, k) => summarizeCell(names[k], records, fitted[k]));
  const [first] = fitted[0];
  const constants = pairConstants(cells[0].cell);
  const { t, loss, H, Y, w } = first.curves[first.best];
  const theory = bestFit(first).curves;
  const lossFit = fitLoss(constants.dyStar, { t, loss }, theory);
  const panels = [
    { panel: '|dh|², hidden distance H', network: H, theory: theory.H },
    { panel: '|dy|², output distance Y', network: Y, theory: theory.Y },
    { panel: 'w = dy · (dy − dy*)', network: w, theory: theory.w },
    { panel: 'loss', network: loss, theory: lossFit.loss },
  ];
  const worst = rows.reduce((low, row) => (row.r2Y < low.r2Y ? row : low));
  const good = rows.filter(isGood).length;
  return cut({
    rows,
    claims: [judgeDefault(cells[0], fitted[0]), judgeAll(rows), judgeParabola(rows)],
    charts: [
      panelsChart({
        name: 'default-curves',
        title: `One default network (seed 0, hidden layer ${first.best}) and the theory with two fitted rates: R² of H is ${fixed(bestFit(first).r2.H)}`,
        alt: `Four panels against time for ${names[0]}, seed 0, hidden layer ${first.best}: H, Y, w and the loss of the network and of the theory. R² ${fixed(bestFit(first).r2.H)}, ${fixed(bestFit(first).r2.Y)}, ${fixed(bestFit(first).r2.w)} and ${fixed(lossFit.r2)}.`,
        xTitle: 'steps × learning rate',
        yTitle: '',
        curves: panels.flatMap(({ panel, network, theory: predicted }) => [
          { panel, kind: 'network', x: t, y: network } as const,
          { panel, kind: 'theory', x: t, y: predicted } as const,
        ]),
        points: 90,
      }),
      panelsChart({
        name: 'parabola',
        title: 'Output distance against hidden distance: each network on its own predicted parabola',
        alt: `Y against H of one replica of each network at its best layer, with the predicted parabola. Median R² of the parabola: ${rows.map((row) => `${row.network} ${fixed(row.r2Parabola)}`).join(', ')}.`,
        xTitle: 'H = |dh|²',
        yTitle: 'Y = |dy|²',
        curves: fitted.flatMap((runs, k) => {
          const run = runs.find(({ best }) => best >= 0);
          if (run === undefined) return [];
          const curves = run.curves[run.best];
          const predicted = bestFit(run).curves;
          return [
            { panel: names[k], kind: 'network', x: curves.H, y: curves.Y } as const,
            { panel: names[k], kind: 'theory', x: predicted.H, y: predicted.Y } as const,
          ];
        }),
        points: 40,
      }),
      dotsChart({
        name: 'r2',
        title: `${good} of ${rows.length} networks follow the theory closely; ${worst.network} fits worst in Y`,
        what: 'Median R² of H, Y and w at the layer of best fit, values below −.5 drawn there',
        unit: 'R²',
        domain: [-0.5, 1],
        rows: rows.flatMap((row) => [
          { name: row.network, series: 'H', value: row.r2H },
          { name: row.network, series: 'Y', value: row.r2Y },
          { name: row.network, series: 'w', value: row.r2w },
        ]),
      }),
    ],
  });
};
