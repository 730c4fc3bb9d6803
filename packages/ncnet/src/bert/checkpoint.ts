// A training in the middle as bytes: parameters, moments and step of every name, in a safetensors file.
// The order of the data is a function of seed and step, so that a training that goes on is the one that was never stopped.
import type { AdamWState } from './adamw.ts';
import { fault } from './errors.ts';
import type { TensorFile } from './safetensors.ts';
import { encodeTensors, type NamedTensor } from './safetensors-writer.ts';

const FORMAT = 'ncnet-checkpoint-1';
const PARTS = ['parameters', 'first', 'second'] as const;

/** @param key of the training, so that no other goes on from it */
export function encodeCheckpoint(key: string, state: AdamWState): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, NamedTensor>();
  for (const part of PARTS) {
    for (const [name, values] of state[part]) tensors.set(`${part}/${name}`, { shape: [values.length], values });
  }
  return encodeTensors(tensors, { format: FORMAT, key, steps: JSON.stringify(Object.fromEntries(state.steps)) });
}

/** @throws BertInputError for a file of another training */
export function decodeCheckpoint(file: TensorFile, key: string): AdamWState {
  const { format, key: stored, steps } = file.metadata;
  if (format !== FORMAT || stored !== key || typeof steps !== 'string') {
    throw fault(file.name, 'a checkpoint of this training', 'another file', 'delete it, the training starts again');
  }
  const state: AdamWState = {
    steps: new Map(Object.entries(JSON.parse(steps) as Record<string, number>)),
    ...{ parameters: new Map(), first: new Map(), second: new Map() },
  };
  for (const tensor of file.entries.keys()) {
    const [part, ...name] = tensor.split('/');
    state[part as (typeof PARTS)[number]]?.set(name.join('/'), file.read(tensor));
  }
  return state;
}
