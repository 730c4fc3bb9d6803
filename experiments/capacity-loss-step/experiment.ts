// The outcome read from training itself: -1 on a step where a head's full-batch loss rises, +1 otherwise.
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
  pick,
  QUICK_REPLICAS,
  sChart,
  signallingChart,
  summarizeCells,
  xorPairLossStep,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'capacity-loss-step',
  title: 'S from the ups and downs of the loss',
  question: 'What is S when the outcome is whether a head’s loss rises on a step, with one row per step?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): a head senses the other’s task through oscillations of its own loss. Reading S from these oscillations is our reconstruction.',
  cost: 'quick: about 45 s on one core; full: about 10 minutes of one core',
  expectation:
    'Pilot values of an independent program under the same definitions: S(1) = 1.03, S(2) = 1.42, a bump S(3) = 2.78, S(4) = 2.46, then 2.',
  command: 'npx ncnet run capacity-loss-step --full',
  cell: { ...xorPairLossStep },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['loss-step'],
  quick: { replicas: QUICK_REPLICAS },
  full: { replicas: FULL_REPLICAS },
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes);
  const top = highest(pick(rows, 'loss-step'));
  return {
    rows,
    claims: [judgeSmallCapacity(rows, 'loss-step'), judgeBump(rows, 'loss-step'), judgeDecay(rows, 'loss-step')],
    charts: [
      sChart(cells, rows, 'loss-step', `Read from the loss, S peaks at ${fixed(top.S.mean)} at n = ${top.hidden}`),
      signallingChart(
        rows,
        'loss-step',
        `At n = ${top.hidden} the two contexts of an observable differ by Δ = ${fixed(top.delta)} in total`,
      ),
      correlationsChart(
        rows,
        'loss-step',
        `In context 22 the two losses rise on different steps: C22 = ${fixed(top.C[3])} at n = ${top.hidden}`,
      ),
    ],
  };
};
