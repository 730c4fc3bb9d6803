// Two tasks in one network, told apart by two bits: is the representation that of the inputs, or of what each context asks for?
import { type ClaimVerdict, fixed } from 'ncnet';
import {
  blobOf,
  classicalScaling,
  correlation,
  cut,
  type DenseExperimentModule,
  type DenseRecords,
  defineDenseExperiment,
  endDistances,
  graded,
  median,
  movedShare,
  openBlobs,
  pairConstants,
  planesChart,
  withWatchedRows,
  xyChart,
} from 'ncnet/dense';

const LAYER = 2;

/** Rows of a grid of six by six blobs, evenly spread, in both contexts. */
function grid(side: number): number[] {
  const places = [0, 1, 2, 3, 4, 5].map((k) => Math.round((k * (side - 1)) / 5));
  return [0, 1].flatMap((context) => places.flatMap((x) => places.map((y) => context * side ** 2 + x * side + y)));
}

type Setting = [gain: number, learningRate: number, epochs: number];

const networks = (side: number, batch: number, settings: Setting[]) =>
  settings.map(([gain, learningRate, epochs]) => ({
    name: `gain ${gain}`,
    cell: {
      ...{ depth: 4, width: 100, layers: [LAYER], stopLoss: 0, samples: 20, gain, learningRate },
      steps: epochs * Math.floor((2 * side ** 2) / batch),
      data: { source: 'blobs' as const, side, pixels: 5, batch, watch: grid(side) },
    },
  }));

