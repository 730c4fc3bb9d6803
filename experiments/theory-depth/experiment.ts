// Which hidden layer is "the representation"? The theory fitted at every layer of the default network.
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  correlation,
  cut,
  DEFAULT_NETWORKS,
  type DenseExperimentModule,
  defineDenseExperiment,
  graded,
  median,
  pairConstants,
  pairCurves,
  xyChart,
} from 'ncnet/dense';
import { fitLayers } from 'theory';

export const experiment = defineDenseExperiment({
  name: 'theory-depth',
  title: 'The theory at every hidden layer',
  question:
    'At which hidden layer do two rates describe the learning best, and how do the rates change with the layer?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): the theory fits worst at the first layers and best in the middle of the network; the encoder’s rate rises with the layer, the decoder’s has a hump.',
  cost: 'quick: about 3 s; full: 20 layers of 500 units, 4.75 million weights, about 1 minute of one core',
  expectation:
    'The authors’ fit losses fall from 22.1 at layer 0 to .094 at layer 11 and rise to 1.6 at layer 19. Pilot values of an independent program: best layers 10 to 15, eta_h from .03 to .8, eta_y with a hump at layers 10 to 11.',
  command: 'npx ncnet run theory-depth --full',
  ...DEFAULT_NETWORKS,
});

export const summarize: DenseExperimentModule['summarize'] = ([{ cell, replicas, recordHash, statistics }]) => {
  const fitted = statistics.runs.map((run) =>
    fitLayers(
      pairConstants(cell),
      cell.layers.map((layer) => pairCurves(cell, run, layer)),
    ),
  );
  const rows = cell.layers.map((layer) => {
    const at = fitted.flatMap(({ fits }) => fits[layer] ?? []);
    const of = (read: (fit: (typeof at)[number]) => number) => median(at.map(read));
    return {
      layer,
      replicas,
      fitLoss: of(({ sse }) => sse),
      r2H: of(({ r2 }) => r2.H),
      r2Y: of(({ r2 }) => r2.Y),
      r2w: of(({ r2 }) => r2.w),
      etaH: of(({ etaH }) => etaH.value),
      etaY: of(({ etaY }) => etaY.value),
      recordHash,
    };
  });
  const best = rows.reduce((low, row) => (row.fitLoss < low.fitLoss ? row : low)).layer;
  const middle = cell.depth === 20 ? [10, 15] : [4, 6];
  const rising = correlation(
    rows.map(({ layer }) => layer),
    rows.map(({ etaH }) => Math.log(etaH)),
  );
  const steps = rows.slice(1).filter((row, k) => row.etaH > rows[k].etaH).length;
  const hump = rows.reduce((top, row) => (row.etaY > top.etaY ? row : top)).layer;
  const last = rows.length - 1;
  const inner = hump > 0 && hump < last;
  const claims: ClaimVerdict[] = [
    {
      id: 'T7',
      claim: 'The theory fits best in the middle of the network, worst at its first layer.',
      verdict: graded(best >= middle[0] && best <= middle[1], best > 0 && best < last),
      because: `least median fit loss at hidden layer ${best} of 0 to ${last} (set beforehand: ${middle[0]} to ${middle[1]}); sum of squares ${fixed(rows[0].fitLoss, 2)} at layer 0, ${fixed(rows[best].fitLoss)} at layer ${best}, ${fixed(rows[last].fitLoss, 2)} at layer ${last}.`,
    },
    {
      id: 'T8',
      claim: 'The encoder’s rate rises with the layer, the decoder’s has a hump.',
      verdict: graded(rising > 0.9 && inner, rising > 0.9 || inner),
      because: `eta_h goes from ${fixed(rows[0].etaH)} to ${fixed(rows[last].etaH)} and rises at ${steps} of ${last} steps; eta_y is ${fixed(rows[0].etaY, 2)} at layer 0, largest (${fixed(rows[hump].etaY, 2)}) at layer ${hump} and ${fixed(rows[last].etaY, 2)} at layer ${last}.`,
    },
  ];
  const by = (series: string, read: (row: (typeof rows)[number]) => number) =>
    rows.map((row) => ({ x: row.layer, series, y: read(row) }));
  return cut({
    rows,
    claims,
    charts: [
      xyChart({
        name: 'fit-loss',
        title: `The fit loss is least at hidden layer ${best}`,
        what: 'Median sum of squared residuals of H, Y and w against the hidden layer',
        xTitle: 'hidden layer (first is 0)',
        yTitle: 'fit loss',
        log: ['y'],
        rows: by('fit loss', (row) => row.fitLoss),
      }),
      xyChart({
        name: 'rates',
        title: `The encoder's rate rises to ${fixed(rows[last].etaH, 2)}; the decoder's is largest at layer ${hump}`,
        what: 'Median fitted rates against the hidden layer',
        xTitle: 'hidden layer (first is 0)',
        yTitle: 'rate',
        log: ['y'],
        rows: [...by('eta_h (encoder)', (row) => row.etaH), ...by('eta_y (decoder)', (row) => row.etaY)],
      }),
      xyChart({
        name: 'r2',
        title: 'Later layers follow the theory, the first ones do not',
        what: 'Median R² of H, Y and w against the hidden layer',
        xTitle: 'hidden layer (first is 0)',
        yTitle: 'R² (below −1: not drawn)',
        domain: [-1, 1],
        rows: [...by('H', (row) => row.r2H), ...by('Y', (row) => row.r2Y), ...by('w', (row) => row.r2w)],
      }),
    ],
  });
};
