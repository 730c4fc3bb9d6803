// The dense kernel: one deep network in an instance of dense.wasm of its own, driven step by step.

import {
  convolutionChannels,
  type Dense,
  type DenseAnswer,
  type DenseNetwork,
  type DenseRows,
  type DenseSchedule,
  type DenseTrace,
  type DenseWatch,
  denseShapes,
  hiddenWidths,
} from './dense-network.ts';
import {
  checkBatch,
  checkData,
  checkDenseNetwork,
  checkLayers,
  checkRows,
  checkSchedule,
  checkWatch,
} from './dense-validate.ts';
import { fail } from './validate.ts';

export type {
  Dense,
  DenseAnswer,
  DenseNetwork,
  DenseRows,
  DenseSchedule,
  DenseTrace,
  DenseWatch,
} from './dense-network.ts';
export { denseShapes, hiddenWidths } from './dense-network.ts';

interface Exports {
  memory: WebAssembly.Memory;
  configure(...options: (number | boolean)[]): number;
  initialize(): void;
  setKernel(kernel: number): void;
  setRows(rows: number): void;
  step(t: number): void;
  forward(thinned: boolean): void;
  gradient(head: number): void;
  reserveGradient(): number;
  draw(stream: number, index: number, bound: number): number;
  distance(layer: number, r: number, s: number): number;
  readRows(address: number, rows: number, width: number, stride: number): number;
  readProbabilities(rows: number): number;
  widthsAddress(): number;
  headWidthsAddress(): number;
  headWeightsAddress(): number;
  lossesAddress(): number;
  inputsAddress(): number;
  targetsAddress(): number;
  weightsAddress(layer: number): number;
  biasAddress(layer: number): number;
  outputAddress(layer: number): number;
  inputStride(layer: number): number;
  outputStride(layer: number): number;
  planeStride(): number;
  gradientOffset(): number;
}

const ACTIVATIONS = ['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'];
const LOSSES = ['mse', 'half-mse', 'bce'];
const OPTIMIZERS = ['gd', 'momentum', 'adam'];
const ORDER_STREAM = 1;

class WasmDense implements Dense {
  readonly parameters: number;
  steps = 0;
  readonly #exports: Exports;
  readonly #network: DenseNetwork;
  readonly #shapes: [number, number][];
  readonly #widths: number[];
  readonly #channels: number[];
  readonly #outputs: number;

