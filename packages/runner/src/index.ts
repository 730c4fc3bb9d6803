// The runner: experiments to cells to records to results. Cache, resume, workers and verify are one mechanism: the file exists.

export { BLOCK_SCHEMA, type BlockIdentity, blockKey, decodeBlock, encodeBlock } from './block-file.ts';
export { BlockHeader } from './block-schema.ts';
export { blockCount, blockRange, REPLICA_LIMIT } from './blocks.ts';
export type { Difference } from './difference.ts';
export { fileError, InputError, Interrupted, RunnerError } from './errors.ts';
export { buildResult, loadExperiment } from './experiment-module.ts';
export { MAX_WORKERS } from './pool.ts';
export {
  createProgress,
  formatCount,
  formatSeconds,
  type Progress,
  type ProgressOptions,
  silentProgress,
} from './progress.ts';
export { formatResult, readResult, writeResult } from './result.ts';
export { Result, ResultCell, ResultChart, ResultClaim } from './result-schema.ts';
export { type RunCellsOptions, type RunCellsReport, runCells, type Timing } from './run-cells.ts';
export { type RunExperimentOptions, type RunExperimentReport, runExperiment } from './run-experiment.ts';
export { checkSpace, formatBytes } from './space.ts';
export { readStatus, type StoredCell, type StoreStatus } from './status.ts';
export {
  blockFile,
  checkStore,
  listBlocks,
  listResults,
  putRecords,
  resultFile,
} from './store.ts';
export { expandSweep } from './sweep.ts';
export { type VerifyOptions, type VerifyReport, verify } from './verify.ts';
export { findWorkspace, listExperiments, storeFolder } from './workspace.ts';
