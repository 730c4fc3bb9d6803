// The hidden units' activation and its derivative, in place on the sums of a layer.

import { sigmoid, tanh } from "../math";
import {
  ELU, LEAKY_RELU, LINEAR, Layer, RELU, SIGMOID, SWISH, TANH, activation, hasBias, layerAt, layers, padded,
  plane, positionsOf, rows, skip,
} from "./network";

@inline function one(): v128 { return f32x4.splat(1); }
@inline function zero(): v128 { return i32x4.splat(0); }

// e^z - 1 for z <= 0 without cancellation: 2 t / (1 - t), t = tanh(z / 2)
@inline function expMinusOne(z: v128): v128 {
  const t = tanh<f32>(f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.div(f32x4.add(t, t), f32x4.sub(one(), t));
}

// A NaN goes through every one of them.
@inline function activate(kind: i32, z: v128): v128 {
  if (kind == RELU) return v128.bitselect(zero(), z, f32x4.lt(z, zero()));
  if (kind == LEAKY_RELU) return v128.bitselect(f32x4.mul(z, f32x4.splat(0.01)), z, f32x4.lt(z, zero()));
  if (kind == TANH) return tanh<f32>(z);
  if (kind == SIGMOID) return sigmoid<f32>(z);
  if (kind == ELU) return v128.bitselect(expMinusOne(z), z, f32x4.lt(z, zero()));
  if (kind == SWISH) return f32x4.mul(z, sigmoid<f32>(z));
  return z;
}

// The derivative from the sum z and the value a; at 0 the left one, as in torch.
@inline function slope(kind: i32, z: v128, a: v128): v128 {
  if (kind == RELU) return v128.and(one(), f32x4.gt(z, zero()));
  if (kind == LEAKY_RELU) return v128.bitselect(one(), f32x4.splat(0.01), f32x4.gt(z, zero()));
  if (kind == TANH) return f32x4.sub(one(), f32x4.mul(a, a));
  if (kind == SIGMOID) return f32x4.sub(a, f32x4.mul(a, a));
  if (kind == ELU) return v128.bitselect(f32x4.add(a, one()), one(), f32x4.lt(z, zero()));
  if (kind == SWISH) {
    const s = sigmoid<f32>(z);
    return f32x4.add(s, f32x4.mul(a, f32x4.sub(one(), s)));
  }
  return one();
}

@inline function addInto(at: usize, from: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 16, from += 16) v128.store(at, f32x4.add(v128.load(at), v128.load(from)));
}

// The padding of a row is zero again after an activation that does not map 0 to 0.
@inline function clearPadding(layer: Layer, row: usize): void {
  const used = <usize>layer.outputs * 4;
  memory.fill(row + used, 0, layer.outputBytes - used);
}

@inline function activateBy(kind: i32, layer: Layer): void {
  const bytes = <usize>padded(layer.outputs, 4) * 4, bias = layer.bias;
  for (let r = 0; r < rows; ++r) {
    const row = layer.output + <usize>r * layer.outputStride, slopes = layer.slopes + <usize>r * layer.outputStride;
    for (let i: usize = 0; i < bytes; i += 16) {
      const z = f32x4.add(v128.load(row + i), v128.load(bias + i)), a = activate(kind, z);
      v128.store(row + i, a);
      v128.store(slopes + i, slope(kind, z, a));
    }
    if (kind == SIGMOID) clearPadding(layer, row);
  }
}

// The same for the planes of a convolution, one bias a channel; what lies beyond the last position is zero again.
@inline function activatePlanesBy(kind: i32, layer: Layer, positions: i32): void {
  const bytes = <usize>padded(positions, 4) * 4, used = <usize>positions * 4;
  for (let r = 0; r < rows; ++r) {
    for (let c = 0; c < layer.outputs; ++c) {
      const offset = <usize>r * layer.outputStride + <usize>c * plane, bias = v128.load32_splat(layer.bias + 4 * c);
      const at = layer.output + offset, slopes = layer.slopes + offset;
      for (let i: usize = 0; i < bytes; i += 16) {
        const z = f32x4.add(v128.load(at + i), bias), a = activate(kind, z);
        v128.store(at + i, a);
        v128.store(slopes + i, slope(kind, z, a));
      }
      memory.fill(at + used, 0, plane - used);
    }
  }
}

@inline function activateAs(kind: i32, planes: bool, layer: Layer, positions: i32): void {
  if (planes) activatePlanesBy(kind, layer, positions);
  else activateBy(kind, layer);
}

@inline function activateAll(planes: bool, layer: Layer, positions: i32): void {
  if (activation == RELU) activateAs(RELU, planes, layer, positions);
  else if (activation == LEAKY_RELU) activateAs(LEAKY_RELU, planes, layer, positions);
  else if (activation == TANH) activateAs(TANH, planes, layer, positions);
  else if (activation == SIGMOID) activateAs(SIGMOID, planes, layer, positions);
  else if (activation == ELU) activateAs(ELU, planes, layer, positions);
  else if (activation == SWISH) activateAs(SWISH, planes, layer, positions);
  else activateAs(LINEAR, planes, layer, positions);
}

export function activatePlanes(index: i32): void {
  activateAll(true, layerAt(index), positionsOf(index));
}

// Layer `index` after its product: bias, activation and its slopes, then the skip over two layers: a += a two layers below.
export function activateLayer(index: i32): void {
  const layer = layerAt(index);
  if (index == layers - 1) {
    for (let r = 0; hasBias && r < rows; ++r) addInto(layer.output + <usize>r * layer.outputStride, layer.bias, layer.outputBytes);
    return;
  }
  activateAll(false, layer, 0);
  if (!skip || index < 2) return;
  const below = layerAt(index - 2);
  for (let r = 0; r < rows; ++r) {
    const offset = <usize>r * layer.outputStride;
    addInto(layer.output + offset, below.output + offset, layer.outputBytes);
  }
}
