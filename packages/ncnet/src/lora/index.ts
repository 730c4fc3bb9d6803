// ncnet/lora: BERT with low-rank adapters as cells: schema, records, summary, charts, experiments. Loads no tfjs; runs in a page.
export {
  LoraCell,
  LoraCellInput,
  LoraResolved,
  makeLoraCell,
} from './cell.ts';
export { loraCharts } from './charts.ts';
export { judgeBalance, judgeBump, judgeCorrelation, judgeDecay, judgeFirst2 } from './claims.ts';
export {
  checkLoraExperiment,
  defineLoraExperiment,
  LoraExperiment,
  type LoraExperimentModule,
  loraCells,
} from './experiment.ts';
export {
  LORA_BACKENDS,
  LORA_OUTCOMES,
  LORA_TARGETS,
  type LoraBackend,
  type LoraOutcome,
  type LoraTarget,
} from './names.ts';
export { FULL_LORA, MIXED_TASKS, QUICK_LORA } from './presets.ts';
export { AloneRecord, aloneRecord, type ContextOutcome, LoraRecord, loraRecord, successTally } from './record.ts';
export type { LoraRecords, LoraStatistics } from './runs.ts';
export {
  type Accuracies,
  type AloneAccuracies,
  type AloneSummary,
  type LoraPoint,
  type LoraRow,
  loraPoints,
  type SuccessRule,
  summarizeAlone,
  summarizeLora,
} from './summary.ts';
