// ncnet/worker: what a worker thread needs and no more, so that it starts fast (no zod, no chsh).
export type { Backend } from './backend.ts';
export { canonicalJson } from './canonical-json.ts';
export type { Cell, OutcomeRule } from './cell.ts';
export { recordLine } from './record.ts';
export type { ProbeRecord, ReplicaRecord } from './record-schema.ts';
export { type BlockStatistics, blockStatistics } from './statistics.ts';
export { type TrainedReplicas, trainReplicas } from './train.ts';
