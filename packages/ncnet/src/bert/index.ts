// ncnet/bert, a heavy leaf for Node: BERT encoders from Hugging Face folders on tfjs. `ncnet` itself never loads it.

export type { LabelledRow, LabelledTask } from '../data/task.ts';
export { parseTaskFile } from '../data/task-file.ts';
export { LORA_TARGETS, type LoraTarget } from '../lora/names.ts';
export { accuracyOf } from '../lora/record.ts';
export {
  adaptedLayers,
  checkLora,
  createAdapter,
  hashWeights,
  type LoraAdapter,
  type LoraConfig,
  type LoraModule,
  mergeAdapter,
  scalingOf,
} from './adapter.ts';
export { peftTensors, readAdapter, writeAdapter } from './adapter-file.ts';
export { type BertBackend, chooseBackend, openBertBackend } from './backend.ts';
export { runOnBackend } from './backend-job.ts';
export { type BackendReport, reportBackends } from './backend-report.ts';
export { BackendUnavailable } from './backend-unavailable.ts';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
export { BertConfig, parseConfig } from './config.ts';
export { type CheckedBackend, type Crosscheck, crosscheck } from './crosscheck.ts';
export { type Embedding, type EmbedOptions, embedRows, padRows, type TokenRow } from './embed.ts';
export { type BertEncoder, type BertInput, type BertOutput, createEncoder, type DenseAdapter } from './encoder.ts';
export { BertInputError } from './errors.ts';
export { computeFrozenStates, type FrozenStates } from './frozen-layers.ts';
export { openAdapter } from './lora.ts';
export { type LoraInputs, openLoraInputs, resolveLora } from './lora-inputs.ts';
export { type BertFolder, openBertFolder } from './model-folder.ts';
export { BERT_BACKENDS, type BertBackendChoice, type BertBackendName } from './names.ts';
export { openTensors, type TensorEntry, type TensorFile } from './safetensors.ts';
export { encodeTensors, type NamedTensor } from './safetensors-writer.ts';
export { type BertTokenizer, createTokenizer, type Encoding, type TokenizerFiles } from './tokenizer.ts';
export {
  type ContextRequest,
  startOf,
  type TrainedContext,
  type TrainingOptions,
  trainContext,
} from './train-context.ts';
export { adapterOf } from './train-pair.ts';
export { type EncodedTask, type PairedTasks, pairTasks } from './train-rows.ts';
export { readWeights, type Weights, weightShapes } from './weights.ts';