  constructor(exports: Exports, network: DenseNetwork) {
    this.#exports = exports;
    this.#network = network;
    this.#shapes = denseShapes(network);
    this.#widths = hiddenWidths(network);
    this.#channels = convolutionChannels(network);
    this.#outputs = this.#shapes[this.#widths.length][1];
    this.parameters = this.#shapes.reduce(
      (sum, [inputs, outputs]) => sum + (inputs + (network.bias ? 1 : 0)) * outputs,
      0,
    );
    this.#configure();
    exports.initialize();
  }

  #configure(): void {
    const { hidden, convolution, heads, headWeights, ...network } = this.#network;
    const { buffer } = this.#exports.memory;
    const widths = new Uint32Array(buffer, this.#exports.widthsAddress(), this.#shapes.length + 1);
    widths.set([network.inputs, ...hidden, ...this.#channels, this.#outputs]);
    new Uint32Array(buffer, this.#exports.headWidthsAddress(), heads.length).set(heads);
    const weights = new Float64Array(buffer, this.#exports.headWeightsAddress(), heads.length);
    weights.set(headWeights === 'equal' ? heads.map(() => 1) : headWeights);
    if (convolution) this.#exports.setKernel(convolution.kernel);
    const done = this.#exports.configure(
      this.#shapes.length,
      heads.length,
      network.rows,
      ACTIVATIONS.indexOf(network.activation),
      LOSSES.indexOf(network.loss),
      network.reduction === 'sum',
      OPTIMIZERS.indexOf(network.optimizer),
      network.learningRate,
      network.gain,
      network.initial === 'uniform' ? 1 : 0,
      network.bias,
      network.skip,
      network.dropout,
      network.seed,
      network.replica,
      network.restart,
    );
    if (!done)
      fail('the network', 'small enough for 4 GB of WebAssembly memory, moments and rows included', 'a larger');
  }

  /** [rows][width] of numbers in the kernel, as an array of the caller's own. */
  #read(address: number, rows: number, width: number, stride: number): Float32Array {
    const at = this.#exports.readRows(address, rows, width, stride);
    return new Float32Array(this.#exports.memory.buffer, at, rows * width).slice();
  }

  #write(address: number, stride: number, source: Float32Array, width: number, rows: ArrayLike<number>): void {
    const memory = new Float32Array(this.#exports.memory.buffer);
    for (let place = 0; place < rows.length; place++) {
      const from = rows[place] * width;
      memory.set(source.subarray(from, from + width), (address + place * stride) / 4);
    }
  }

  #load(data: DenseRows, rows: ArrayLike<number>): void {
    const { inputs } = this.#network;
    this.#exports.setRows(rows.length);
    this.#write(this.#exports.inputsAddress(), this.#exports.inputStride(0), data.inputs, inputs, rows);
    const stride = this.#exports.outputStride(this.#widths.length);
    this.#write(this.#exports.targetsAddress(), stride, data.targets, this.#outputs, rows);
  }

  /** [P] of the weights, or of what lies `offset` bytes beside each. */
  #parametersAt(offset: number): Float32Array {
    const result = new Float32Array(this.parameters);
    let place = 0;
    for (const [layer, [inputs, outputs]] of this.#shapes.entries()) {
      const stride = this.#exports.inputStride(layer);
      result.set(this.#read(this.#exports.weightsAddress(layer) + offset, outputs, inputs, stride), place);
      place += inputs * outputs;
      if (!this.#network.bias) continue;
      result.set(this.#read(this.#exports.biasAddress(layer) + offset, 1, outputs, 0), place);
      place += outputs;
    }
    return result;
  }

  weights(): Float32Array {
    return this.#parametersAt(0);
  }

  reset(weights?: Float32Array): void {
    if (weights !== undefined && (!(weights instanceof Float32Array) || weights.length !== this.parameters)) {
      fail('weights', `a Float32Array of ${this.parameters} numbers (see parameters)`, weights?.length ?? weights);
    }
    this.steps = 0;
    this.#exports.initialize();
    if (!weights) return;
    let place = 0;
    for (const [layer, [inputs, outputs]] of this.#shapes.entries()) {
      const rows = Array.from({ length: outputs }, (_, row) => row);
      const source = weights.subarray(place);
      this.#write(this.#exports.weightsAddress(layer), this.#exports.inputStride(layer), source, inputs, rows);
      place += inputs * outputs;
      if (!this.#network.bias) continue;
      this.#write(this.#exports.biasAddress(layer), 0, weights.subarray(place), outputs, [0]);
      place += outputs;
    }
  }

  #outputRows(rows: number): Float32Array {
    const layer = this.#widths.length;
    if (this.#network.loss !== 'bce') {
      return this.#read(this.#exports.outputAddress(layer), rows, this.#outputs, this.#exports.outputStride(layer));
    }
    const at = this.#exports.readProbabilities(rows);
    return new Float32Array(this.#exports.memory.buffer, at, rows * this.#outputs).slice();
  }

  train(data: DenseRows, schedule: DenseSchedule, watch?: DenseWatch): DenseTrace {
    const { heads, dropout } = this.#network;
    const total = checkData(this.#network, data);
    const [steps, batch] = checkSchedule(this.#network, total, schedule);
    if (watch) checkWatch(this.#network, batch, watch);
    const layers = watch?.layers === 'all' ? [...this.#shapes.keys()] : watch?.layers;
    const perStep = watch && layers ? watch.pairs.length * layers.length : 0;
    const losses = new Float64Array(steps * heads.length);
    const distances = watch ? new Float64Array(steps * perStep) : null;
    const outputs = watch ? new Float32Array(steps * batch * this.#outputs) : null;
    const order = 'order' in schedule ? schedule.order : null;
    if (!order)
      this.#load(
        data,
        Array.from({ length: total }, (_, row) => row),
      );
    const stepLosses = new Float64Array(this.#exports.memory.buffer, this.#exports.lossesAddress(), heads.length);
    for (let step = 0; step < steps; step++) {
      if (order) this.#load(data, order.subarray(step * batch, (step + 1) * batch));
      // a thinned pass measures another network: look at the whole one first
      if (watch && dropout > 0) {
        this.#exports.forward(false);
        this.#look(watch, layers!, step, distances!, outputs!, batch);
      }
      this.#exports.step(this.steps++);
      losses.set(stepLosses, step * heads.length);
      if (watch && dropout === 0) this.#look(watch, layers!, step, distances!, outputs!, batch);
    }
    return { losses, distances, outputs };
  }

  /** Reads the activations of the last pass; a step leaves those of the weights before it. */
  #look(
    { pairs }: DenseWatch,
    layers: readonly number[],
    step: number,
    distances: Float64Array,
    outputs: Float32Array,
    rows: number,
  ): void {
    let place = step * pairs.length * layers.length;
    for (const [r, s] of pairs) {
      for (const layer of layers) distances[place++] = this.#exports.distance(layer, r, s);
    }
    outputs.set(this.#outputRows(rows), step * rows * this.#outputs);
  }

  evaluate(inputs: Float32Array, layers: readonly number[] = []): DenseAnswer {
    const { inputs: width, rows: most } = this.#network;
    const rows = checkRows('inputs', inputs, width);
    checkLayers('layers', layers, this.#widths.length - 1);
    const answer: DenseAnswer = {
      logits: new Float32Array(rows * this.#outputs),
      outputs: new Float32Array(rows * this.#outputs),
      hidden: layers.map((layer) => new Float32Array(rows * this.#widths[layer])),
    };
    for (let from = 0; from < rows; from += most) {
      const count = Math.min(most, rows - from);
      const some = Array.from({ length: count }, (_, row) => from + row);
      this.#exports.setRows(count);
      this.#write(this.#exports.inputsAddress(), this.#exports.inputStride(0), inputs, width, some);
      this.#exports.forward(false);
      answer.logits.set(this.#values(this.#widths.length, count, this.#outputs), from * this.#outputs);
      answer.outputs.set(this.#outputRows(count), from * this.#outputs);
      for (const [place, layer] of layers.entries()) {
        const wide = this.#widths[layer];
        answer.hidden[place].set(this.#values(layer, count, wide), from * wide);
      }
    }
    return answer;
  }

  /** [rows][width] of a layer's last pass; a convolution's planes one after the other. */
  #values(layer: number, rows: number, width: number): Float32Array {
    const [address, stride] = [this.#exports.outputAddress(layer), this.#exports.outputStride(layer)];
    const channels = this.#channels[layer - 1];
    if (channels === undefined) return this.#read(address, rows, width, stride);
    const values = new Float32Array(rows * width);
    for (let r = 0; r < rows; r++) {
      const planes = this.#read(address + r * stride, channels, width / channels, this.#exports.planeStride());
      values.set(planes, r * width);
    }
    return values;
  }

  gradient(data: DenseRows, head?: number): Float32Array {
    const rows = checkData(this.#network, data);
    checkBatch(this.#network, rows);
    const { heads } = this.#network;
    if (head !== undefined && !(Number.isInteger(head) && head >= 0 && head < heads.length)) {
      fail('head', `a head from 0 to ${heads.length - 1}, or left out for all`, head);
    }
    if (!this.#exports.reserveGradient())
      fail('memory', 'enough for a gradient beside the weights', 'a refusal to grow');
    const all = Array.from({ length: rows }, (_, row) => row);
    this.#load(data, all);
    this.#exports.gradient(head ?? -1);
    return this.#parametersAt(this.#exports.gradientOffset());
  }

  order(rows: number, epoch: number): Uint32Array {
    if (!Number.isInteger(rows) || rows < 1 || rows >= 2 ** 31) fail('rows', 'an integer from 1 to 2^31 - 1', rows);
    if (!Number.isInteger(epoch) || epoch < 0 || (epoch + 1) * rows > 2 ** 32) {
      fail('epoch', `an integer from 0 with (epoch + 1) * ${rows} at most 2^32`, epoch);
    }
    const list = Uint32Array.from({ length: rows }, (_, row) => row);
    for (let i = rows - 1; i > 0; i--) {
      const j = this.#exports.draw(ORDER_STREAM, epoch * rows + i, i + 1);
      const moved = list[i];
      list[i] = list[j];
      list[j] = moved;
    }
    return list;
  }
}

/** Opens one network from the bytes of dense.wasm or a compiled module, with its initial weights; it serves one thread. */
export async function openDense(source: BufferSource | WebAssembly.Module, network: DenseNetwork): Promise<Dense> {
  checkDenseNetwork(network);
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const instance = await WebAssembly.instantiate(module, {});
  return new WasmDense(instance.exports as unknown as Exports, structuredClone(network));
}
