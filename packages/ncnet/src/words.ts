// ncnet/words: what a command line needs at its start, before anything heavy is loaded: names to choose from and the words of errors.
export { printable } from './bert/errors.ts';
export { BERT_BACKEND_CHOICES, BERT_BACKENDS, type BertBackendChoice, type BertBackendName } from './bert/names.ts';
export { didYouMean } from './did-you-mean.ts';
export { LORA_OUTCOMES, LORA_TARGETS, type LoraOutcome, type LoraTarget } from './lora/names.ts';
