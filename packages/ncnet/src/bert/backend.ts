// Opens a tfjs backend for BERT; each is loaded on its own. The union package is imported because tfjs-core alone has no gradients in Node.
import tf from '@tensorflow/tfjs';
import { prefersGpu, startTensorflow, tensorflowIsSetUp } from './backend-tensorflow.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { startWasm } from './backend-wasm.ts';
import { startWebgpu } from './backend-webgpu.ts';
import type { BertBackendChoice, BertBackendName } from './names.ts';

export interface BertBackend {
  backend: BertBackendName;
  device: string; // what computes, for people
  versions: Record<string, string>; // of the libraries that compute
}

/** Makes the backend the current one of tfjs. `tensorflow-gpu` never computes on a CPU. @throws BackendUnavailable */
export async function openBertBackend(choice: BertBackendChoice): Promise<BertBackend> {
  const backend = choice === 'auto' ? chooseBackend() : choice;
  tf.enableProdMode(); // no advice on stderr
  const { device, versions } = await starters[backend]();
  return { backend, device, versions: { '@tensorflow/tfjs': tf.version_core, ...versions } };
}

/** The fastest backend that is set up. */
export function chooseBackend(): BertBackendName {
  if (!tensorflowIsSetUp()) return 'wasm';
  return prefersGpu() ? 'tensorflow-gpu' : 'tensorflow';
}

type Started = Omit<BertBackend, 'backend'>;

const starters: Record<BertBackendName, () => Promise<Started>> = {
  tensorflow: () => startTensorflow(false),
  'tensorflow-gpu': () => startTensorflow(true),
  webgpu: startWebgpu,
  wasm: startWasm,
  async cpu() {
    if (!(await tf.setBackend('cpu'))) {
      throw new BackendUnavailable('cpu to start', 'a refusal of tfjs', 'use --backend wasm');
    }
    return { device: 'CPU, plain JavaScript', versions: {} };
  },
};
