// The meaning: plain f64 loops over rows, units and weights, as docs/method.md defines training.
import type { Backend, TrainedBlock, TrainRequest } from './backend.ts';
import type { NcnetCell } from './cell.ts';
import { sigmoid, softplusOfMinus, sqrt, tanh } from './elementary.ts';
import { drawEpochOrder, drawTrainingRows, initialDraw } from './philox.ts';

/** Where parameters lie: per unit b, w_0..w_{d-1}, wa, wb; then ba, bb. `separate` has n units per head. */
function layout(cell: NcnetCell) {
  const units = cell.sharing === 'separate' ? 2 * cell.hidden : cell.hidden;
  const stride = cell.inputs + 3;
  return { units, stride, parameters: units * stride + 2, headA: cell.inputs + 1, headB: cell.inputs + 2 };
}

/** Which heads unit u serves, and which heads' losses train its hidden weights. */
function roles(cell: NcnetCell, unit: number) {
  const separate = cell.sharing === 'separate';
  const servesA = !separate || unit < cell.hidden;
  const servesB = !separate || unit >= cell.hidden;
  const trains = cell.sharing !== 'frozen';
  return {
    servesA,
    servesB,
    trainedByA: trains && servesA,
    trainedByB: trains && servesB && cell.sharing !== 'only-a',
  };
}

/** Initial weights are single-precision numbers on every backend: f32(u) * f32(gain / sqrt(fan in)). */
export function initialWeights(cell: NcnetCell, replica: number, restart: number): Float64Array {
  const { units, stride, parameters, headA } = layout(cell);
  const hiddenScale = Math.fround(cell.gain / sqrt(cell.inputs));
  const headScale = Math.fround(cell.gain / sqrt(cell.hidden));
  const weights = new Float64Array(parameters);
  for (let p = 0; p < parameters; p++) {
    const unit = p < units * stride ? (p / stride) | 0 : -1;
    const place = p - unit * stride;
    const isHead = unit < 0 || place >= headA;
    if (unit >= 0 && isHead) {
      const { servesA, servesB } = roles(cell, unit);
      if (!(place === headA ? servesA : servesB)) continue;
    }
    weights[p] = Math.fround(initialDraw(cell, replica, restart, p) * (isHead ? headScale : hiddenScale));
  }
  return weights;
}

/** One network and its optimiser state; methods take rows of the truth table. */
export class Trainer {
  readonly shape: ReturnType<typeof layout>;
  readonly weights: Float64Array;
  readonly gradient: Float64Array; // of the summed loss
  readonly onlyA: Float64Array; // of head A's loss alone, on the hidden layer, for the cosine
  readonly onlyB: Float64Array;
  private readonly hidden: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private power1 = 1;
  private power2 = 1;

  readonly cell: NcnetCell;
  readonly request: TrainRequest;

  constructor(cell: NcnetCell, request: TrainRequest, replica: number) {
    this.cell = cell;
    this.request = request;
    this.shape = layout(cell);
    this.weights = initialWeights(cell, replica, request.restart);
    const { parameters, units } = this.shape;
    this.gradient = new Float64Array(parameters);
    this.onlyA = new Float64Array(parameters);
    this.onlyB = new Float64Array(parameters);
    this.hidden = new Float64Array(units);
    this.first = new Float64Array(parameters);
    this.second = new Float64Array(parameters);
  }

  input(row: number, index: number): number {
    const bit = (row >> index) & 1;
    return this.cell.coding === 'pm' ? 2 * bit - 1 : bit;
  }

  /** Linear outputs [a, b] of both heads; leaves the hidden activations in `this.hidden`. */
  forward(row: number): [number, number] {
    const { units, stride, parameters, headA, headB } = this.shape;
    const w = this.weights;
    let a = w[parameters - 2];
    let b = w[parameters - 1];
    for (let u = 0; u < units; u++) {
      const at = u * stride;
      let z = w[at];
      for (let i = 0; i < this.cell.inputs; i++) z += w[at + 1 + i] * this.input(row, i);
      const h =
        this.cell.activation === 'relu' ? (z > 0 ? z : 0) : this.cell.activation === 'tanh' ? tanh(z) : sigmoid(z);
      this.hidden[u] = h;
      a += w[at + headA] * h;
      b += w[at + headB] * h;
    }
    return [a, b];
  }

  /** Mean loss of each head over the rows. */
  loss(rows: readonly number[]): [number, number] {
    const sum: [number, number] = [0, 0];
    for (const row of rows) {
      const outputs = this.forward(row);
      for (const head of [0, 1] as const) {
        const target = (head === 0 ? this.request.alice : this.request.bob)[row];
        const o = outputs[head];
        sum[head] += this.cell.loss === 'bce' ? softplusOfMinus(target === 1 ? o : -o) : (o - target) * (o - target);
      }
    }
    return [sum[0] / rows.length, sum[1] / rows.length];
  }

