// The wasm backend: hands a cell to the kernel of core-wasm.
import { type Kernel, type Network, openKernel } from 'core-wasm';
import type { Backend } from './backend.ts';
import type { NcnetCell } from './cell.ts';

function toNetwork(cell: NcnetCell): Network {
  const { inputs, hidden, activation, loss, optimizer, learningRate, steps, batch } = cell;
  const { coding, gain, sharing, trainRows, dtype, seed, lossSteps, cosine } = cell;
  return {
    ...{ inputs, hidden, activation, loss, optimizer, learningRate, steps, batch },
    ...{ coding, gain, sharing, trainRows, dtype, seed, lossSteps, cosine },
  };
}

/** Opens the kernel from its bytes or compiled module; works in Node and in a page. */
export async function openWasmBackend(kernel: BufferSource | WebAssembly.Module): Promise<Backend> {
  const opened: Kernel = await openKernel(kernel);
  return {
    name: 'wasm',
    train: (cell, request) => opened.train(toNetwork(cell), request),
    initialWeights: (cell, request) => opened.initialWeights(toNetwork(cell), request),
  };
}
