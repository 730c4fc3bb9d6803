// core-wasm: the numeric kernel of small two-headed networks, one WebAssembly file and its typed loader.

export { openKernel } from './kernel.ts';
export type { Kernel, Network, ReplicaRange, TrainedBlock, TrainRequest } from './network.ts';
export { parameterCount } from './network.ts';
