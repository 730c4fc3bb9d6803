// Dropout before every dense map, the first included: an input stays with probability 1 - p and is divided by it.

import { philox } from "../philox";
import { Layer, dropout, layerAt, replica, restart, rows, seed } from "./network";

// Word `place` of step t has the counter (place / 4, replica, DROPOUT + 16 t, restart); streams 0 to 2 are the other kernel's.
const DROPOUT: u32 = 3;
let step: u32, place: u32, at: usize;

export function openMasks(t: u32): void {
  step = t;
  place = 0;
}

function nextWord(): u32 {
  if ((place & 3) == 0) at = philox(place >> 2, replica, DROPOUT + (step << 4), restart, seed, 0);
  return load<u32>(at + 16 * (place++ & 3));
}

function drawMask(layer: Layer): void {
  const keep = <f32>(1 / (1 - dropout)), below = <u32>(dropout * 4294967296.0);
  for (let r = 0; r < rows; ++r) {
    const row = layer.mask + <usize>r * layer.inputStride;
    for (let i = 0; i < layer.inputs; ++i) store<f32>(row + 4 * i, nextWord() < below ? 0 : keep);
  }
}

// to[r][i] = from[r][i] mask[r][i]
function multiply(layer: Layer, to: usize, from: usize): void {
  const bytes = <usize>rows * layer.inputStride;
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, f32x4.mul(v128.load(from + i), v128.load(layer.mask + i)));
}

export function thinInput(layer: Layer): void {
  drawMask(layer);
  multiply(layer, layer.fed, layer.input);
}

// The derivative by the unthinned input of layer `index`.
export function thinDelta(index: i32): void {
  const delta = layerAt(index - 1).delta;
  multiply(layerAt(index), delta, delta);
}
