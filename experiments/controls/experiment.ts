// Controls: take the shared learning away and S must not exceed 2. Frozen layer, separate layers, and a layer trained by head A alone.
import {
  type ChartRow,
  type ClaimVerdict,
  defineExperiment,
  type ExperimentModule,
  FULL_REPLICAS,
  fixed,
  QUICK_REPLICAS,
  seriesChart,
  summarizeCells,
  xorPair,
} from 'ncnet';

export const experiment = defineExperiment({
  name: 'controls',
  title: 'Controls: frozen, separate, and trained by one party',
  question:
    'Does S exceed 2 when the hidden layer is frozen, when each party has its own, or when only Alice’s loss trains it?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026) trace S > 2 to gradient competition on shared hidden neurons. These controls are ours: frozen and separate layers are exact local models, so S <= 2 must hold in every single replica.',
  cost: 'quick: about 16 s on one core; full: about 5 minutes of one core',
  expectation:
    'frozen and separate: S <= 2 in every replica, all flips zero. only-A: no influence of Bob on Alice; S(n) was not predicted.',
  command: 'npx ncnet run controls --full',
  cell: { ...xorPair },
  sweep: { sharing: ['frozen', 'separate', 'only-a'], hidden: [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32] },
  outcomes: ['correct', 'success'],
  quick: { replicas: QUICK_REPLICAS, hidden: [1, 2, 3, 4, 6, 8] },
  full: { replicas: FULL_REPLICAS },
});

const NAMES = {
  frozen: 'a frozen layer',
  separate: 'separate layers',
  'only-a': 'only A trains the layer',
  shared: 'shared',
};

export const summarize: ExperimentModule['summarize'] = (cells, { outcomes }) => {
  const branches = [...new Set(cells.map(({ cell }) => cell.sharing))];
  const rows: ChartRow[] = branches.flatMap((branch) =>
    summarizeCells(
      cells.filter(({ cell }) => cell.sharing === branch),
      outcomes,
    ).map((row) => ({ branch, ...row })),
  );
  const largest = new Map(
    branches.map((branch) => [branch, largestS(cells.filter(({ cell }) => cell.sharing === branch))]),
  );
  const claims: ClaimVerdict[] = (['frozen', 'separate'] as const).map((branch) => ({
    id: `control-${branch}`,
    claim: `With ${NAMES[branch]} and a shared seed, S <= 2 in every single replica (an exact local model).`,
    verdict: largest.get(branch)! <= 2 + 1e-12 ? 'supported' : 'not supported',
    because: `largest S of a single replica, over all widths and both outcome rules: ${fixed(largest.get(branch)!)}.`,
  }));
  const influence = rows.filter((row) => row.branch === 'only-a').map((row) => Math.max(row.flips!.a1, row.flips!.a2));
  claims.push({
    id: 'control-only-a',
    claim: 'When only Alice’s loss trains the layer, Bob’s task never changes an outcome of Alice.',
    verdict: Math.max(...influence) === 0 ? 'supported' : 'not supported',
    because: `largest share of Alice’s outcomes that change with Bob’s task: ${fixed(Math.max(...influence), 4)}.`,
  });
  const onlyA = rows.filter((row) => row.branch === 'only-a' && row.outcome === 'correct');
  const above = onlyA.filter((row) => row.S.mean > 2 && row.verdict.rung >= 3);
  claims.push({
    id: 'control-only-a-S',
    claim: 'Without competition, when only Alice’s loss trains the layer, S stays at or below 2.',
    verdict: above.length === 0 ? 'supported' : 'not supported',
    because:
      above.length === 0
        ? `no width has S above 2 beyond noise; largest mean S ${fixed(Math.max(...onlyA.map((row) => row.S.mean)))}.`
        : `${above.map((row) => `S(${row.hidden}) = ${fixed(row.S.mean)} [${fixed(row.S.ci95Bounded[0])}, ${fixed(row.S.ci95Bounded[1])}]`).join(', ')}: one-way influence, from Alice’s task on Bob’s head, is enough for an excess (${above[0].verdict.words}).`,
  });
  return {
    rows,
    claims,
    charts: (['correct', 'success'] as const).map((outcome) =>
      seriesChart({
        name: `controls-${outcome}`,
        title: `Frozen and separate layers stay at or below 2; a layer trained by A alone reaches ${fixed(Math.max(...rows.filter((row) => row.branch === 'only-a' && row.outcome === outcome).map((row) => row.S.mean)))} (outcome rule ${outcome})`,
        what: `Mean S of the three controls for each hidden width, outcome rule ${outcome}`,
        unit: 'mean S',
        rows: rows
          .filter((row) => row.outcome === outcome)
          .map((row) => ({
            hidden: row.hidden,
            series: NAMES[row.branch as keyof typeof NAMES],
            value: row.S.mean,
            low: row.S.ci95Bounded[0],
            high: row.S.ci95Bounded[1],
          })),
        lines: [{ y: 2, label: '2' }],
      }),
    ),
  };
};

function largestS(cells: Parameters<ExperimentModule['summarize']>[0]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const { statistics } of cells) {
    for (const rule of ['correct', 'success'] as const) {
      const C = statistics.rules[rule]!.correlations;
      for (let at = 0; at < C.length; at += 4) largest = Math.max(largest, C[at] + C[at + 1] + C[at + 2] - C[at + 3]);
    }
  }
  return largest;
}
