// MNIST: a network learns all digits, two images are tracked. Do two rates describe how they part, though 60,000 others train the network too?
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  cut,
  type DenseExperimentModule,
  defineDenseExperiment,
  graded,
  gradedCount,
  heatChart,
  median,
  pairConstants,
  pairCurves,
  panelsChart,
  withWatchedRows,
} from 'ncnet/dense';
import { openMnist, readMnist } from 'ncnet/mnist';
import { fitRates } from 'theory';

const LAYER = 2;
/** Image 1 is a 0 and image 3 a 1: the authors' pair. Then the first 2, the first 3, and so on. */
const WATCH = [1, 3, 5, 7, 2, 0, 13, 15, 17, 4];
const EPOCH = 937; // steps of 64 of 60,000 images

const network = { depth: 4, gain: 0.5, heads: [10], layers: [LAYER], stopLoss: 0 };

export const experiment = defineDenseExperiment({
  name: 'theory-mnist',
  title: 'Two handwritten digits among sixty thousand',
  question: 'Do two rates describe how two images part in a network that learns all of MNIST?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): the theory of two points also follows two images of MNIST while all 60,000 are learnt, with rates that stand for everything else. Settings are those of the authors’ notebook: 4 hidden layers of 200 leaky ReLU units, gain .5, batches of 64, learning rate .003, 200 epochs, ten targets of 0 and 1.',
  cost: 'quick: 2,000 images, layers of 100 and a larger learning rate, about 5 s; full: 60,000 images, 100 epochs instead of the authors’ 200, one seed, about 7 minutes of an idle core',
  expectation:
    'The authors’ stored numbers: accuracy .8744 (on training images), training loss .0075, sum of squares of their fit 324 over 200 epochs, almost all of it from H. R² of H, Y, w at least .9, .95, .8, the bar of theory-architectures.',
  command: 'npx ncnet run theory-mnist --full',
  quick: {
    replicas: 1,
    cells: [
      {
        name: '4 x 100, 2,000 images',
        cell: {
          ...{ ...network, width: 100, learningRate: 0.1, steps: 5600, samples: 80 },
          data: { source: 'mnist', images: 2000, batch: 16, watch: WATCH.slice(0, 6) },
        },
      },
    ],
  },
  full: {
    replicas: 1,
    cells: [
      {
        name: '4 x 200, 60,000 images',
        cell: {
          ...{ ...network, width: 200, learningRate: 0.003, steps: 100 * EPOCH, samples: 100 },
          data: { source: 'mnist', images: 60_000, batch: 64, watch: WATCH },
        },
      },
    ],
  },
});

const BAR = { H: 0.9, Y: 0.95, w: 0.8 };
const CURVES = ['H', 'Y', 'w'] as const;

