// S by the rank of a LoRA adapter on an easy and a hard pair of tasks: does a low rank give S > 2, and a large one 2?
import {
  defineLoraExperiment,
  FULL_LORA,
  judgeBump,
  judgeCorrelation,
  judgeDecay,
  LORA_OUTCOMES,
  type LoraExperimentModule,
  loraCharts,
  MIXED_TASKS,
  QUICK_LORA,
  summarizeAlone,
  summarizeLora,
} from 'ncnet/lora';

const success = { margin: 0.05 };

export const experiment = defineLoraExperiment({
  name: 'lora-rank-mixed',
  title: 'LoRA on an easy and a hard pair of tasks',
  question:
    'Two heads share one low-rank adapter of a frozen BERT, and each party has an easy and a hard task: how does S depend on the rank?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): with BERT and LoRA on mixed tasks (SST-2, MRPC, CommonsenseQA, MathQA) a low rank gives S > 2, and S goes to 2 as the rank grows. Protocol, tasks and base are our reconstruction: spam and emoji groups stand for the easy pair, WordNet supersenses and definition matching for the hard one, all-MiniLM-L6-v2 for BERT. Where the tasks share no rows, C only re-expresses accuracies.',
  cost: 'quick: two ranks of tiny-mlm and each task alone, two seeds, about 30 s of CPU; full: seven ranks of all-MiniLM-L6-v2 and each task alone, five seeds, on TensorFlow: about 65 minutes of two cores',
  expectation:
    'Pilot of an independent program, one seed: S = 1.67, 1.84, 2.03, 2.10, 2.04 at ranks 1, 4, 12, 32, 128: a bump where three contexts are learned and the pair of hard tasks is not, then 2. On rows held out S stays below 2.',
  command: 'npx ncnet run lora-rank-mixed --full',
  success,
  quick: { ...QUICK_LORA, cell: { ...QUICK_LORA.cell, ...MIXED_TASKS } },
  full: { ...FULL_LORA, cell: { ...FULL_LORA.cell, ...MIXED_TASKS, steps: 400 } },
});

export const summarize: LoraExperimentModule['summarize'] = (cells) => {
  const rows = summarizeLora(cells, LORA_OUTCOMES, success);
  const alone = summarizeAlone(cells, success);
  return {
    rows,
    claims: [judgeBump(rows), judgeDecay(rows), judgeCorrelation(cells, rows)],
    alone,
    charts: loraCharts(cells, rows, alone),
  };
};
