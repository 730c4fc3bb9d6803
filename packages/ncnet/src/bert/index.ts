// ncnet/bert, a heavy leaf for Node: BERT encoders from Hugging Face folders on tfjs. `ncnet` itself never loads it.
export {
  BERT_BACKEND_CHOICES,
  BERT_BACKENDS,
  type BertBackend,
  type BertBackendChoice,
  type BertBackendName,
  openBertBackend,
} from './backend.ts';
export { runOnBackend } from './backend-job.ts';
export { type BackendReport, reportBackends } from './backend-report.ts';
export { BackendUnavailable } from './backend-unavailable.ts';
export { BertConfig, parseConfig } from './config.ts';
export { type CheckedBackend, type Crosscheck, crosscheck } from './crosscheck.ts';
export { type Embedding, type EmbedOptions, embedRows, padRows, type TokenRow } from './embed.ts';
export { type BertEncoder, type BertInput, type BertOutput, createEncoder } from './encoder.ts';
export { BertInputError } from './errors.ts';
export { type BertFolder, openBertFolder } from './model-folder.ts';
export { openTensors, type TensorEntry, type TensorFile } from './safetensors.ts';
export { type BertTokenizer, createTokenizer, type Encoding, type TokenizerFiles } from './tokenizer.ts';
export { readWeights, type Weights, weightShapes } from './weights.ts';
