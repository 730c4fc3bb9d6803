// The anchor of the cross-check: the same BERT in plain float64 loops (Devlin et al. 2018; Vaswani et al. 2017, eq. 1), gradients by central differences.

import {
  ADAPTER_SCALE,
  CLASSES,
  LABELS,
  LEARNING_RATE,
  MODEL,
  modelInput,
  modelWeights,
  PARAMETERS,
  STEPS,
} from './crosscheck-model.ts';
import type { BertInput } from './encoder.ts';
import { weightShapes } from './weights.ts';

type Row = Float64Array; // one type everywhere keeps the loops fast

/** x [rows, inner] times w [inner, columns], all row-major. */
export function product(x: Row, w: Row, inner: number): Float64Array {
  const [rows, columns] = [x.length / inner, w.length / inner];
  const y = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const value = x[i * inner + k];
      for (let j = 0; j < columns; j++) y[i * columns + j] += value * w[k * columns + j];
    }
  }
  return y;
}

/** [rows, columns] to [columns, rows]. */
export function transposed(x: Row, columns: number): Float64Array {
  const rows = x.length / columns;
  return Float64Array.from({ length: x.length }, (_, at) => x[(at % rows) * columns + Math.floor(at / rows)]);
}

/** y[i] + bias[i mod its length]. */
export function plus(y: Float64Array, bias: Float64Array): Float64Array {
  const sum = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) sum[i] = y[i] + bias[i % bias.length];
  return sum;
}

export function softmax(x: Row, width: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += width) {
    let most = -Infinity;
    for (let i = at; i < at + width; i++) most = Math.max(most, x[i]);
    let sum = 0;
    for (let i = at; i < at + width; i++) sum += y[i] = Math.exp(x[i] - most);
    for (let i = at; i < at + width; i++) y[i] /= sum;
  }
  return y;
}

/** Ba, Kiros and Hinton 2016, eq. 4. */
export function layerNorm(x: Row, scale: Row, shift: Row, epsilon: number): Float64Array {
  const width = scale.length;
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += width) {
    let mean = 0;
    for (let i = 0; i < width; i++) mean += x[at + i] / width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += (x[at + i] - mean) ** 2 / width;
    for (let i = 0; i < width; i++)
      y[at + i] = ((x[at + i] - mean) / Math.sqrt(variance + epsilon)) * scale[i] + shift[i];
  }
  return y;
}

/** By its series up to 2.5, beyond by the continued fraction of erfc (Abramowitz and Stegun 7.1.5, 7.1.14). */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let n = 1; Math.abs(term) > 1e-18; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = z;
  for (let k = 120; k > 0; k--) fraction = z + k / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction);
}

export const gelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2;

export interface Reference {
  lastHidden: Float64Array; // [batch, length, hidden], 0 at padding
  pooled: Float64Array; // [batch, hidden]
  loss: number; // mean cross-entropy
}

