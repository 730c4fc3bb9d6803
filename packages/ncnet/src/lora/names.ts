// Words that lora cells are made of, apart from the schema so that threads need not load it.

/** What computes: a backend of docs/backends.md, named so that no key of another kind of cell is met. */
export const LORA_BACKENDS = [
  'lora-wasm',
  'lora-tensorflow',
  'lora-tensorflow-gpu',
  'lora-webgpu',
  'lora-cpu',
] as const;
export type LoraBackend = (typeof LORA_BACKENDS)[number];

/** The last part of a dense layer's name, as in PEFT's target_modules; `dense` stands for three layers. */
export const LORA_TARGETS = ['query', 'key', 'value', 'dense'] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** The rules by which a head's outcome is read. */
export const LORA_OUTCOMES = ['correct', 'held-out', 'success'] as const;
export type LoraOutcome = (typeof LORA_OUTCOMES)[number];