export const summarize: DenseExperimentModule['summarize'] = ([{ cell, replicas, recordHash, statistics }]) => {
  const { data } = cell;
  if (data?.source !== 'mnist') throw new Error('theory-mnist: expected cells on MNIST, got others; run it again');
  const { labels } = readMnist('train');
  const listed = withWatchedRows(cell, openMnist(data));
  const [run] = statistics.runs;
  const pairs = listed.pairs.map((pair, place) => {
    const constants = pairConstants(listed, place);
    const curves = pairCurves(listed, run, LAYER, place);
    const fit = fitRates(constants, curves, { model: 'vector' });
    // H is ten times as large as Y and w, and decides the fit; with each curve in units of its spread all three do
    const spread = (values: Float64Array) => 1 / (Math.max(...values) - Math.min(...values));
    const weights = { H: spread(curves.H), Y: spread(curves.Y), w: spread(curves.w) };
    const even = fitRates(constants, curves, { model: 'vector', weights }).r2;
    const digits = pair.map((row) => labels[data.watch[row]]);
    return { digits, constants, curves, fit, even };
  });
  const epochs = Math.round(cell.steps / Math.floor(data.images / data.batch));
  const rows = pairs.map(({ digits, constants, curves, fit, even }) => ({
    pair: digits.join('-'),
    replicas,
    epochs,
    inputDistance: constants.dx2,
    r2H: fit.r2.H,
    r2Y: fit.r2.Y,
    r2w: fit.r2.w,
    evenH: even.H,
    evenY: even.Y,
    evenW: even.w,
    fitLoss: fit.sse,
    etaH: fit.etaH.value,
    etaY: fit.etaY.value,
    hStart: curves.H[0],
    hEnd: curves.H[curves.H.length - 1],
    hLargest: Math.max(...curves.H),
    hInfTheory: fit.fixedPoint.hInf,
    accuracy: run.record.heldOutAccuracy ?? Number.NaN,
    loss: run.record.losses[0] ?? Number.NaN,
    recordHash,
  }));
  const [first] = pairs;
  const words = CURVES.map((key) => fixed(first.fit.r2[key])).join(', ');
  const met = CURVES.filter((key) => first.fit.r2[key] >= BAR[key]).length;
  const all = CURVES.map((key) => median(pairs.map(({ fit }) => fit.r2[key])));
  const good = pairs.filter(({ fit }) => CURVES.every((key) => fit.r2[key] >= BAR[key])).length;
  const evenly = CURVES.map((key) => median(pairs.map(({ even }) => even[key])));
  const evenGood = pairs.filter(({ even }) => CURVES.every((key) => even[key] >= BAR[key])).length;
  const trained = `${data.images.toLocaleString('en')} images, ${epochs} epochs, accuracy ${fixed(rows[0].accuracy)} on the test set, training loss ${fixed(rows[0].loss, 4)}`;
  const claims: ClaimVerdict[] = [
    {
      id: 'T16',
      claim: 'Two rates describe how the authors’ pair of images, a 0 and a 1, parts while all of MNIST is learnt.',
      verdict: gradedCount(met, 3),
      because: `R² of H, Y, w ${words}; set beforehand: at least ${CURVES.map((key) => BAR[key]).join(', ')}. Sum of squares ${fixed(first.fit.sse, 1)} over ${first.curves.t.length} moments (${trained}).`,
    },
    {
      id: 'T17',
      claim: 'So they do for other pairs of digits.',
      verdict: graded(good === pairs.length, good >= pairs.length / 4),
      because: `${good} of ${pairs.length} pairs of the first images of each digit reach the same bar, each with two rates of its own; median R² of H, Y, w over the pairs ${all.map((value) => fixed(value)).join(', ')}. H is ten times as large as Y and decides such a fit; with every curve in units of its spread ${evenGood} pairs reach the bar, medians ${evenly.map((value) => fixed(value)).join(', ')}.`,
    },
  ];
  const { t, H, Y, w, loss } = first.curves;
  const theory = first.fit.curves;
  return cut({
    rows,
    claims,
    charts: [
      panelsChart({
        name: 'curves',
        title: `A 0 and a 1 among ${data.images.toLocaleString('en')} images, and the theory with two fitted rates: R² of H is ${fixed(first.fit.r2.H)}`,
        alt: `H, Y, w of two images and the mean training loss against time, network and theory. R² of H, Y, w: ${words}. H ends at ${fixed(rows[0].hEnd, 1)}, the theory at ${fixed(theory.H[theory.H.length - 1], 1)}.`,
        xTitle: 'steps × learning rate',
        yTitle: '',
        curves: [
          { panel: '|dh|², hidden distance H', kind: 'network', x: t, y: H },
          { panel: '|dh|², hidden distance H', kind: 'theory', x: t, y: theory.H },
          { panel: '|dy|², output distance Y', kind: 'network', x: t, y: Y },
          { panel: '|dy|², output distance Y', kind: 'theory', x: t, y: theory.Y },
          { panel: 'w = dy · (dy − dy*)', kind: 'network', x: t, y: w },
          { panel: 'w = dy · (dy − dy*)', kind: 'theory', x: t, y: theory.w },
          { panel: 'training loss, mean of an interval', kind: 'network', x: t, y: loss },
        ],
      }),
      heatChart({
        name: 'pairs',
        title: `${good} of ${pairs.length} pairs of digits reach the bar in H, Y and w: H is met, w is not`,
        alt: `R² of H and of w for each pair of digits, values below 0 as blank as 0. Median R² of H ${fixed(all[0])}, of w ${fixed(all[2])}; least R² of H ${fixed(Math.min(...rows.map(({ r2H }) => r2H)))}, of w ${fixed(Math.min(...rows.map(({ r2w }) => r2w)))}.`,
        axisTitle: 'digit',
        unit: 'R² (blank: 0 or less)',
        top: 1,
        entries: (['H', 'w'] as const).flatMap((key) =>
          pairs.flatMap(({ digits: [a, b], fit }) => {
            const value = fit.r2[key];
            return [
              { panel: `R² of ${key}`, row: a, column: b, value },
              { panel: `R² of ${key}`, row: b, column: a, value },
            ];
          }),
        ),
      }),
    ],
  });
};
