// S by the rank of a LoRA adapter on one task in four languages, on a base that was trained in all of them.
import {
  defineLoraExperiment,
  FULL_LORA,
  judgeBalance,
  judgeCorrelation,
  judgeFirst2,
  LORA_OUTCOMES,
  type LoraExperimentModule,
  loraCharts,
  QUICK_LORA,
  summarizeAlone,
  summarizeLora,
} from 'ncnet/lora';

/** Four languages of one task, one in another script; the same emoji stand beside each other in every context. */
const tasks = {
  alice: ['emoji-group:en', 'emoji-group:de'] as [string, string],
  bob: ['emoji-group:fr', 'emoji-group:ja'] as [string, string],
};

const success = { margin: 0.05 };

export const experiment = defineLoraExperiment({
  name: 'lora-rank-multilingual',
  title: 'LoRA on four languages of a multilingual base',
  question:
    'Two heads share one low-rank adapter of a frozen BERT of a hundred languages, and the four tasks are one task in four of them: are the four C alike where the base knows every language, and how does S depend on the rank?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): multilingual BERT with LoRA on PAWS-X in several languages; S > 2 depends on difficulty and balance of the tasks, and below capacity S goes with generalisation. Protocol, task and base are our reconstruction: Unicode groups of emoji in English, German, French and Japanese stand for PAWS-X, a dequantised 4-bit copy of multilingual-e5-small (12 layers of 384 units, the last adapted) for multilingual BERT.',
  cost: 'quick: two ranks of tiny-mlm and each task alone, two seeds, about 30 s of CPU; full: seven ranks of multilingual-e5-small and each task alone, five seeds, on TensorFlow: 20 to 60 minutes of two cores',
  expectation:
    'Pilot, the first seed at rank 8: S = 1.62 on training rows with four C of .73 to .80, 87 % to 91 % of the training rows and 84 % to 87 % of the rows held out right. S = 2C, without a bump, as in lora-rank-homogeneous, where S at rank 8 is 1.48.',
  command: 'npx ncnet run lora-rank-multilingual --full',
  success,
  quick: { ...QUICK_LORA, cell: { ...QUICK_LORA.cell, ...tasks } },
  full: {
    ...FULL_LORA,
    cell: { ...FULL_LORA.cell, base: 'multilingual-e5-small', layers: [11], ...tasks, steps: 300 },
  },
});

export const summarize: LoraExperimentModule['summarize'] = (cells) => {
  const rows = summarizeLora(cells, LORA_OUTCOMES, success);
  const alone = summarizeAlone(cells, success);
  return {
    rows,
    claims: [judgeCorrelation(cells, rows), judgeFirst2(rows), judgeBalance(rows)],
    alone,
    charts: loraCharts(cells, rows, alone),
  };
};
