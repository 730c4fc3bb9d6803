// Why does S exceed 2? Probes of the paper's mechanism: gradient cosine on the shared layer, and a head's loss sensing the other's task.
import {
  type CellRecords,
  type ClaimVerdict,
  defineExperiment,
  type ExperimentModule,
  FULL_REPLICAS,
  FULL_WIDTHS,
  fixed,
  QUICK_REPLICAS,
  seriesChart,
  signallingChart,
  summarizeCells,
  xorPair,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'mechanism',
  title: 'Gradient competition and sensing',
  question: 'Does a head’s loss react to the other party’s task, and do opposed gradients predict the excess of S?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): the cause is gradient competition on shared hidden neurons; a head senses the other’s task through oscillations of its own loss. The probes are our reconstruction.',
  cost: 'quick: about 25 s on one core; full: about 5 minutes of one core',
  expectation:
    'The loss of A2 rises far more often when Bob’s task is B2 than B1, most of all at n = 3. Opposed gradients occur in contexts that fit, too.',
  command: 'npx ncnet run mechanism --full',
  cell: { ...xorPair, lossSteps: 'all', cosine: true },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['correct'],
  quick: { replicas: QUICK_REPLICAS, hidden: [1, 2, 3, 4, 6, 8] },
  full: { replicas: FULL_REPLICAS },
});

const CONTEXTS = ['11', '12', '21', '22'];

/** Column means of per-replica probes. */
function means(values: Float64Array, width: number): number[] {
  const sums = new Array<number>(width).fill(0);
  for (let at = 0; at < values.length; at++) sums[at % width] += values[at];
  return sums.map((sum) => (sum * width) / values.length);
}

const probesOf = ({ statistics }: CellRecords) => ({
  rises: means(statistics.probes.rises!, 8), // [context][alice, bob]
  cosine: means(statistics.probes.cosine!, 4),
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes).map((row, k) => ({ ...row, probes: probesOf(cells[k]) }));
  const sensing = rows.map(({ hidden, probes }) => ({ hidden, with1: probes.rises[4], with2: probes.rises[6] }));
  const strongest = sensing.reduce((best, row) => (row.with2 - row.with1 > best.with2 - best.with1 ? row : best));
  const opposedButLearned = rows.flatMap(({ hidden, probes, C }) =>
    probes.cosine.map((cosine, k) => ({ hidden, context: CONTEXTS[k], cosine, c: C[k] })).filter(({ c }) => c > 0.99),
  );
  const mostOpposed = opposedButLearned.reduce((best, row) => (row.cosine < best.cosine ? row : best));
  const claims: ClaimVerdict[] = [
    {
      id: 'C5-sensing',
      claim: 'A head senses the other’s task through oscillations of its own loss.',
      verdict: strongest.with2 - strongest.with1 > 0.05 ? 'supported' : 'not supported',
      because: `share of steps on which the loss of A2 rises, with B1 then B2: ${sensing.map((s) => `n = ${s.hidden}: ${fixed(s.with1)}, ${fixed(s.with2)}`).join('; ')}.`,
    },
    {
      id: 'C5-cosine',
      claim: 'Opposed gradients on the shared layer are the cause of the excess.',
      verdict: mostOpposed.cosine < -0.5 ? 'partly supported' : 'not tested',
      because: `the mean cosine reaches ${fixed(mostOpposed.cosine)} in context ${mostOpposed.context} at n = ${mostOpposed.hidden}, which is learned (C = ${fixed(mostOpposed.c)}): the cosine alone does not predict S.`,
    },
  ];
  return {
    rows,
    claims,
    charts: [
      seriesChart({
        name: 'sensing',
        title: `The loss of A2 rises on ${fixed(100 * strongest.with2, 1)} % of the steps with B2, ${fixed(100 * strongest.with1, 1)} % with B1 (n = ${strongest.hidden})`,
        what: 'Share of steps on which the full-batch loss of A2 rises, with Bob’s task B1 and B2',
        unit: 'share of steps with a rise',
        rows: sensing.flatMap((s) => [
          { hidden: s.hidden, series: 'A2 with B1', value: s.with1 },
          { hidden: s.hidden, series: 'A2 with B2', value: s.with2 },
        ]),
      }),
      seriesChart({
        name: 'cosine',
        title: 'Opposed gradients occur in contexts that are learned, too',
        what: 'Mean cosine of the two heads’ gradients on the shared layer, every tenth step, in each context',
        unit: 'mean cosine',
        rows: rows.flatMap(({ hidden, probes }) =>
          probes.cosine.map((value, k) => ({ hidden, series: `context ${CONTEXTS[k]}`, value })),
        ),
        lines: [{ y: 0, label: '0' }],
        domain: [-1, 1],
      }),
      signallingChart(rows, 'correct', 'S beside its signalling for the same networks'),
    ],
  };
};
