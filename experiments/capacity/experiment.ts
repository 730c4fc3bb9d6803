// Does S exceed 2 near a critical width when two parties share one hidden layer? The preset xor-pair, outcomes read per row and per replica.
import {
  compositionChart,
  correlationsChart,
  defineExperiment,
  type ExperimentModule,
  FULL_REPLICAS,
  FULL_WIDTHS,
  fixed,
  highest,
  judgeBump,
  judgeDecay,
  judgeSmallCapacity,
  marginalsChart,
  pick,
  QUICK_REPLICAS,
  sChart,
  signallingChart,
  summarizeCells,
  xorPair,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'capacity',
  title: 'Capacity and S: two parties on one hidden layer',
  question:
    'How does the CHSH statistic S of a network with a shared hidden layer depend on the width n of that layer?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): below a critical capacity S < 2 and rises; near it S may exceed 2; at larger n S decays to 2. The tasks, optimiser and outcome rule here are our reconstruction: the paper does not publish its own.',
  cost: 'quick: about 8 s on one core; full: about 1.5 minutes of one core',
  expectation:
    'Pilot values of an independent program under the same definitions: S(1) = 1.00, S(2) = 1.46, a bump S(3) = 2.50, S(4) = 2.06, and 2.000 from n = 8 on.',
  command: 'npx ncnet run capacity --full',
  cell: { ...xorPair },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['correct', 'success'],
  quick: { replicas: QUICK_REPLICAS },
  full: { replicas: FULL_REPLICAS },
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes);
  const curve = pick(rows, 'correct');
  const top = highest(curve);
  const last = curve[curve.length - 1];
  return {
    rows,
    claims: [judgeSmallCapacity(rows, 'correct'), judgeBump(rows, 'correct'), judgeDecay(rows, 'correct')],
    charts: [
      sChart(
        cells,
        rows,
        'correct',
        `S peaks at ${fixed(top.S.mean)} at n = ${top.hidden} and is ${fixed(last.S.mean)} at n = ${last.hidden}`,
      ),
      signallingChart(
        rows,
        'correct',
        `At n = ${top.hidden} the excess over 2 comes with Δ = ${fixed(top.delta)}: s_odd − Δ is ${fixed(top.sOdd - top.delta)}`,
      ),
      correlationsChart(
        rows,
        'correct',
        `At n = ${top.hidden} three contexts are learned and C22 = ${fixed(top.C[3])} is not`,
      ),
      marginalsChart(
        rows,
        'correct',
        `The mean outcome of Alice's A2 is lower when Bob's task is B2: ${fixed(top.marginals.a2b1)} against ${fixed(top.marginals.a2b2)} at n = ${top.hidden}`,
      ),
      compositionChart(
        rows,
        'correct',
        `Context 22 at n = ${top.hidden}: both right on ${fixed(100 * top.composition.both, 1)} % of the rows`,
      ),
      sChart(cells, rows, 'success', 'Read per replica instead of per row, the same networks give other values of S'),
    ],
  };
};
