// Tasks and sizes that experiments on ranks share.

/** An easy task of each party, then a hard one; they stand for the paper's SST-2, MRPC, CommonsenseQA and MathQA. */
export const MIXED_TASKS: { alice: [string, string]; bob: [string, string] } = {
  alice: ['spam', 'wordnet-supersense'],
  bob: ['emoji-group:en', 'wordnet-defmatch'],
};

/** Two ranks of a base that is here without a download: shows that all works. */
export const QUICK_LORA = {
  replicas: 2,
  ranks: [1, 8],
  cell: { base: 'tiny-mlm', rows: 128, maxLength: 24, layers: [1], steps: 24, batch: 8, learningRate: 1e-2 },
};

/** A real base with an adapter on its last layer. */
export const FULL_LORA = {
  replicas: 5,
  ranks: [1, 2, 4, 8, 16, 32, 64],
  cell: {
    ...{ base: 'all-MiniLM-L6-v2', backend: 'lora-tensorflow' as const, layers: [5] },
    ...{ rows: 1024, maxLength: 24, batch: 16, learningRate: 1e-3 },
  },
};
