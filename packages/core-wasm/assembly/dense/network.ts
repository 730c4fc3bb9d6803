// The configured network: its options, its layers and where their numbers lie. Set once by configureNetwork().

export const LINEAR = 0, RELU = 1, LEAKY_RELU = 2, TANH = 3, SIGMOID = 4, ELU = 5, SWISH = 6;
export const MSE = 0, HALF_MSE = 1, BCE = 2;
// What becomes of a gradient; COLLECT keeps it beside the weights and leaves them alone.
export const GD = 0, MOMENTUM = 1, ADAM = 2, COLLECT = 3;
export const XAVIER_NORMAL = 0, UNIFORM = 1;
export const MAX_LAYERS = 1024, MAX_HEADS = 1024;

// A dense map and what follows it, or a convolution: then `outputs` are channels, `inputs` channels below x kernel, and a row
// of values is [channels][positions], planes `plane` bytes apart. Rows lie `stride` bytes apart; widths are padded to 8 floats and the padding is zero,
// so no loop has a remainder. The last layer is the heads, side by side, and linear.
@unmanaged export class Layer {
  inputs: i32; outputs: i32;
  inputBytes: usize; outputBytes: usize; // of a padded row
  inputStride: usize; outputStride: usize;
  weights: usize; // [outputs padded to 4][inputs], rows inputStride apart
  bias: usize; // [outputs]
  input: usize; // [rows][inputs] the output of the layer below
  fed: usize; // [rows][inputs] the same thinned by dropout; without dropout the same address
  mask: usize; // [rows][inputs] 0 or 1 / (1 - dropout)
  output: usize; // [rows][outputs]
  slopes: usize; // [rows][outputs] derivative of the activation
  delta: usize; // [rows][outputs] derivative of the loss by `output`
}

export const widths = memory.data(4 * (MAX_LAYERS + 1), 16); // inputs, then each layer's outputs
export const headWidths = memory.data(4 * MAX_HEADS, 16);
export const headWeights = memory.data(8 * MAX_HEADS, 16);
export const losses = memory.data(8 * MAX_HEADS, 16); // of the last batch, head by head, without its weight
const records = memory.data(64 * MAX_LAYERS, 16);

export let layers: i32, heads: i32, capacity: i32, rows: i32, activation: i32, loss: i32, sumOutputs: bool, optimizer: i32;
export let learningRate: f64, gain: f64, hasBias: bool, skip: bool, dropout: f64, initial: i32;
export let seed: u32, replica: u32, restart: u32;
export let kernel: i32; // of the valid convolutions that make up all layers but the first and the last; 0: every layer is dense
export let plane: usize; // bytes between two channels
export let parameters: usize, parameterBytes: usize; // the moments follow the parameters, each in the same layout
export let targets: usize; // [rows][all heads' outputs], rows targetStride apart
export let targetStride: usize;
export let scaled: usize; // [rows][widest] derivative of the loss by a layer's sums
export let panel: usize; // a packed panel of weights or of deltas
export let scratch: usize; // results on their way out, without padding
export let collected: usize; // gradients in the parameters' layout, from the first COLLECT on; 0 before

let state: usize, stateEnd: usize;
let top: u64; // 64 bits: a network that does not fit 4 GB is refused, not wrapped around

// exportable, not inlined: the loops over layers call it everywhere
export function layerAt(index: i32): Layer { return changetype<Layer>(records + 64 * <usize>index); }

@inline export function padded(count: i32, to: i32): i32 { return (count + to - 1) & -to; }

// Bytes between rows; a multiple of 256 would put a panel's rows into the same few cache sets.
export function strideOf(width: i32): usize {
  const bytes = <usize>padded(width, 8) * 4;
  return bytes & 255 ? bytes : bytes + 64;
}

// Before the network is configured.
export function setKernel(size: i32): void { kernel = size; }

@inline export function isConvolution(index: i32): bool { return kernel > 0 && index > 0 && index < layers - 1; }

// Every convolution loses kernel - 1 of the first layer's numbers.
export function positionsOf(index: i32): i32 { return load<i32>(widths + 4) - index * (kernel - 1); }

