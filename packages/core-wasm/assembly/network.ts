// The configured network: its options and where its numbers lie in memory. Set once by configure(), read by all files.

import { LOG2E } from "./math";

export const SIGMOID = 0, TANH = 1, RELU = 2;
export const MSE = 1;
export const GD = 0, MOMENTUM = 1, ADAM = 2;
export const SHARED = 0, SEPARATE = 1, FROZEN = 2, ONLY_A = 3;
export const LOSS_NONE = 0, LOSS_HALF = 1, LOSS_ALL = 2;
// Adam's bias corrections are 1 exactly in f64 after 37,412 steps (.999^t < 2^-54): later steps reuse the last entry.
export const LAST_RATE = 40960;
// Results of this many replicas are kept until the caller copies them.
export const GROUP = 64;

export let inputs: i32, hidden: i32, units: i32, rows: i32, trainCount: i32, parameterCount: i32;
export let activation: i32, mse: bool, optimizer: i32, sharing: i32, pm: bool, batch1: bool, product: bool;
// Product form but for relu: 2^(weightScale w) is e^-w, for tanh e^-2w; training keeps hidden weights and biases so scaled.
export let weightScale: f64, scaled: bool;
export let learningRate: f64, gain: f64, seed: u32, steps: i32, half: i32, lossFrom: i32, cosineOn: bool, cosineFrom: i32;
export let stride: usize, moments: usize;

// Every region is an array of 16-byte vectors, one lane a replica.
export let parameters: usize; // [parameterCount], then the optimizer's moments in the same order
export let headBias: usize; // parameters of the two head biases: the end of the units
export let gradients: usize; // [parameterCount]
export let unscaled: usize; // [parameterCount] the weights themselves beside scaled ones
export let activations: usize; // [units][rows]; s = 1 / (1 + e) in the product form, else the activation itself
export let logits: usize; // [rows][2]
export let deltas: usize; // [rows][2] derivative of the loss by the logit, times what rowTable holds besides
export let rowTable: usize; // [rows][2] {c, num} of the product form
export let slots: usize; // [rows][inputs + 3]: inputs, scale, sign masks of the two targets
export let stepSlot: usize; // with batch 1 the slot (f64), [units] activations and [2] logits (f64) of the step's row, else those of all rows
export let stepActivations: usize;
export let stepLogits: usize;
export let codes: usize; // [rows] row | target A << 6 | target B << 7, as integers of the lane width
export let rowMask: usize; // [rows] all ones where the row is a training row
export let trainCodes: usize; // [trainCount] sorted
export let orderCodes: usize; // [2][trainCount] permutations of even and odd epochs; in double precision the first serves all
export let partial: usize; // [2 + 64] sums over units or rows, then one unit's terms
export let rates: usize; // [min(steps, LAST_RATE)] {rate, epsilon, rate of hidden weights} as scalars of T
export let loss: usize; // [2], then the previous step's [2]
export let counters: usize; // [4] joint counts ++ +- -+ --, [2] rises
export let cosineSum: usize; // [1]
export let rawDeltas: usize; // [rows][2] derivatives without scale, then [rows][2] one unit's terms, of the cosine probe
export let targets: usize; // [2][64] bytes
export let results: usize; // u32 addresses of the eight results below, each for GROUP replicas, replica after replica
export let outWeights: usize, outLogits: usize, outOutputs: usize, outLosses: usize, outCosine: usize;
export let outRows: usize, outLossStep: usize, outRises: usize;

let top: usize;

function take(bytes: i32): usize {
  const at = (top + 63) & ~63;
  top = at + <usize>bytes;
  return at;
}

function place(double: bool): void {
  const size = double ? 8 : 4;
  top = __heap_base;
  targets = take(128);
  results = take(32);
  parameters = take(16 * parameterCount * (1 + optimizer));
  headBias = parameters + stride * units;
  moments = <usize>parameterCount * 16;
  gradients = take(16 * parameterCount);
  activations = take(16 * units * rows);
  logits = take(32 * rows);
  deltas = take(32 * rows);
  rowTable = take(64 * rows);
  slots = take(16 * (inputs + 3) * rows);
  stepSlot = batch1 ? take(16 * (inputs + 3)) : slots;
  stepActivations = batch1 ? take(16 * units) : activations;
  stepLogits = batch1 ? take(32) : logits;
  codes = take(16 * rows);
  rowMask = take(16 * rows);
  trainCodes = take(16 * trainCount);
  orderCodes = take(32 * trainCount);
  partial = take(16 * 66);
  rates = take(3 * size * (optimizer == ADAM ? min(steps, LAST_RATE) : 0));
  loss = take(64);
  counters = take(96);
  cosineSum = take(16);
  rawDeltas = take(cosineOn ? 64 * rows : 0);
  unscaled = take(weightScale != 1 ? 16 * parameterCount : 0);
  const group = GROUP * size;
  outWeights = take(group * parameterCount);
  outLogits = take(group * 2 * rows);
  outOutputs = take(group * 2 * rows);
  outLosses = take(group * 2);
  outCosine = take(group);
  outRows = take(GROUP * rows);
  outLossStep = take(GROUP * 16);
  outRises = take(GROUP * 8);
}

function reserve(): bool {
  const missing = <i32>((top + 0xffff) >>> 16) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

// False when the memory cannot grow as far as this network needs.
export function configureNetwork(
  double: bool, inputCount: i32, hiddenCount: i32, activationKind: i32, meanSquares: bool, optimizerKind: i32,
  rate: f64, stepCount: i32, oneRow: bool, plusMinus: bool, gainFactor: f64, sharingKind: i32, trainRows: i32,
  seedWord: u32, lossSteps: i32, cosine: bool,
): bool {
  inputs = inputCount; hidden = hiddenCount; activation = activationKind; mse = meanSquares; optimizer = optimizerKind;
  learningRate = rate; steps = stepCount; batch1 = oneRow; pm = plusMinus; gain = gainFactor; sharing = sharingKind;
  trainCount = trainRows; seed = seedWord; cosineOn = cosine;
  rows = 1 << inputs;
  units = sharing == SEPARATE ? 2 * hidden : hidden;
  parameterCount = (inputs + 3) * units + 2;
  stride = <usize>(inputs + 3) * 16;
  product = !double && inputs >= 2;
  weightScale = !product || activation == RELU ? 1 : (activation == TANH ? -2 : -1) * LOG2E;
  scaled = weightScale != 1 && !batch1;
  half = steps / 2;
  lossFrom = lossSteps == LOSS_ALL ? 0 : lossSteps == LOSS_HALF ? max(half - 1, 0) : i32.MAX_VALUE;
  cosineFrom = cosine ? half : i32.MAX_VALUE;
  place(double);
  if (!reserve()) return false;
  store<u32>(results, <u32>outWeights); store<u32>(results, <u32>outLogits, 4); store<u32>(results, <u32>outOutputs, 8);
  store<u32>(results, <u32>outLosses, 12); store<u32>(results, <u32>outCosine, 16); store<u32>(results, <u32>outRows, 20);
  store<u32>(results, <u32>outLossStep, 24); store<u32>(results, <u32>outRises, 28);
  return true;
}