export const experiment = defineDenseExperiment({
  name: 'theory-context',
  title: 'Two tasks told apart by a context',
  question:
    'A network must report a blob’s x in one context and its y in another. Does its hidden layer keep both, or only what is asked for?',
  paper:
    'van Rossem and Saxe (ICML 2024, arXiv 2402.09142): from large initial weights the representation keeps the structure of the inputs, from small ones it takes that of the targets. Settings are those of the authors’ notebook: 30 × 30 Gaussian blobs on 5 × 5 pixels and two context bits, 4 hidden layers of 100 leaky ReLU units, batches of 64, gains 2, .5 and .275 with 750, 1,500 and 2,000 epochs. Their figure shows three-dimensional scaling; the numbers here are ours, and so is gain .38.',
  cost: 'quick: 10 × 10 blobs, about 10 s; full: 30 × 30 blobs, 2 seeds, about 4 minutes of one core',
  expectation:
    'No number is published. Set beforehand: at gain 2 a correlation of at least .95 with the distances of the start; at the smallest gain that learns the tasks, blobs that differ only in what is not asked for at most a tenth as far apart (squared) as those that differ in what is, and points of one target from both contexts merged as well, since the theory knows targets and no contexts. From very small weights a deep network may stay on its plateau for all of its training: that is shown, not counted.',
  command: 'npx ncnet run theory-context --full',
  quick: {
    replicas: 1,
    cells: networks(10, 20, [
      [2, 0.0015, 300],
      [0.5, 0.05, 600],
      [0.42, 0.1, 700],
    ]),
  },
  full: {
    replicas: 2,
    cells: networks(30, 64, [
      [2, 0.0015, 750],
      [0.5, 0.015, 1500],
      [0.38, 0.05, 1000],
      [0.275, 0.05, 2000],
    ]),
  },
});

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What one cell shows: medians over its replicas, and a map of the first one. */
function summarizeCell({ cell, statistics, replicas, recordHash }: DenseRecords) {
  const data = cell.data!;
  if (data.source !== 'blobs') throw new Error('theory-context: expected cells on blobs, got others; run it again');
  const listed = withWatchedRows(cell, openBlobs(data));
  const blobs = data.watch.map((row) => blobOf(data, row));
  const asked = blobs.map(({ x, y, context }) => (context === 0 ? x : y));
  const ignored = blobs.map(({ x, y, context }) => (context === 0 ? y : x));
  const pairs = listed.pairs;
  const centres = Array.from({ length: data.side }, (_, k) => blobOf(data, k).y);
  const constants = pairs.map((_, pair) => pairConstants(listed, pair));
  const low = constants.map(({ dx2, dyStar }) => Math.sqrt(dx2) * dyStar);
  const where = (test: (i: number, j: number) => boolean) =>
    pairs.flatMap(([i, j], pair) => (test(i, j) ? [pair] : []));
  const sameContext = (i: number, j: number) => blobs[i].context === blobs[j].context;
  const onlyAsked = where((i, j) => sameContext(i, j) && ignored[i] === ignored[j]);
  const onlyIgnored = where((i, j) => sameContext(i, j) && asked[i] === asked[j]);
  const mergedAcross = where((i, j) => !sameContext(i, j) && asked[i] === asked[j]);
  const partedAcross = where((i, j) => !sameContext(i, j) && asked[i] !== asked[j]);
  const runs = statistics.runs.map((run) => {
    const { start, end } = endDistances(listed, run, LAYER);
    const squared = end.map((value) => value ** 2);
    const over = (some: number[]) => mean(some.map((pair) => squared[pair]));
    const matrix = blobs.map(() => new Array<number>(blobs.length).fill(0));
    for (const [pair, [i, j]] of pairs.entries()) {
      matrix[i][j] = squared[pair];
      matrix[j][i] = squared[pair];
    }
    return {
      ...{ run, matrix, scaling: classicalScaling(matrix, 3) },
      ignoredOverAsked: over(onlyIgnored) / over(onlyAsked),
      acrossContexts: over(mergedAcross) / over(partedAcross),
      corrStart: correlation(end, start),
      corrTargets: correlation(squared, low),
      cosine: axesCosine(matrix, blobs, asked),
    };
  });
  const of = (read: (run: (typeof runs)[number]) => number) => median(runs.map(read));
  const row = {
    network: `gain ${cell.gain}`,
    gain: cell.gain,
    replicas,
    ignoredOverAsked: of((run) => run.ignoredOverAsked),
    acrossContexts: of((run) => run.acrossContexts),
    cosine: of((run) => run.cosine),
    corrStart: of((run) => run.corrStart),
    corrTargets: of((run) => run.corrTargets),
    inThreeDimensions: of(({ scaling }) => scaling.shares.reduce((sum, share) => sum + share, 0)),
    inOneDimension: of(({ scaling }) => scaling.shares[0]),
    moved: of(({ run }) => movedShare(run)),
    loss: of(({ run }) => run.record.losses[0] ?? Number.NaN),
    lossPlateau: mean(centres.map((x) => x * x)) / 2, // of a network that answers 0 to everything
    recordHash,
  };
  const course = statistics.runs[0].probe;
  return { row, cell, blobs, scaling: runs[0].scaling, course };
}

/** Cosine of the direction from target -1 to 1 in one context with that in the other, from squared distances alone. */
function axesCosine(matrix: number[][], blobs: { context: number }[], asked: number[]): number {
  const group = (context: number, target: number) =>
    blobs.flatMap((blob, i) => (blob.context === context && Math.abs(asked[i] - target) < 1e-9 ? [i] : []));
  const average = (a: number[], b: number[]) => mean(a.flatMap((i) => b.map((j) => matrix[i][j])));
  /** Inner product of (mean of a - mean of b) and (mean of c - mean of d). */
  const inner = (a: number[], b: number[], c: number[], d: number[]) =>
    (average(a, d) + average(b, c) - average(a, c) - average(b, d)) / 2;
  const [a, b, c, d] = [group(0, 1), group(0, -1), group(1, 1), group(1, -1)];
  return inner(a, b, c, d) / Math.sqrt(inner(a, b, a, b) * inner(c, d, c, d));
}

