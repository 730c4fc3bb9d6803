// The capacity curve on other tasks and another optimiser: multiplexer and parity, momentum. S(2) < 2 holds for any training budget here.
import {
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
  muxXor,
  pick,
  QUICK_REPLICAS,
  sChart,
  signallingChart,
  summarizeCells,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'capacity-mux-xor',
  title: 'The same curve on a second task set',
  question: 'Does the bump of S near a critical width survive a change of tasks and optimiser?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): the curve of S against capacity is a property of the shared layer. This task set (multiplexer and parity) is our reconstruction.',
  cost: 'quick: about 14 s on one core; full: about 2 minutes of one core',
  expectation:
    'Pilot values of an independent program under the same definitions: S(1) = 1.15, S(2) = 1.70, a bump S(3) = 2.34, S(4) = 2.03, then 2.',
  command: 'npx ncnet run capacity-mux-xor --full',
  cell: { ...muxXor },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['correct', 'success'],
  quick: { replicas: QUICK_REPLICAS },
  full: { replicas: FULL_REPLICAS },
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes);
  const top = highest(pick(rows, 'correct'));
  return {
    rows,
    claims: [judgeSmallCapacity(rows, 'correct'), judgeBump(rows, 'correct'), judgeDecay(rows, 'correct')],
    charts: [
      sChart(cells, rows, 'correct', `With these tasks S peaks at ${fixed(top.S.mean)} at n = ${top.hidden}`),
      signallingChart(rows, 'correct', `The excess at n = ${top.hidden} comes with Δ = ${fixed(top.delta)}`),
      correlationsChart(
        rows,
        'correct',
        `At n = ${top.hidden} the hard context stays behind: C22 = ${fixed(top.C[3])}`,
      ),
      sChart(cells, rows, 'success', 'Read per replica, S starts at 2 because every replica fails in every context'),
    ],
  };
};
