// Names of the backends for BERT, apart from the code that opens them.

export const BERT_BACKENDS = ['wasm', 'tensorflow', 'tensorflow-gpu', 'webgpu', 'cpu'] as const;
export type BertBackendName = (typeof BERT_BACKENDS)[number];

/** What a flag takes: `auto` is the fastest that is set up, tensorflow(-gpu) or else wasm. */
export const BERT_BACKEND_CHOICES = ['auto', ...BERT_BACKENDS] as const;
export type BertBackendChoice = (typeof BERT_BACKEND_CHOICES)[number];
