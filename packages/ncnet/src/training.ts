// ncnet/training: what training and counting need and no more, so that threads and commands start fast (no zod, no chsh).
export type { AnyCell } from './any-cell.ts';
export type { Backend } from './backend.ts';
export { BLOCK_REPLICAS, blockSize } from './block-size.ts';
export { parseTask } from './boolean-task.ts';
export { canonicalJson } from './canonical-json.ts';
export type { Cell, OutcomeRule } from './cell.ts';
export { type DenseSize, denseSize, rowProducts } from './dense/size.ts';
export {
  type AnyStatistics,
  anyStatistics,
  type Join,
  lineOf,
  openAnyJoin,
  type RecordsOf,
  type Trained,
  type Trainer,
  type TrainerOptions,
} from './kinds.ts';
export { recordLine } from './record.ts';
export type { ProbeRecord, ReplicaRecord } from './record-schema.ts';
export type { BlockStatistics } from './statistics.ts';
export { type TrainedReplicas, trainReplicas } from './train.ts';
