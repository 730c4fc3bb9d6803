// Single against double precision, the same seeds: which values of S hang on rounding?
import { bettingInterval } from 'chsh';
import {
  type CellRecords,
  type ChartRow,
  defineExperiment,
  type ExperimentModule,
  fixed,
  muxXor,
  pick,
  QUICK_REPLICAS,
  seriesChart,
  summarizeCells,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'precision',
  title: 'Single against double precision',
  question: 'Which values of S hang on how the arithmetic rounds?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026) do not discuss precision. This check is ours; the tasks are those of the report on multiplexer and parity.',
  cost: 'quick: about 15 s on one core; full: about 3 minutes of one core',
  expectation:
    'No change where the networks decide. A change where an exact network would sit on the threshold, as one hidden unit does on a parity that it cannot learn.',
  command: 'npx ncnet run precision --full',
  cell: { ...muxXor },
  sweep: { dtype: ['f32', 'f64'], hidden: [1, 2, 3, 4, 8] },
  outcomes: ['correct', 'success'],
  quick: { replicas: QUICK_REPLICAS, hidden: [1, 2, 3] },
  full: { replicas: 4096 },
});

const NAMES = { f32: 'single (f32)', f64: 'double (f64)' };

/** A difference that no reader of the charts would see. */
const MARGIN = 0.01;

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const branches = ['f32', 'f64'] as const;
  const [single, double] = branches.map((branch) => cells.filter(({ cell }) => cell.dtype === branch));
  const rows: ChartRow[] = [single, double].flatMap((of, index) =>
    summarizeCells(of, outcomes).map((row) => ({ branch: branches[index], ...row })),
  );
  const shifts = single.map((cell, index) => pairedShift(cell, double[index]));
  const agree = shifts.filter(({ equal: [low, high] }) => low >= -MARGIN && high <= MARGIN);
  const moved = shifts.filter(({ low, high }) => low > 0 || high < 0);
  const text = ({ hidden, mean }: Shift, [low, high]: [number, number]) =>
    `n = ${hidden}: ${fixed(mean, 4)} [${fixed(low, 4)}, ${fixed(high, 4)}]`;
  const correct = pick(rows, 'correct');
  const at = (branch: string, hidden: number) => correct.find((row) => row.branch === branch && row.hidden === hidden)!;
  const top = at('f32', 3);
  return {
    rows: rows.map((row) => ({
      ...row,
      shift: row.outcome === 'correct' ? shifts.find(({ hidden }) => hidden === row.hidden) : null,
    })),
    claims: [
      {
        id: 'precision-bump',
        claim: `From two hidden units on, S under \`correct\` is the same in single and double precision, within ${MARGIN}.`,
        verdict: shifts.every((shift) => shift.hidden < 2 || agree.includes(shift)) ? 'supported' : 'not supported',
        because: `mean change of S per replica, double minus single, with its 90 % interval (two one-sided tests at .05; valid for any bounded values): ${shifts
          .filter(({ hidden }) => hidden > 1)
          .map((shift) => text(shift, shift.equal))
          .join('; ')}.`,
      },
      {
        id: 'precision-one-unit',
        claim: 'With one hidden unit S hangs on rounding.',
        verdict: moved.some(({ hidden }) => hidden === 1) ? 'supported' : 'not supported',
        because: `${text(shifts[0], [shifts[0].low, shifts[0].high])} (95 %); C12 = ${fixed(at('f32', 1).C[1])} in single and ${fixed(at('f64', 1).C[1])} in double precision.`,
      },
    ],
    charts: [
      seriesChart({
        name: 'precision-correct',
        title: `The bump, S(3) = ${fixed(top.S.mean)}, is the same in both precisions; S(1) is not`,
        what: 'Mean S in single and double precision for each hidden width, outcome rule correct',
        unit: 'mean S',
        rows: correct.map((row) => ({
          hidden: row.hidden,
          series: NAMES[row.branch as keyof typeof NAMES],
          value: row.S.mean,
          low: row.S.ci95Bounded[0],
          high: row.S.ci95Bounded[1],
        })),
        lines: [{ y: 2, label: '2' }],
      }),
      seriesChart({
        name: 'precision-c12',
        title: 'Nearly the whole change sits in context 12, where one unit leaves Bob’s parity undecided',
        what: 'C12 in single and double precision for each hidden width, outcome rule correct',
        unit: 'C12',
        rows: correct.map((row) => ({
          hidden: row.hidden,
          series: NAMES[row.branch as keyof typeof NAMES],
          value: row.C[1],
        })),
      }),
    ],
  };
};

interface Shift {
  hidden: number;
  mean: number; // S in double minus S in single precision, over replicas with the same seed
  low: number; // 95 %, by betting: it holds where nearly no replica differs
  high: number;
  equal: [number, number]; // 90 %: within the margin, it says that both agree, at level .05 (Schuirmann 1987)
}

function pairedShift(single: CellRecords, double: CellRecords): Shift {
  const [C, D] = [single, double].map(({ statistics }) => statistics.rules.correct!.correlations);
  const S = (of: ArrayLike<number>, at: number) => of[at] + of[at + 1] + of[at + 2] - of[at + 3];
  const shifts = Float64Array.from({ length: C.length / 4 }, (_, replica) => S(D, 4 * replica) - S(C, 4 * replica));
  const interval = (alpha: number) => bettingInterval(shifts, { lower: -8, upper: 8, alpha });
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
  const [low, high] = interval(0.05);
  return { hidden: single.cell.hidden, mean, low, high, equal: interval(0.1) };
}
