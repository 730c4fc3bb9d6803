// Plain JavaScript: f64 and Math.*, one replica after another, as one would write it first.

import { serve } from './protocol.mjs';
import { trainPlain } from './work.mjs';

await serve((_variant, { n, readStart }) => ({
  prepare: (tables) => ({ tables, weights: Float64Array.from(readStart()) }),
  run: ({ tables, weights }, steps) => trainPlain(weights, n, steps, tables),
  weights: ({ weights }) => weights,
}));
