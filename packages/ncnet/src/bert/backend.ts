// Opens a tfjs backend for BERT. The union package is imported because tfjs-core alone has no gradients in Node.
import tf from '@tensorflow/tfjs';
import { BertInputError } from './errors.ts';

export const BERT_BACKENDS = ['wasm', 'tensorflow', 'webgpu', 'cpu'] as const;
export type BertBackendName = (typeof BERT_BACKENDS)[number];

export interface BertBackend {
  backend: BertBackendName;
  device: string; // what computes, for people
}

/** Makes the backend the current one of tfjs. @throws BertInputError if it is not available here */
export async function openBertBackend(name: BertBackendName): Promise<BertBackend> {
  if (name === 'tensorflow' || name === 'webgpu') {
    throw new BertInputError(`--backend: expected wasm or cpu, got ${name}, which isn't available here; use wasm`);
  }
  tf.enableProdMode(); // no advice on stderr
  if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(name))) {
    throw new BertInputError(`--backend: expected ${name} to start, got a refusal of tfjs; use --backend cpu`);
  }
  const simd = name === 'wasm' && (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  return { backend: name, device: name === 'cpu' ? 'CPU, plain JavaScript' : `CPU, WASM${simd ? ' SIMD' : ''}` };
}
