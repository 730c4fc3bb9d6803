// What a caller asks of the dense kernel and what it answers, with shapes. Arrays of numbers are row-major.

export interface DenseNetwork {
  inputs: number;
  /** Widths of the hidden layers, the first one first; none is a linear map. */
  hidden: readonly number[];
  /**
   * So many valid convolutions along the one hidden layer before them, each a hidden layer: the first reads one channel, the
   * last leaves one, the others have `channels`; each is kernel - 1 positions shorter than the one below. With gd alone.
   */
  convolution?: { channels: number; kernel: number; layers: number };
  /** Widths of the heads: linear maps of the last hidden layer, side by side. */
  heads: readonly number[];
  /** A factor for each head's loss in what descends. */
  headWeights: readonly number[] | 'equal';
  /** leaky-relu falls with .01, elu has alpha 1, swish is z sigmoid(z). */
  activation: 'linear' | 'relu' | 'leaky-relu' | 'tanh' | 'sigmoid' | 'elu' | 'swish';
  /** (y - y*)^2, half of it, or cross-entropy of sigmoid(y) with a target from 0 to 1; the mean over a batch's rows. */
  loss: 'mse' | 'half-mse' | 'bce';
  /** How a head's outputs enter its loss: `mean` as in torch, `sum` as |y - y*|^2 in the effective theory. */
  reduction: 'mean' | 'sum';
  /** momentum: v = .9 v + g; adam: .9, .999, 1e-8 (Kingma and Ba 2015). */
  optimizer: 'gd' | 'momentum' | 'adam';
  learningRate: number;
  /** normal with variance gain^2 2 / (fan-in + fan-out), of a convolution channels x kernel below and above as in torch, and zero biases, or everything uniform in +-gain / sqrt(fan-in). */
  initial: 'xavier-normal' | 'uniform';
  gain: number;
  bias: boolean;
  /** From the third hidden layer on, the activation of two layers below is added; hidden widths must be equal. */
  skip: boolean;
  /** Probability that a number entering a dense map, the first included, is zeroed while training; 0 is none. */
  dropout: number;
  /** Most rows of a training batch. */
  rows: number;
  /** 0 to 2^32 - 1, all three: together they name the initial weights, the masks and the orders. */
  seed: number;
  replica: number;
  restart: number;
}

export interface DenseRows {
  /** [rows][inputs] */
  inputs: Float32Array;
  /** [rows][outputs], the heads side by side */
  targets: Float32Array;
}

/** All rows in every step, or the rows that `order` names, `batch` of them a step. */
export type DenseSchedule = { steps: number } | { batch: number; order: Uint32Array };

export interface DenseWatch {
  /** Row numbers within a batch. */
  pairs: readonly (readonly [number, number])[];
  /** Hidden layers from 0; the number of hidden layers stands for the last sums. */
  layers: readonly number[] | 'all';
}

export interface DenseTrace {
  /** [steps][heads] of each step's batch, before its update, without the head's weight (with dropout: the thinned pass) */
  losses: Float64Array;
  /** [steps][pairs][layers] squared distances of two rows' activations before the update, without dropout; null unless watched */
  distances: Float64Array | null;
  /** [steps][rows of a batch][outputs] before the update, without dropout; null unless watched */
  outputs: Float32Array | null;
}

export interface DenseAnswer {
  /** [rows][outputs] */
  logits: Float32Array;
  /** [rows][outputs]: the sigmoid of the logit (bce) or the logit itself */
  outputs: Float32Array;
  /** [layers asked for][rows][width of the layer]; a convolution's row is [channels][positions] */
  hidden: Float32Array[];
}

export interface Dense {
  /** P */
  readonly parameters: number;
  /** Steps since the last reset. */
  readonly steps: number;
  /** [P]: layer by layer [outputs][inputs] weights (a convolution's [channels][channels below][kernel]), then, with bias, [outputs] biases; the heads are the last layer. */
  weights(): Float32Array;
  /** Back to step 0, with the initial weights or with these. */
  reset(weights?: Float32Array): void;
  /** Trains on; two calls in a row give the bytes of one. */
  train(data: DenseRows, schedule: DenseSchedule, watch?: DenseWatch): DenseTrace;
  /** Any number of rows, [rows][inputs], without dropout; `layers` are the hidden layers to read, from 0. */
  evaluate(inputs: Float32Array, layers?: readonly number[]): DenseAnswer;
  /** [P] of one head's weighted loss, or of their sum, without dropout; at most network.rows rows. */
  gradient(data: DenseRows, head?: number): Float32Array;
  /** The numbers 0..rows-1 in the order of an epoch: a fresh permutation for each. */
  order(rows: number, epoch: number): Uint32Array;
}

type Shaped = Pick<DenseNetwork, 'inputs' | 'hidden' | 'heads' | 'convolution'>;

/** Channels of every convolution, the first one first; none without. */
export function convolutionChannels({ convolution }: Pick<DenseNetwork, 'convolution'>): number[] {
  if (convolution === undefined) return [];
  const { channels, layers } = convolution;
  return Array.from({ length: layers }, (_, layer) => (layer === layers - 1 ? 1 : channels));
}

/** Numbers of a row at every hidden layer: channels x positions of a convolution. */
export function hiddenWidths(network: Pick<DenseNetwork, 'hidden' | 'convolution'>): number[] {
  const { hidden, convolution } = network;
  const positions = (layer: number) => hidden[0] - (layer + 1) * (convolution!.kernel - 1);
  return [...hidden, ...convolutionChannels(network).map((channels, layer) => channels * positions(layer))];
}

/** Every layer's weights as [inputs, outputs], the first one first; of a convolution [channels below x kernel, channels]. */
export function denseShapes(network: Shaped): [number, number][] {
  const { inputs, hidden, heads, convolution } = network;
  const outputs = heads.reduce((sum, width) => sum + width, 0);
  const channels = convolutionChannels(network);
  const convolutions = channels.map((above, layer): [number, number] => [
    (layer === 0 ? 1 : channels[layer - 1]) * convolution!.kernel,
    above,
  ]);
  const widths = [inputs, ...hidden];
  const maps = hidden.map((width, layer): [number, number] => [widths[layer], width]);
  return [...maps, ...convolutions, [hiddenWidths(network).at(-1) ?? inputs, outputs]];
}
