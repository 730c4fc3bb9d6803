// Losses of the heads, and their derivative by the last layer's sums, in f64 for each output.

import { exp, log1p } from "../math";
import {
  ADAM, BCE, HALF_MSE, headWeights, headWidths, heads, layerAt, layers, learningRate, loss, losses, optimizer, rows, sumOutputs,
  targetStride, targets,
} from "./network";

@inline function first(x: v128): f64 { return f64x2.extract_lane(x, 0); }

// e^-|z|, at least e^-700
@inline function decay(z: f64): f64 {
  return first(exp<f64>(f64x2.pmax(f64x2.splat(-abs<f64>(z)), f64x2.splat(-700))));
}

export function probability(z: f64): f64 {
  const e = decay(z);
  return z < 0 ? e / (1 + e) : 1 / (1 + e);
}

// Mean over the rows; mean or sum over a head's outputs. The derivative carries the head's weight and `factor`.
function measureHead(head: i32, at: usize, factor: f64): void {
  const layer = layerAt(layers - 1), width = load<i32>(headWidths + 4 * head);
  const share = (loss == HALF_MSE ? 0.5 : 1) / (<f64>rows * (sumOutputs ? 1 : <f64>width));
  const scale = factor * load<f64>(headWeights + 8 * head) * share * (loss == BCE ? 1 : 2);
  let sum: f64 = 0;
  for (let r = 0; r < rows; ++r) {
    const row = at + <usize>r * layer.outputStride;
    for (let i = 0; i < width; ++i) {
      const place = row + 4 * i, z = <f64>load<f32>(layer.output + place), y = <f64>load<f32>(targets + place);
      if (loss == BCE) {
        sum += max(z, 0) - y * z + first(log1p<f64>(f64x2.splat(decay(z))));
        store<f32>(layer.delta + place, <f32>((probability(z) - y) * scale));
      } else {
        sum += (z - y) * (z - y);
        store<f32>(layer.delta + place, <f32>((z - y) * scale));
      }
    }
  }
  sum *= share;
  store<f64>(losses + 8 * head, sum == sum ? sum : NaN);
}

// The learning rate goes into the derivative here, but for Adam and for collected gradients. `only` < 0: every head.
export function measureLosses(collecting: bool, only: i32): void {
  const factor = collecting || optimizer == ADAM ? 1 : learningRate;
  let at: usize = 0;
  for (let head = 0; head < heads; ++head) {
    measureHead(head, at, only < 0 || only == head ? factor : 0);
    at += 4 * <usize>load<i32>(headWidths + 4 * head);
  }
}