function inputsOf(index: i32): i32 {
  const below = load<i32>(widths + 4 * index);
  if (kernel == 0 || index == 0) return below;
  if (index == layers - 1) return below * positionsOf(index - 1); // below is 1
  return (index == 1 ? 1 : below) * kernel;
}

// Bytes of a row's planes, four at a time, with room for a tile that begins at the last position.
function planeBytes(): usize {
  if (kernel == 0) return 0;
  let channels = 1;
  for (let l = 1; l < layers - 1; ++l) channels = max(channels, load<i32>(widths + 4 * l + 4));
  plane = strideOf(load<i32>(widths + 4) + kernel + 6);
  return plane * padded(channels, 4);
}

function take(bytes: u64): usize {
  const at = (top + 63) & ~63;
  top = at + bytes;
  return <usize>at;
}

function reserve(): bool {
  if (top > 0xffff0000) return false;
  const missing = <i32>((top + 0xffff) >>> 16) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

function placeParameters(): void {
  parameters = take(0);
  const from = top, planes = planeBytes();
  for (let l = 0; l < layers; ++l) {
    const layer = layerAt(l), inputs = inputsOf(l), outputs = load<i32>(widths + 4 * l + 4);
    layer.inputs = inputs; layer.outputs = outputs;
    layer.inputBytes = <usize>padded(inputs, 8) * 4; layer.outputBytes = <usize>padded(outputs, 8) * 4;
    layer.inputStride = planes > 0 && l == layers - 1 ? planes : strideOf(inputs);
    layer.outputStride = planes > 0 && l < layers - 1 ? planes : strideOf(outputs);
    layer.weights = take(<u64>layer.inputStride * padded(outputs, 4));
    layer.bias = take(layer.outputBytes);
  }
  take(0);
  parameterBytes = <usize>(top - from);
  if (optimizer != GD) take((top - from) * optimizer);
}

function placeRows(): void {
  const count = <u64>padded(capacity, 4);
  let widest: u64 = 0, largest: u64 = 0;
  state = take(0);
  const inputs = take(count * layerAt(0).inputStride);
  for (let l = 0; l < layers; ++l) {
    const layer = layerAt(l), size = count * layer.outputStride, inputSize = count * layer.inputStride;
    layer.input = l == 0 ? inputs : layerAt(l - 1).output;
    layer.mask = dropout > 0 ? take(inputSize) : 0;
    layer.fed = dropout > 0 ? take(inputSize) : layer.input;
    layer.output = take(size);
    layer.slopes = take(size);
    layer.delta = take(size);
    widest = max(widest, <u64>max(layer.inputStride, layer.outputStride));
    largest = max(largest, max(<u64>layer.inputStride, count * 4) * <u64>layer.outputs);
  }
  scaled = take(count * widest);
  stateEnd = take(0);
  targetStride = layerAt(layers - 1).outputStride;
  targets = take(count * targetStride);
  panel = take(max(widest * 8, count * 16));
  scratch = take(largest);
}

// False when the memory cannot hold the network. The widths and heads lie in `widths`, `headWidths` and `headWeights`.
export function configureNetwork(
  layerCount: i32, headCount: i32, mostRows: i32, activationKind: i32, lossKind: i32, sum: bool, optimizerKind: i32, rate: f64,
  gainFactor: f64, initialKind: i32, bias: bool, skipTwo: bool, dropoutShare: f64, seedWord: u32, replicaIndex: u32, restartIndex: u32,
): bool {
  layers = layerCount; heads = headCount; capacity = mostRows; activation = activationKind; loss = lossKind; sumOutputs = sum;
  optimizer = optimizerKind; learningRate = rate; gain = gainFactor; initial = initialKind; hasBias = bias; skip = skipTwo;
  dropout = dropoutShare; seed = seedWord; replica = replicaIndex; restart = restartIndex;
  top = __heap_base;
  collected = 0;
  placeParameters();
  placeRows();
  return reserve();
}

// The batch has `count` rows from now on; rows beyond it, which the tiles also read, are zero.
export function setRows(count: i32): void {
  if (rows != count) memory.fill(state, 0, stateEnd - state);
  rows = count;
}

export function reserveGradient(): bool {
  if (collected != 0) return true;
  const before = top, at = take(parameterBytes);
  if (!reserve()) {
    top = before;
    return false;
  }
  collected = at;
  return true;
}