  /** Gradients of the mean losses over the rows, into gradient, onlyA, onlyB. */
  backward(rows: readonly number[]): void {
    const { cell, shape, weights: w, gradient } = this;
    const { units, stride, parameters, headA, headB } = shape;
    gradient.fill(0);
    this.onlyA.fill(0);
    this.onlyB.fill(0);
    for (const row of rows) {
      const [a, b] = this.forward(row);
      const slope = (o: number, t: number) => (cell.loss === 'bce' ? sigmoid(o) - t : 2 * (o - t)) / rows.length;
      const deltaA = slope(a, this.request.alice[row]);
      const deltaB = slope(b, this.request.bob[row]);
      gradient[parameters - 2] += deltaA;
      gradient[parameters - 1] += deltaB;
      for (let u = 0; u < units; u++) {
        const at = u * stride;
        const h = this.hidden[u];
        const { servesA, servesB, trainedByA, trainedByB } = roles(cell, u);
        if (servesA) gradient[at + headA] += deltaA * h;
        if (servesB) gradient[at + headB] += deltaB * h;
        const derivative =
          cell.activation === 'relu' ? (h > 0 ? 1 : 0) : cell.activation === 'tanh' ? 1 - h * h : h * (1 - h);
        const fromA = deltaA * w[at + headA] * derivative;
        const fromB = deltaB * w[at + headB] * derivative;
        for (let p = 0; p <= cell.inputs; p++) {
          const x = p === 0 ? 1 : this.input(row, p - 1);
          this.onlyA[at + p] += fromA * x;
          this.onlyB[at + p] += fromB * x;
          gradient[at + p] += ((trainedByA ? fromA : 0) + (trainedByB ? fromB : 0)) * x;
        }
      }
    }
  }

  /** Cosine of the two heads' gradients on the hidden layer; 0 where one of them vanishes. */
  cosine(): number {
    let dot = 0;
    let a2 = 0;
    let b2 = 0;
    for (let p = 0; p < this.onlyA.length; p++) {
      dot += this.onlyA[p] * this.onlyB[p];
      a2 += this.onlyA[p] * this.onlyA[p];
      b2 += this.onlyB[p] * this.onlyB[p];
    }
    const norm = sqrt(a2) * sqrt(b2);
    return norm > 0 ? dot / norm : 0;
  }

  /** One optimiser step along the current gradient. */
  update(): void {
    const { optimizer, learningRate } = this.cell;
    this.power1 *= 0.9;
    this.power2 *= 0.999;
    for (let p = 0; p < this.weights.length; p++) {
      const g = this.gradient[p];
      if (optimizer === 'gd') {
        this.weights[p] -= learningRate * g;
      } else if (optimizer === 'momentum') {
        this.first[p] = 0.9 * this.first[p] + g;
        this.weights[p] -= learningRate * this.first[p];
      } else {
        this.first[p] = 0.9 * this.first[p] + 0.1 * g;
        this.second[p] = 0.999 * this.second[p] + 0.001 * g * g;
        const mean = this.first[p] / (1 - this.power1);
        const square = this.second[p] / (1 - this.power2);
        this.weights[p] -= (learningRate * mean) / (sqrt(square) + 1e-8);
      }
    }
  }
}

function trainReplica(cell: NcnetCell, request: TrainRequest, index: number, block: TrainedBlock): void {
  const replica = request.firstReplica + index;
  const trainer = new Trainer(cell, request, replica);
  const rows = drawTrainingRows(cell, replica);
  const half = Math.floor(cell.steps / 2);
  let before: [number, number] = [0, 0];
  let order: number[] = rows;
  let cosine = 0;
  let probed = 0;
  for (let step = 0; step < cell.steps; step++) {
    if (cell.lossSteps === 'all' || (cell.lossSteps === 'half' && step >= half - 1)) {
      const now = trainer.loss(rows);
      const compared = step >= 1 && (cell.lossSteps === 'all' || step >= half);
      const rose = [compared && now[0] > before[0], compared && now[1] > before[1]];
      if (block.rises !== null) for (const head of [0, 1]) block.rises[2 * index + head] += Number(rose[head]);
      if (compared && step >= half) block.lossStep![4 * index + 2 * Number(rose[0]) + Number(rose[1])]++;
      before = now;
    }
    if (cell.cosine && step % 10 === 0 && step >= half) {
      trainer.backward(rows);
      cosine += trainer.cosine();
      probed++;
    }
    if (cell.batch === 1) {
      const place = step % rows.length;
      if (place === 0) order = drawEpochOrder(cell, rows, replica, request.restart, step / rows.length);
      trainer.backward([order[place]]);
    } else {
      trainer.backward(rows);
    }
    trainer.update();
  }
  block.weights.set(trainer.weights, index * block.parameters);
  const allRows = 2 ** cell.inputs;
  for (let row = 0; row < allRows; row++) {
    const linear = trainer.forward(row);
    for (const head of [0, 1]) {
      const at = 2 * (index * allRows + row) + head;
      block.logits[at] = linear[head];
      block.outputs[at] = cell.loss === 'bce' ? sigmoid(linear[head]) : linear[head];
    }
  }
  block.losses.set(trainer.loss(rows), 2 * index);
  for (const row of rows) block.trainingRows[index * allRows + row] = 1;
  if (block.cosine !== null) block.cosine[index] = cosine / Math.max(probed, 1);
}

export const referenceBackend: Backend = {
  name: 'reference',
  train(cell, request) {
    const { replicas } = request;
    const { parameters } = layout(cell);
    const rows = 2 ** cell.inputs;
    const block: TrainedBlock = {
      parameters,
      weights: new Float64Array(replicas * parameters),
      logits: new Float64Array(replicas * rows * 2),
      outputs: new Float64Array(replicas * rows * 2),
      losses: new Float64Array(replicas * 2),
      trainingRows: new Uint8Array(replicas * rows),
      lossStep: cell.lossSteps === 'none' ? null : new Uint32Array(replicas * 4),
      rises: cell.lossSteps === 'all' ? new Uint32Array(replicas * 2) : null,
      cosine: cell.cosine ? new Float64Array(replicas) : null,
    };
    for (let index = 0; index < replicas; index++) trainReplica(cell, request, index, block);
    return block;
  },
  initialWeights(cell, { firstReplica, replicas, restart }) {
    const { parameters } = layout(cell);
    const weights = new Float64Array(replicas * parameters);
    for (let i = 0; i < replicas; i++) weights.set(initialWeights(cell, firstReplica + i, restart), i * parameters);
    return weights;
  },
};
