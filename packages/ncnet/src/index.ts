// ncnet, the light part: runs in Node and in a page; importing it never loads a heavy backend or node:*.
export {
  AnyCell,
  type AnyExperiment,
  type AnyExperimentModule,
  type CellOf,
  checkAnyExperiment,
  hasWidths,
  schemasOf,
  variantCells,
} from './any-cell.ts';
export type { Backend, TrainedBlock, TrainRequest } from './backend.ts';
export { MAX_INPUTS, parseTask, type TruthTable, tableBits } from './boolean-task.ts';
export { canonicalJson } from './canonical-json.ts';
export {
  Cell,
  CellInput,
  isReproducible,
  MAX_HIDDEN,
  makeCell,
  NcnetCell,
  OUTCOME_RULES,
  OutcomeRule,
  SMALLEST_SINGLE,
} from './cell.ts';
export {
  type ChartRow,
  compositionChart,
  correlationsChart,
  fixed,
  marginalsChart,
  pick,
  sChart,
  seriesChart,
  signallingChart,
} from './charts.ts';
export { highest, judgeBump, judgeDecay, judgeSmallCapacity } from './claims.ts';
export {
  type Chart,
  type ClaimVerdict,
  checkExperiment,
  defineExperiment,
  Experiment,
  ExperimentError,
  type ExperimentModule,
  type ExperimentSummary,
  experimentCells,
  MAX_REPLICAS,
  Sweep,
  Variant,
} from './experiment.ts';
export { createRecordHash, sha256Hex } from './hash.ts';
export { describeIssues } from './issues.ts';
export {
  copyXor4bit,
  FULL_REPLICAS,
  FULL_WIDTHS,
  muxXor,
  QUICK_REPLICAS,
  xorPair,
  xorPairLossStep,
} from './presets.ts';
export { recordLine } from './record.ts';
export { ProbeRecord, ReplicaRecord } from './record-schema.ts';
export { type BlockStatistics, blockStatistics, openJoin, ruleStatistics } from './statistics.ts';
export {
  ALPHA,
  type CellRecords,
  type CellSummary,
  SUMMARY_KEYS,
  summarizeCells,
  summarizeRule,
} from './summary.ts';
export { type ReplicaRange, type TrainedReplicas, trainReplicas } from './train.ts';
export { openWasmBackend } from './wasm-backend.ts';