export const summarize: DenseExperimentModule['summarize'] = (cells) => {
  const summaries = cells.map(summarizeCell);
  const rows = summaries.map(({ row }) => row);
  const at = (gain: number) => rows.find((row) => row.gain === gain)!;
  const learnt = rows.filter(({ loss, lossPlateau }) => loss < lossPlateau / 2);
  const large = at(2);
  const small = learnt.reduce((least, row) => (row.gain < least.gain ? row : least), large);
  const stuck = rows.filter((row) => !learnt.includes(row));
  const notLearnt = stuck.length === 0 ? '' : ` Not learnt: ${stuck.map(({ network }) => network).join(', ')}.`;
  const gradedRich = (value: number) => (small === large ? 'not tested' : graded(value <= 0.1, value <= 0.3));
  const claims: ClaimVerdict[] = [
    {
      id: 'T20',
      claim: 'Lazy: from large weights the representation keeps the structure of the inputs, context and all.',
      verdict: graded(large.corrStart >= 0.95, large.corrStart >= 0.8),
      because: `gain 2: correlation of the distances with those of the start ${fixed(large.corrStart)}, final loss ${fixed(large.loss, 5)}; hidden values move by ${fixed(large.moved, 2)} of their size, ${fixed(small.moved, 1)} at gain ${small.gain}.`,
    },
    {
      id: 'T21',
      claim: 'Rich: from small weights each context keeps what it is asked for and drops the rest.',
      verdict: gradedRich(small.ignoredOverAsked),
      because: `mean |dh|² of blobs that differ only in what is not asked for, over that of blobs that differ only in what is: ${rows.map((row) => `gain ${row.gain}: ${fixed(row.ignoredOverAsked)}`).join(', ')}; set beforehand: at most .1 at the smallest gain that learns, ${small.gain}.${notLearnt}`,
    },
    {
      id: 'T22',
      claim:
        'From the smallest weights points of one target merge whatever the context, as a theory that knows targets alone says.',
      verdict: gradedRich(small.acrossContexts),
      because: `mean |dh|² of pairs of one target in different contexts, over that of different targets: ${rows.map((row) => `gain ${row.gain}: ${fixed(row.acrossContexts)}`).join(', ')}; set beforehand: at most .1 at the smallest gain that learns. Cosine of the two contexts’ axes ${rows.map((row) => `${fixed(row.cosine, 2)} at gain ${row.gain}`).join(', ')}; correlation of |dh|² with |dx| |dy*| ${rows.map((row) => fixed(row.corrTargets)).join(', ')}.`,
    },
  ];
  const contexts = ['asked for x', 'asked for y'];
  const share = (value: number) => (value + 1) / 2;
  return cut({
    rows,
    claims,
    charts: [
      planesChart({
        name: 'maps',
        title: `Two contexts with both coordinates at gain 2, one line of targets at gain ${small.gain}`,
        alt: `Classical scaling of the hidden values of 36 blobs in two contexts, first two axes in one scale, one network at each gain, shaded by the blob’s x on the left and by its y on the right. Squared distances along what is not asked for over those along what is: ${rows.map((row) => `gain ${row.gain} ${fixed(row.ignoredOverAsked)}`).join(', ')}. Share of the first axis: ${rows.map((row) => `gain ${row.gain} ${fixed(row.inOneDimension, 2)}`).join(', ')}.`,
        xTitle: 'first axis',
        yTitle: 'second axis',
        shadeTitle: 'place of the blob along it',
        points: summaries.flatMap(({ cell, blobs, scaling }) =>
          (['x', 'y'] as const).flatMap((key) =>
            blobs.map((blob, i) => ({
              panel: `gain ${cell.gain}, shaded by ${key}`,
              series: contexts[blob.context],
              x: scaling.coordinates[i][0],
              y: scaling.coordinates[i][1],
              shade: share(blob[key]),
            })),
          ),
        ),
      }),
      xyChart({
        name: 'loss',
        title:
          stuck.length === 0
            ? 'Every network learns both tasks'
            : `All but ${stuck.map(({ network }) => network).join(', ')} learn both tasks`,
        what: 'Training loss of one network at each gain against the share of its training',
        xTitle: 'share of the training',
        yTitle: 'loss, mean of an interval',
        log: ['y'],
        rows: summaries.flatMap(({ row, cell, course }) =>
          course.t.slice(1).flatMap((step, k) => {
            const y = course.losses[k + 1];
            return y === null ? [] : [{ x: step / cell.steps, series: row.network, y }];
          }),
        ),
      }),
    ],
  });
};
