// What leaves the kernel: rows without their padding, every NaN with the same bits.

import { isConvolution, layerAt, layers, plane, positionsOf, scratch } from "./network";
import { probability } from "./loss";

@inline function canonical(x: f32): f32 { return x == x ? x : NaN; }

// [rows][width] numbers from rows that lie `stride` bytes apart; returns the address.
export function readRows(from: usize, rows: i32, width: i32, stride: usize): usize {
  let to = scratch;
  for (let r = 0; r < rows; ++r, from += stride) {
    for (let i = 0; i < width; ++i, to += 4) store<f32>(to, canonical(load<f32>(from + 4 * i)));
  }
  return scratch;
}

// [rows][outputs] probabilities of the last layer's sums.
export function readProbabilities(rows: i32): usize {
  const layer = layerAt(layers - 1);
  let to = scratch;
  for (let r = 0; r < rows; ++r) {
    const row = layer.output + <usize>r * layer.outputStride;
    for (let i = 0; i < layer.outputs; ++i, to += 4) store<f32>(to, canonical(<f32>probability(<f64>load<f32>(row + 4 * i))));
  }
  return scratch;
}

// Squared Euclidean distance of two rows' outputs of a layer, summed in f64.
export function distance(index: i32, r: i32, s: i32): f64 {
  const planes = isConvolution(index);
  const layer = layerAt(index), spans = planes ? layer.outputs : 1, width = planes ? positionsOf(index) : layer.outputs;
  let a = layer.output + <usize>r * layer.outputStride, b = layer.output + <usize>s * layer.outputStride;
  let sum: f64 = 0;
  for (let c = 0; c < spans; ++c, a += plane, b += plane) {
    for (let i = 0; i < width; ++i) {
      const d = <f64>load<f32>(a + 4 * i) - <f64>load<f32>(b + 4 * i);
      sum += d * d;
    }
  }
  return sum == sum ? sum : NaN;
}
