// Does S follow generalisation? Two irrelevant inputs, 20 of 32 rows for training, S on both sides of the split.
import {
  type CellRecords,
  type ClaimVerdict,
  defineExperiment,
  type ExperimentModule,
  FULL_REPLICAS,
  FULL_WIDTHS,
  fixed,
  pick,
  QUICK_REPLICAS,
  seriesChart,
  summarizeCells,
  xorPair,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'generalisation',
  title: 'S and generalisation',
  question:
    'Below the critical width, does S on the training rows rise with accuracy on rows left out, and is that accuracy good where S first reaches 2?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): below capacity S correlates positively with generalisation; where S first reaches 2 generalisation is often good. The split and the task set are our reconstruction.',
  cost: 'quick: about 35 s on one core; full: about 9 minutes of one core',
  expectation:
    'Correlation of S (training rows) with held-out accuracy about +0.6 for n <= 3 and -0.3 for n >= 4; accuracy .83 where S first reaches 2.',
  command: 'npx ncnet run generalisation --full',
  cell: { ...xorPair, inputs: 5, trainRows: 20, learningRate: 0.03, steps: 1500 },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['correct', 'held-out'],
  quick: { replicas: QUICK_REPLICAS, hidden: [1, 2, 3, 4, 6, 8, 16] },
  full: { replicas: FULL_REPLICAS },
});

/** Per replica: S on the training rows and accuracy on the rows left out (mean over contexts and heads). */
function pairs({ statistics }: CellRecords): [number, number][] {
  const C = statistics.rules.correct!.correlations;
  const marginals = statistics.rules['held-out']!.marginals;
  return Array.from({ length: C.length / 4 }, (_, r) => {
    const S = C[4 * r] + C[4 * r + 1] + C[4 * r + 2] - C[4 * r + 3];
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += marginals[8 * r + k];
    return [S, (1 + sum / 8) / 2];
  });
}

/** Pearson correlation, 0 where one side does not vary. */
function pearson(points: [number, number][]): number {
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xy += (x - mx) * (y - my);
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const accuracies = cells.map((cell) => pairs(cell));
  const accuracy = accuracies.map((points) => points.reduce((sum, point) => sum + point[1], 0) / points.length);
  const rows = summarizeCells(cells, outcomes).map((row) => ({
    ...row,
    heldOutAccuracy: accuracy[cells.findIndex(({ cell }) => cell.hidden === row.hidden)],
  }));
  const pool = (wanted: (hidden: number) => boolean) =>
    pearson(cells.flatMap(({ cell }, k) => (wanted(cell.hidden) ? accuracies[k] : [])));
  const small = pool((n) => n <= 3);
  const large = pool((n) => n >= 4);
  const perWidth = cells.map(({ cell }, k) => ({ hidden: cell.hidden, r: pearson(accuracies[k]) }));
  const smallWidths = perWidth.filter(({ hidden }) => hidden <= 3);
  const everyWidth = smallWidths.every(({ r }) => r > 0);
  const first = pick(rows, 'correct').find((row) => row.S.mean >= 2) as (typeof rows)[number] | undefined;
  const best = Math.max(...accuracy);
  const claims: ClaimVerdict[] = [
    {
      id: 'C6-correlation',
      claim: 'Below capacity S correlates positively with generalisation.',
      verdict: small > 0.3 && everyWidth ? 'supported' : small > 0.1 ? 'partly supported' : 'not supported',
      because: `correlation of S on the training rows with held-out accuracy, replicas pooled: ${fixed(small, 2)} for n <= 3, ${fixed(large, 2)} for n >= 4. Within single widths: ${smallWidths.map(({ hidden, r }) => `n = ${hidden} ${fixed(r, 2)}`).join(', ')}${everyWidth ? '' : ': part of the pooled correlation is between widths'}.`,
    },
    {
      id: 'C6-first-2',
      claim: 'Where S first reaches 2, generalisation is good.',
      verdict: first === undefined ? 'not tested' : first.heldOutAccuracy > best - 0.02 ? 'supported' : 'not supported',
      because:
        first === undefined
          ? 'S does not reach 2 on these widths.'
          : `S first reaches 2 at n = ${first.hidden} with held-out accuracy ${fixed(first.heldOutAccuracy)}; the best width reaches ${fixed(best)}.`,
    },
  ];
  return {
    rows,
    claims,
    charts: [
      seriesChart({
        name: 's-train-held-out',
        title: 'On rows left out S stays above 2 at widths where the training rows give 2',
        what: 'Mean S on the training rows and on the rows left out, for each hidden width',
        unit: 'mean S',
        rows: rows.map((row) => ({
          hidden: row.hidden,
          series: row.outcome === 'correct' ? 'training rows' : 'rows left out',
          value: row.S.mean,
          low: row.S.ci95Bounded[0],
          high: row.S.ci95Bounded[1],
        })),
        lines: [
          { y: 2, label: '2' },
          { y: 2 * Math.SQRT2, label: '2√2' },
        ],
      }),
      seriesChart({
        name: 'accuracy',
        title: `Held-out accuracy goes on rising after S has passed 2 (best ${fixed(best)})`,
        what: 'Held-out accuracy for each hidden width',
        unit: 'held-out accuracy',
        rows: cells.map(({ cell }, k) => ({ hidden: cell.hidden, series: 'held-out accuracy', value: accuracy[k] })),
      }),
    ],
  };
};
