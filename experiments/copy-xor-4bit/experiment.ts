// The synthetic arm of the group's follow-up: copy and parity of separate bits, an outcome within a tolerance, the best of five restarts.
import {
  copyXor4bit,
  correlationsChart,
  defineExperiment,
  type ExperimentModule,
  FULL_REPLICAS,
  FULL_WIDTHS,
  fixed,
  highest,
  judgeBump,
  judgeDecay,
  pick,
  sChart,
  signallingChart,
  summarizeCells,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'copy-xor-4bit',
  title: 'Copy and parity of separate bits',
  question:
    'Does the curve of the follow-up paper (S near 1 at n = 2, a bump at n = 3, exactly 2 from n = 4) appear under our definitions?',
  paper:
    'Zhou and Hou, "Learning-dependent global probabilistic compatibility in multitask neural networks": S = 1.056 at n = 2, 2.913 at n = 3 with C11 = C12 = C21 = 1, and 2.000 from n = 4 on (20 repeats a width). Network, training and outcome rule here are our reconstruction.',
  cost: 'quick: about 3 minutes on one core; full (five restarts of 4,000 steps a replica): about 50 minutes of one core',
  expectation:
    'Pilot values of an independent program under the same definitions: within a tolerance of 0.1 S(1) = -2.51, S(2) = 0.94, S(3) = 2.34, exactly 2 from n = 4 on.',
  command: 'npx ncnet run copy-xor-4bit --full',
  cell: { ...copyXor4bit },
  sweep: { hidden: FULL_WIDTHS },
  outcomes: ['tolerance', 'correct'],
  quick: { replicas: 256, hidden: [1, 2, 3, 4, 8] },
  full: { replicas: FULL_REPLICAS },
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes);
  const top = highest(pick(rows, 'tolerance'));
  const last = pick(rows, 'tolerance').at(-1)!;
  return {
    rows,
    claims: [judgeBump(rows, 'tolerance'), judgeDecay(rows, 'tolerance')],
    charts: [
      sChart(
        cells,
        rows,
        'tolerance',
        `S peaks at ${fixed(top.S.mean)} at n = ${top.hidden} and is ${fixed(last.S.mean)} at n = ${last.hidden}`,
      ),
      correlationsChart(
        rows,
        'tolerance',
        `At n = ${top.hidden} only context 22 is not learned: C22 = ${fixed(top.C[3])}`,
      ),
      signallingChart(
        rows,
        'tolerance',
        `The bump comes with signalling: Δ = ${fixed(top.delta)} at n = ${top.hidden}`,
      ),
      sChart(
        cells,
        rows,
        'correct',
        'Read as right or wrong instead of within a tolerance, the narrow widths change most',
      ),
    ],
  };
};
