// What a child process can be asked to do on a backend that it has opened.
import tf from '@tensorflow/tfjs';
import type { BertBackend } from './backend.ts';
import { measureBackend } from './crosscheck-measure.ts';

export const JOBS = {
  /** A backend is available if it computes a product. */
  async probe(backend: BertBackend): Promise<BertBackend> {
    const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
    const values = [...(await product.data())].join();
    if (values !== '19,22,43,50') throw new Error(`expected the product 19,22,43,50, got ${values}`);
    return backend;
  },
  crosscheck: measureBackend,
} satisfies Record<string, (backend: BertBackend) => Promise<unknown>>;

export type JobName = keyof typeof JOBS;
export type JobValue<J extends JobName> = Awaited<ReturnType<(typeof JOBS)[J]>>;
