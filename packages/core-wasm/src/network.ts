// What a caller asks of the kernel and what it answers, with shapes.

export interface Network {
  /** d, 1 to 6: the truth tables have 2^d rows, bit i of a row's number is input i. */
  inputs: number;
  /** Hidden units, 1 to 64 (with `separate` sharing: per head). */
  hidden: number;
  activation: 'sigmoid' | 'tanh' | 'relu';
  loss: 'bce' | 'mse';
  optimizer: 'gd' | 'momentum' | 'adam';
  learningRate: number;
  steps: number;
  batch: 'full' | 1;
  /** Inputs as -1/+1 or 0/1. */
  coding: 'pm' | '01';
  /** Weights start uniform in +-gain / sqrt(fan-in). */
  gain: number;
  sharing: 'shared' | 'separate' | 'frozen' | 'only-a';
  /** All rows, or this many drawn once per replica. */
  trainRows: 'all' | number;
  dtype: 'f32' | 'f64';
  /** 0 to 2^32 - 1. */
  seed: number;
  /** Full-batch losses never, from step floor(steps / 2) - 1 on, or before every step. */
  lossSteps: 'none' | 'half' | 'all';
  /** Cosine of the two heads' full-batch gradients on the hidden weights and biases: every 10th step t >= floor(steps / 2). */
  cosine: boolean;
}

export interface ReplicaRange {
  firstReplica: number;
  replicas: number;
  restart: number;
}

export interface TrainRequest extends ReplicaRange {
  /** 2^inputs bytes, 0 or 1, row 0 first. */
  alice: Uint8Array;
  bob: Uint8Array;
}

export interface TrainedBlock {
  /** P: per unit b, w_0.., wa, wb; then ba, bb. */
  parameters: number;
  /** [replicas][P] */
  weights: Float32Array | Float64Array;
  /** [replicas][2^inputs][2], Alice's head first */
  logits: Float32Array | Float64Array;
  /** [replicas][2^inputs][2]: the sigmoid of the logit (bce) or the logit itself (mse) */
  outputs: Float32Array | Float64Array;
  /** [replicas][2]: final mean loss over the training rows */
  losses: Float32Array | Float64Array;
  /** [replicas][2^inputs]: 1 where the row is a training row */
  trainingRows: Uint8Array;
  /** [replicas][4]: steps t >= floor(steps / 2) by outcomes ++ +- -+ --, - where the head's loss rose; null without lossSteps */
  lossStep: Uint32Array | null;
  /** [replicas][2]: steps t >= 1 on which the head's loss rose; null unless lossSteps is `all` */
  rises: Uint32Array | null;
  /** [replicas]: mean cosine over every 10th step of the second half; null unless asked for */
  cosine: Float32Array | Float64Array | null;
}

export interface Kernel {
  /** Trains the replicas firstReplica .. firstReplica + replicas - 1; each one's bytes depend on itself alone. */
  train(network: Network, request: TrainRequest): TrainedBlock;
  /** [replicas][P] weights before step 0. */
  initialWeights(network: Network, range: ReplicaRange): Float32Array | Float64Array;
  /** The row that each of the first steps trains on, with batch 1. */
  order(network: Network, replica: number, restart: number, steps: number): Uint8Array;
}

/** Numbers in one replica's weight vector. */
export function parameterCount(network: Pick<Network, 'inputs' | 'hidden' | 'sharing'>): number {
  const units = network.sharing === 'separate' ? 2 * network.hidden : network.hidden;
  return (network.inputs + 3) * units + 2;
}
