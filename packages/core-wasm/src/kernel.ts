// The typed loader: compiles kernel.wasm, drives it block by block, and copies each block's results out.

import {
  type Kernel,
  type Network,
  parameterCount,
  type ReplicaRange,
  type TrainedBlock,
  type TrainRequest,
} from './network.ts';
import { checkNetwork, checkRange, checkTargets, fail } from './validate.ts';

type Train = (from: number, to: number) => void;

interface Exports {
  memory: WebAssembly.Memory;
  configure(...options: (number | boolean)[]): number;
  targetsAddress(): number;
  resultsAddress(): number;
  begin(firstReplica: number, restart: number): void;
  finish(place: number): void;
  peek(place: number): void;
  rowOf(step: number): number;
  [train: `train${string}`]: Train;
}

type Floats = Float32Array | Float64Array;

/** One call trains a block for this many steps: short calls let the engine switch to its optimized code early. */
const STEPS_PER_CALL = 128;

/** The kernel keeps the results of this many replicas until they are copied out. */
const GROUP = 64;

const ACTIVATIONS = ['sigmoid', 'tanh', 'relu'];
const OPTIMIZERS = ['gd', 'momentum', 'adam'];
const SHARINGS = ['shared', 'separate', 'frozen', 'only-a'];
const LOSS_STEPS = ['none', 'half', 'all'];

function configure(exports: Exports, network: Network): void {
  const rows = 1 << network.inputs;
  const done = exports.configure(
    network.dtype === 'f64',
    network.inputs,
    network.hidden,
    ACTIVATIONS.indexOf(network.activation),
    network.loss === 'mse',
    OPTIMIZERS.indexOf(network.optimizer),
    network.learningRate,
    network.steps,
    network.batch === 1,
    network.coding === 'pm',
    network.gain,
    SHARINGS.indexOf(network.sharing),
    network.trainRows === 'all' ? rows : network.trainRows,
    network.seed,
    LOSS_STEPS.indexOf(network.lossSteps),
    network.cosine,
  );
  if (!done) fail('memory', 'available to WebAssembly (a network needs at most a few MB)', 'a refusal to grow');
}

const title = (word: string): string => word[0].toUpperCase() + word.slice(1);

function trainFunction(exports: Exports, network: Network): Train {
  if (network.dtype === 'f64') return exports.trainDirect64;
  const form = network.batch === 1 ? 'Row' : network.inputs;
  return exports[`train${title(network.activation)}${form}${title(network.optimizer)}`];
}

function floats(network: Network, length: number): Floats {
  return network.dtype === 'f64' ? new Float64Array(length) : new Float32Array(length);
}

/** A copier of one result from the kernel's memory into its array: `width` numbers a replica, a group at a time. */
function copier(
  exports: Exports,
  which: number,
  width: number,
  target: Floats | Uint8Array | Uint32Array,
): (replica: number) => void {
  const { buffer } = exports.memory;
  const address = new Uint32Array(buffer, exports.resultsAddress(), 8)[which];
  const View = target.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => typeof target;
  const group = new View(buffer, address, width * GROUP);
  return (replica) => {
    const at = width * replica;
    target.set(at + group.length <= target.length ? group : group.subarray(0, target.length - at), at);
  };
}

function train(exports: Exports, network: Network, request: TrainRequest): TrainedBlock {
  const { firstReplica, replicas, restart, alice, bob } = request;
  const rows = 1 << network.inputs;
  const lanes = network.dtype === 'f64' ? 2 : 4;
  const parameters = parameterCount(network);
  const result: TrainedBlock = {
    parameters,
    weights: floats(network, replicas * parameters),
    logits: floats(network, replicas * rows * 2),
    outputs: floats(network, replicas * rows * 2),
    losses: floats(network, replicas * 2),
    trainingRows: new Uint8Array(replicas * rows),
    lossStep: network.lossSteps === 'none' ? null : new Uint32Array(replicas * 4),
    rises: network.lossSteps === 'all' ? new Uint32Array(replicas * 2) : null,
    cosine: network.cosine ? floats(network, replicas) : null,
  };
  configure(exports, network);
  const targets = new Uint8Array(exports.memory.buffer, exports.targetsAddress(), 128);
  targets.set(alice, 0);
  targets.set(bob, 64);
  const copiers = [
    copier(exports, 0, parameters, result.weights),
    copier(exports, 1, rows * 2, result.logits),
    copier(exports, 2, rows * 2, result.outputs),
    copier(exports, 3, 2, result.losses),
    copier(exports, 5, rows, result.trainingRows),
  ];
  if (result.cosine) copiers.push(copier(exports, 4, 1, result.cosine));
  if (result.lossStep) copiers.push(copier(exports, 6, 4, result.lossStep));
  if (result.rises) copiers.push(copier(exports, 7, 2, result.rises));
  const advance = trainFunction(exports, network);
  for (let group = 0; group < replicas; group += GROUP) {
    for (let replica = group; replica < Math.min(group + GROUP, replicas); replica += lanes) {
      exports.begin(firstReplica + replica, restart);
      for (let step = 0; step < network.steps; step += STEPS_PER_CALL) {
        advance(step, Math.min(step + STEPS_PER_CALL, network.steps));
      }
      exports.finish(replica - group);
    }
    for (const copy of copiers) copy(group);
  }
  return result;
}

function initialWeights(exports: Exports, network: Network, { firstReplica, replicas, restart }: ReplicaRange): Floats {
  const lanes = network.dtype === 'f64' ? 2 : 4;
  const parameters = parameterCount(network);
  const weights = floats(network, replicas * parameters);
  configure(exports, network);
  const copy = copier(exports, 0, parameters, weights);
  for (let group = 0; group < replicas; group += GROUP) {
    for (let replica = group; replica < Math.min(group + GROUP, replicas); replica += lanes) {
      exports.begin(firstReplica + replica, restart);
      exports.peek(replica - group);
    }
    copy(group);
  }
  return weights;
}

/** Opens the kernel from its bytes or a compiled module; one instance serves one thread. */
export async function openKernel(source: BufferSource | WebAssembly.Module): Promise<Kernel> {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const instance = await WebAssembly.instantiate(module, {});
  const exports = instance.exports as unknown as Exports;
  return {
    train(network, request) {
      checkNetwork(network);
      checkRange(request);
      checkTargets(network, request);
      return train(exports, network, request);
    },
    initialWeights(network, range) {
      checkNetwork(network);
      checkRange(range);
      return initialWeights(exports, network, range);
    },
    order(network, replica, restart, steps) {
      checkNetwork(network);
      checkRange({ firstReplica: replica, replicas: 1, restart });
      configure(exports, network);
      exports.begin(replica, restart);
      return Uint8Array.from({ length: steps }, (_, step) => exports.rowOf(step));
    },
  };
}
