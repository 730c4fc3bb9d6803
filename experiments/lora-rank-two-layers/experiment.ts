// S by the rank of LoRA adapters on two layers, on an easy and a hard pair of tasks: the pilot of the protocol with five seeds.
import { fixed, seriesChart } from 'ncnet';
import {
  defineLoraExperiment,
  judgeBump,
  judgeCorrelation,
  judgeDecay,
  type LoraExperimentModule,
  type LoraRow,
  loraCharts,
  MIXED_TASKS,
  QUICK_LORA,
  summarizeLora,
} from 'ncnet/lora';

/** The pilot: S of one seed, PyTorch 2.15 + PEFT 0.21, same base, tasks, sizes and training, its own start and order of rows. */
const PILOT: { rank: number; S: number }[] = [
  { rank: 1, S: 1.668 },
  { rank: 4, S: 1.844 },
  { rank: 12, S: 2.029 },
  { rank: 32, S: 2.095 },
  { rank: 128, S: 2.036 },
];

export const experiment = defineLoraExperiment({
  name: 'lora-rank-two-layers',
  title: 'LoRA with two adapted layers',
  question:
    'Adapters on the last two layers learn more than on one: does S of an easy and a hard pair of tasks then pass 2, and come back to 2 as the rank grows?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): with BERT and LoRA on mixed tasks (SST-2, MRPC, CommonsenseQA, MathQA) a low rank gives S > 2, and S goes to 2 as the rank grows. Protocol, tasks and base are our reconstruction, those of lora-rank-mixed; here two layers are adapted in place of one, batches have 32 rows in place of 16, and a task has 1,536 training rows in place of 1,024.',
  cost: 'quick: two ranks of tiny-mlm, two seeds, about 30 s of CPU; full: five ranks of all-MiniLM-L6-v2, five seeds, on TensorFlow: about two and a half hours of two cores',
  expectation: `Pilot of an independent program, one seed: S = ${PILOT.map(({ S }) => fixed(S, 2)).join(', ')} at ranks ${PILOT.map(({ rank }) => rank).join(', ')}; at rank 32 with 1,000 steps in place of 400: 2.00. A bump where three contexts are learned and the pair of hard tasks is not (S = 3 − C22), then 2.`,
  command: 'npx ncnet run lora-rank-two-layers --full',
  quick: { ...QUICK_LORA, cell: { ...QUICK_LORA.cell, ...MIXED_TASKS, layers: [0, 1] } },
  full: {
    replicas: 5,
    ranks: PILOT.map(({ rank }) => rank),
    cell: {
      ...{ base: 'all-MiniLM-L6-v2', backend: 'lora-tensorflow', layers: [4, 5] },
      ...{ rows: 1536, maxLength: 24, steps: 400, batch: 32, learningRate: 1e-3, ...MIXED_TASKS },
    },
  },
});

export const summarize: LoraExperimentModule['summarize'] = (cells) => {
  const rows = summarizeLora(cells, ['correct', 'held-out']);
  return {
    rows,
    claims: [judgeBump(rows), judgeDecay(rows), judgeCorrelation(cells, rows)],
    charts: [...loraCharts(cells, rows), pilotChart(rows.filter(({ outcome }) => outcome === 'correct'))],
  };
};

/** The bars are 95 % prediction intervals of one more seed (mean ± t s √(1 + 1/n)): what a single seed is held against. */
function pilotChart(rows: readonly LoraRow[]) {
  const [{ replicas }] = rows;
  const own = rows.map(({ rank, S }) => {
    const half = ((S.ci95[1] - S.ci95[0]) / 2) * Math.sqrt(replicas + 1); // ci95 is mean ± t s / √n
    return {
      rank,
      series: `ncnet, mean of ${replicas} seeds`,
      value: S.mean,
      low: Math.max(-4, S.mean - half),
      high: Math.min(4, S.mean + half),
    };
  });
  const pilot = PILOT.filter(({ rank }) => rows.some((row) => row.rank === rank)).map(({ rank, S }) => {
    return { rank, series: 'PyTorch + PEFT, 1 seed', value: S };
  });
  const inside = pilot.filter(({ rank, value }) =>
    own.some((row) => row.rank === rank && row.low <= value && value <= row.high),
  );
  return seriesChart({
    name: 's-pilot',
    title: `At ${inside.length} of ${pilot.length} ranks the seed of the independent program lies where one more of ours is expected`,
    what: 'Mean S of the training rows for each rank with 95 % prediction intervals of one more seed, beside one seed of PyTorch with PEFT',
    unit: 'S of the training rows',
    rows: [...own, ...pilot],
    lines: [{ y: 2, label: '2' }],
    domain: (values) => [Math.floor(Math.min(...values, ...own.map(({ low }) => low)) * 2) / 2, 2.5],
  });
}