/** Opens the model; the function takes all parameters, in the order of PARAMETERS. */
export function openReference(): (parameters: Row) => Reference {
  const weights = new Map([...modelWeights()].map(([name, values]) => [name, Float64Array.from(values)]));
  const dense = new Map<string, Row>(); // [inputs, outputs]
  for (const [name, [, inputs]] of weightShapes(MODEL, true)) {
    if (inputs !== undefined) dense.set(name.slice(0, -'.weight'.length), transposed(weights.get(name)!, inputs));
  }
  const { hidden_size: hidden, layer_norm_eps: epsilon } = MODEL;
  const input = modelInput();
  const embedded = embed(input, weights);

  const trained = new Set(PARAMETERS.map(({ name }) => name));

  return (parameters) => {
    const parameter = (name: string): Row => {
      const { at, shape } = PARAMETERS.find((each) => each.name === name)!;
      return parameters.subarray(at, at + shape[0] * shape[1]);
    };
    const apply = (name: string, x: Row, inputs = hidden): Float64Array => {
      const y = plus(product(x, dense.get(name)!, inputs), weights.get(`${name}.bias`)!);
      if (!trained.has(`${name}.A`)) return y;
      const a = parameter(`${name}.A`);
      const delta = product(product(x, a, hidden), parameter(`${name}.B`), a.length / hidden);
      for (let i = 0; i < y.length; i++) y[i] += ADAPTER_SCALE * delta[i];
      return y;
    };
    const norm = (name: string, x: Row): Float64Array =>
      layerNorm(x, weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!, epsilon);

    let x = norm('embeddings.LayerNorm', embedded);
    for (let layer = 0; layer < MODEL.num_hidden_layers; layer++) {
      const at = `encoder.layer.${layer}`;
      const [q, k, v] = ['query', 'key', 'value'].map((part) => apply(`${at}.attention.self.${part}`, x));
      const mixed = attend(q, k, v, input);
      const attended = norm(`${at}.attention.output.LayerNorm`, plus(x, apply(`${at}.attention.output.dense`, mixed)));
      const widened = apply(`${at}.intermediate.dense`, attended).map(gelu);
      x = norm(`${at}.output.LayerNorm`, plus(attended, apply(`${at}.output.dense`, widened, MODEL.intermediate_size)));
    }
    const first = Float64Array.from(
      { length: input.batch * hidden },
      (_, i) => x[Math.floor(i / hidden) * input.length * hidden + (i % hidden)],
    );
    const pooled = apply('pooler.dense', first).map(Math.tanh);
    const chances = softmax(plus(product(pooled, parameter('head.weight'), hidden), parameter('head.bias')), CLASSES);
    const loss = -LABELS.reduce((sum, label, row) => sum + Math.log(chances[row * CLASSES + label]), 0) / LABELS.length;
    const lastHidden = x.map((value, i) => value * input.mask[Math.floor(i / hidden)]);
    return { lastHidden, pooled, loss };
  };
}

function embed({ ids, typeIds, length }: BertInput, weights: Map<string, Row>): Float64Array {
  const hidden = MODEL.hidden_size;
  const table = (name: string, row: number, i: number): number =>
    weights.get(`embeddings.${name}_embeddings.weight`)![row * hidden + i];
  return Float64Array.from({ length: ids.length * hidden }, (_, at) => {
    const [token, i] = [Math.floor(at / hidden), at % hidden];
    return table('word', ids[token], i) + table('position', token % length, i) + table('token_type', typeIds[token], i);
  });
}

/** softmax(q k^T / sqrt(width)) v for each text and head, over the tokens that are not padding. */
function attend(q: Row, k: Row, v: Row, { batch, length, mask }: BertInput): Float64Array {
  const { hidden_size: hidden, num_attention_heads: heads } = MODEL;
  const width = hidden / heads;
  const mixed = new Float64Array(q.length);
  const scores = new Float64Array(length);
  for (let text = 0; text < batch; text++) {
    for (let head = 0; head < heads; head++) {
      const base = (token: number): number => (text * length + token) * hidden + head * width;
      for (let query = 0; query < length; query++) {
        for (let key = 0; key < length; key++) {
          let dot = 0;
          for (let i = 0; i < width; i++) dot += q[base(query) + i] * k[base(key) + i];
          scores[key] = mask[text * length + key] === 0 ? -Infinity : dot / Math.sqrt(width);
        }
        const attention = softmax(scores, length);
        for (let key = 0; key < length; key++) {
          for (let i = 0; i < width; i++) mixed[base(query) + i] += attention[key] * v[base(key) + i];
        }
      }
    }
  }
  return mixed;
}

const DIFFERENCE = 1e-4; // error of a central difference: its square times a third derivative, about 1e-9 here

/** Gradient of the loss by central differences. */
export function gradient(model: (parameters: Row) => Reference, parameters: Float64Array): Float64Array {
  return parameters.map((_, i) => {
    const moved = (by: number): number => model(parameters.with(i, parameters[i] + by)).loss;
    return (moved(DIFFERENCE) - moved(-DIFFERENCE)) / (2 * DIFFERENCE);
  });
}

export interface Trajectory {
  gradient: Float64Array; // at the start
  parameters: Float64Array[]; // after each step
}

/** Plain gradient descent from `start`. */
export function descend(model: (parameters: Row) => Reference, start: ArrayLike<number>): Trajectory {
  let now = Float64Array.from(start);
  const first = gradient(model, now);
  const parameters: Float64Array[] = [];
  for (let step = 0; step < STEPS; step++) {
    const slope = step === 0 ? first : gradient(model, now);
    now = now.map((value, i) => value - LEARNING_RATE * slope[i]);
    parameters.push(now);
  }
  return { gradient: first, parameters };
}
