// S by the rank of a LoRA adapter on four tasks of equal difficulty: one task in four languages, rows paired by item.
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

/** Four languages of one task; the same emoji stand beside each other in every context. */
const tasks = {
  alice: ['emoji-group:en', 'emoji-group:fr'] as [string, string],
  bob: ['emoji-group:de', 'emoji-group:es'] as [string, string],
};

const success = { margin: 0.05 };

export const experiment = defineLoraExperiment({
  name: 'lora-rank-homogeneous',
  title: 'LoRA on four tasks of equal difficulty',
  question:
    'Two heads share one low-rank adapter of a frozen BERT, and the four tasks are one task in four languages: how does S depend on the rank, and does it go with generalisation?',
  paper:
    'Zhao, Wu and Hou (arXiv 2603.04451, 2026): multilingual BERT with LoRA on PAWS-X in several languages; S > 2 depends on difficulty and balance of the tasks, and below capacity S goes with generalisation. Protocol, task and base are our reconstruction: Unicode groups of emoji in English, German, French and Spanish stand for PAWS-X, the English all-MiniLM-L6-v2 for multilingual BERT.',
  cost: 'quick: two ranks of tiny-mlm and each task alone, two seeds, about 30 s of CPU; full: seven ranks of all-MiniLM-L6-v2 and each task alone, five seeds, on TensorFlow: about an hour of two cores',
  expectation:
    'Pilot of an independent program, one seed: S = 1.35 at rank 1 and 1.71 at rank 16 with four C of about the same size: S = 2C rises toward 2 without a bump.',
  command: 'npx ncnet run lora-rank-homogeneous --full',
  success,
  quick: { ...QUICK_LORA, cell: { ...QUICK_LORA.cell, ...tasks } },
  full: { ...FULL_LORA, cell: { ...FULL_LORA.cell, ...tasks, steps: 300 } },
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
