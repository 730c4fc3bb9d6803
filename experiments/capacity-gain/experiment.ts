// J1: does S depend on the scale of the initial weights, below and above the critical width?
import { type ClaimVerdict, defineExperiment, type ExperimentModule, fixed, seriesChart, summarizeCells } from 'ncnet';

const GAINS = [0.05, 0.2, 0.5, 1, 2, 4];

export const experiment = defineExperiment({
  name: 'capacity-gain',
  title: 'S and the scale of the initial weights',
  question:
    'Is the excess of S over 2 larger in the rich regime (small initial weights) than in the lazy one, below the critical width?',
  paper:
    'No claim of a paper: the regimes of arXiv 2402.09142 put to the networks of arXiv 2603.04451. Stated before the full run: S − 2 falls with the gain below the critical width and is 0 above it.',
  cost: 'quick: about 15 s on two cores; full: about 3 minutes of one core',
  expectation:
    'Pilot values of an independent program (tanh, gradient descent .2, 4000 steps, success rule): n = 2: S = 3.01, 2.88, 2.51, 2.20, 2.23, 2.35 at gains .05 to 4; n = 3: 2.01 to 1.98; n = 4: 2.01.',
  command: 'npx ncnet run capacity-gain --full',
  cell: {
    ...{ inputs: 2, alice: ['x1|x2', 'x1'], bob: ['x1&x2', 'x1^x2'], activation: 'tanh', loss: 'mse', coding: 'pm' },
    ...{ optimizer: 'gd', learningRate: 0.1, steps: 4000 },
  },
  sweep: { gain: GAINS, hidden: [2, 3, 4] },
  outcomes: ['success'],
  quick: { replicas: 256 },
  full: { replicas: 4096 },
});

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const rows = summarizeCells(cells, outcomes).map((row, k) => ({
    ...row,
    gain: cells[k].cell.gain,
    branch: `gain ${cells[k].cell.gain}`,
  }));
  const widths = [...new Set(rows.map((row) => row.hidden))].sort((a, b) => a - b);
  const [narrow, broad] = [widths[0], widths[widths.length - 1]];
  const at = (hidden: number, gain: number) => rows.find((row) => row.hidden === hidden && row.gain === gain)!;
  const words = (hidden: number) =>
    GAINS.map(
      (gain) =>
        `gain ${gain}: ${fixed(at(hidden, gain).S.mean)} [${at(hidden, gain)
          .S.ci95Bounded.map((x) => fixed(x))
          .join(', ')}]`,
    ).join(', ');
  const [small, large] = [at(narrow, 0.05), at(narrow, 1)];
  const falls = small.S.ci95Bounded[0] > large.S.ci95Bounded[1];
  const wide = GAINS.map((gain) => ({ gain, interval: at(broad, gain).S.ci95Bounded }));
  const outside = wide.filter(({ interval: [low, high] }) => low > 2 || high < 2).map(({ gain }) => gain);
  const near2 = wide.filter(({ interval: [low, high] }) => low >= 1.95 && high <= 2.05).length;
  const away = wide.filter(({ interval: [low, high] }) => low > 2.05 || high < 1.95).length;
  const claims: ClaimVerdict[] = [
    {
      id: 'J1-rich',
      claim: 'Below the critical width smaller initial weights give a larger excess of S.',
      verdict: falls && small.S.mean > 2 ? 'supported' : 'not supported',
      because: `n = ${narrow}: ${words(narrow)}. At gain .05 the signalling is Δ = ${fixed(small.delta)} and s_odd − Δ = ${fixed(small.sOdd - small.delta)}.`,
    },
    {
      id: 'J1-wide',
      claim: 'Above it S is 2 at every scale.',
      verdict:
        near2 === wide.length
          ? 'supported'
          : near2 > 0
            ? 'partly supported'
            : away === 0
              ? 'not tested'
              : 'not supported',
      because: `n = ${broad}: ${words(broad)}; within .05 of 2 at ${near2} of ${wide.length} gains${outside.length > 0 ? `; at gain ${outside.join(', ')} the interval does not hold 2` : ''}.`,
    },
  ];
  return {
    rows,
    claims,
    charts: [
      seriesChart({
        name: 's-by-gain',
        title: `n = ${narrow}: S is ${fixed(small.S.mean, 2)} at gain .05 and ${fixed(large.S.mean, 2)} at gain 1`,
        what: 'Mean S against hidden width, one series for each gain of the initial weights',
        unit: 'S',
        rows: rows.map((row) => ({
          hidden: row.hidden,
          series: row.branch,
          value: row.S.mean,
          low: row.S.ci95Bounded[0],
          high: row.S.ci95Bounded[1],
        })),
        lines: [{ y: 2, label: '2' }],
      }),
    ],
  };
};
