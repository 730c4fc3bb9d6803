// One pass up, one pass down: every layer's weights descend as soon as the derivative below them is known.

import { activateLayer } from "./activation";
import { ascend, descendConvolution } from "./convolution";
import { openMasks, thinDelta, thinInput } from "./dropout";
import { measureLosses } from "./loss";
import {
  ADAM, COLLECT, GD, Layer, MOMENTUM, dropout, hasBias, isConvolution, layerAt, layers, optimizer, padded, panel, rows, scaled, skip,
} from "./network";
import { beside, descend, nextRate } from "./optimizer";
import { backwardProduct, forwardProduct } from "./product";
import {
  collect, sweepAdam, sweepCollect, sweepFourAdam, sweepFourCollect, sweepFourGd, sweepFourMomentum, sweepGd, sweepMomentum, updateAdam,
  updateGd, updateMomentum,
} from "./update";

export function forward(thinned: bool): void {
  for (let l = 0; l < layers; ++l) {
    if (isConvolution(l)) {
      ascend(l);
      continue;
    }
    const layer = layerAt(l);
    if (thinned) thinInput(layer);
    forwardProduct(
      layer.output, thinned ? layer.fed : layer.input, layer.weights, padded(rows, rows > 2 ? 4 : 2), padded(layer.outputs, 4),
      layer.inputBytes, layer.outputStride, layer.inputStride, layer.inputStride,
    );
    activateLayer(l);
  }
}

// The derivative by the layer's sums. A sweep multiplies the rows that pad the batch by zero: they are zero, not another
// layer's leftovers, so that no infinity and no sign of a zero comes from them.
function scaleDelta(layer: Layer, index: i32): usize {
  if (index == layers - 1) return layer.delta;
  memory.fill(scaled + <usize>rows * layer.outputStride, 0, <usize>(padded(rows, 4) - rows) * layer.outputStride);
  for (let r = 0; r < rows; ++r) {
    const offset = <usize>r * layer.outputStride;
    for (let i = offset; i < offset + layer.outputBytes; i += 16) {
      v128.store(scaled + i, f32x4.mul(v128.load(layer.delta + i), v128.load(layer.slopes + i)));
    }
  }
  return scaled;
}

// The derivative by a layer's outputs starts at zero, or at what the skip brings from two layers above.
function startDelta(index: i32): void {
  const layer = layerAt(index), bytes = <usize>padded(rows, 4) * layer.outputStride;
  if (skip && index + 2 < layers - 1) memory.copy(layer.delta, layerAt(index + 2).delta, bytes);
  else memory.fill(layer.delta, 0, bytes);
}

@inline function updateBias(kind: i32, layer: Layer, g: usize): void {
  for (let i: usize = 0; i < layer.outputBytes; i += 16) {
    let sum = v128.load(g + i);
    for (let r = 1; r < rows; ++r) sum = f32x4.add(sum, v128.load(g + i + <usize>r * layer.outputStride));
    descend(kind, layer.bias + i, beside(kind), v128.load(layer.bias + i), sum);
  }
}

@inline function updateLayer(kind: i32, layer: Layer, g: usize): void {
  const w = layer.weights, x = layer.fed, outputs = padded(layer.outputs, 4), bytes = layer.inputBytes;
  const stride = layer.inputStride, strideG = layer.outputStride;
  if (kind == GD) updateGd(w, x, g, panel, rows, outputs, bytes, stride, stride, strideG);
  else if (kind == MOMENTUM) updateMomentum(w, x, g, panel, rows, outputs, bytes, stride, stride, strideG);
  else if (kind == ADAM) updateAdam(w, x, g, panel, rows, outputs, bytes, stride, stride, strideG);
  else collect(w, x, g, panel, rows, outputs, bytes, stride, stride, strideG);
}

@inline function sweepLayer(kind: i32, layer: Layer, d: usize, g: usize): void {
  const w = layer.weights, x = layer.fed, outputs = padded(layer.outputs, 4), bytes = layer.inputBytes;
  const stride = layer.inputStride, strideG = layer.outputStride;
  if (rows <= 2) {
    if (kind == GD) sweepGd(w, d, x, g, outputs, bytes, stride, stride, strideG);
    else if (kind == MOMENTUM) sweepMomentum(w, d, x, g, outputs, bytes, stride, stride, strideG);
    else if (kind == ADAM) sweepAdam(w, d, x, g, outputs, bytes, stride, stride, strideG);
    else sweepCollect(w, d, x, g, outputs, bytes, stride, stride, strideG);
  } else if (kind == GD) sweepFourGd(w, d, x, g, outputs, bytes, stride, stride, strideG);
  else if (kind == MOMENTUM) sweepFourMomentum(w, d, x, g, outputs, bytes, stride, stride, strideG);
  else if (kind == ADAM) sweepFourAdam(w, d, x, g, outputs, bytes, stride, stride, strideG);
  else sweepFourCollect(w, d, x, g, outputs, bytes, stride, stride, strideG);
}

@inline function backward(kind: i32): void {
  for (let l = layers - 1; l >= 0; --l) {
    if (isConvolution(l)) {
      descendConvolution(l, kind == COLLECT);
      continue;
    }
    const layer = layerAt(l), g = scaleDelta(layer, l);
    if (l == 0) {
      updateLayer(kind, layer, g);
    } else {
      const d = layerAt(l - 1).delta;
      startDelta(l - 1);
      if (rows <= 4) {
        sweepLayer(kind, layer, d, g);
      } else {
        backwardProduct(
          d, g, layer.weights, panel, padded(rows, 4), padded(layer.outputs, 4), layer.inputBytes, layer.inputStride,
          layer.outputStride, layer.inputStride,
        );
        updateLayer(kind, layer, g);
      }
      if (dropout > 0) thinDelta(l);
    }
    if (hasBias) updateBias(kind, layer, g);
  }
}

// Step t on the batch in memory; the hidden activations and losses left behind are those of the weights before it.
export function step(t: u32): void {
  openMasks(t);
  forward(dropout > 0);
  measureLosses(false, -1);
  if (optimizer == GD) {
    backward(GD);
  } else if (optimizer == MOMENTUM) {
    backward(MOMENTUM);
  } else {
    nextRate();
    backward(ADAM);
  }
}

// The gradient of one head's weighted loss, or of their sum (head < 0), without dropout.
export function gradient(head: i32): void {
  forward(false);
  measureLosses(true, head);
  backward(COLLECT);
}
