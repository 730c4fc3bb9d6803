// Valid convolutions along a row: their values, the derivative below them and the descent of their weights.
// z[o][p] = b[o] + sum over c, k of w[o][c][k] x[c][p + k]; planes of channels lie `plane` bytes apart, their padding is zero.

import { activatePlanes } from "./activation";
import { Layer, collected, hasBias, kernel, layerAt, padded, panel, parameters, plane, positionsOf, rows, scaled } from "./network";
import { transposeAdd } from "./sum";

@inline function madd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

// Four planes z[o][p] = sum over c, k of panel[c][k][o] x[c][p + k]: tiles of 4 channels x 8 positions.
export function convolve(z: usize, x: usize, panel: usize, channels: i32, kernel: i32, positions: i32, plane: usize): void {
  const bytes = <usize>kernel * 4, end = z + <usize>padded(positions, 8) * 4;
  for (; z < end; z += 32, x += 32) {
    let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let p = panel, row = x;
    for (let c = 0; c < channels; ++c, row += plane) {
      for (let at = row, stop = row + bytes; at < stop; at += 4, p += 16) {
        const a = v128.load(at), b = v128.load(at, 16);
        let v = v128.load32_splat(p);
        a0 = madd(v, a, a0); b0 = madd(v, b, b0);
        v = v128.load32_splat(p, 4);
        a1 = madd(v, a, a1); b1 = madd(v, b, b1);
        v = v128.load32_splat(p, 8);
        a2 = madd(v, a, a2); b2 = madd(v, b, b2);
        v = v128.load32_splat(p, 12);
        a3 = madd(v, a, a3); b3 = madd(v, b, b3);
      }
    }
    const z1 = z + plane, z2 = z1 + plane, z3 = z2 + plane;
    v128.store(z, a0); v128.store(z, b0, 16);
    v128.store(z1, a1); v128.store(z1, b1, 16);
    v128.store(z2, a2); v128.store(z2, b2, 16);
    v128.store(z3, a3); v128.store(z3, b3, 16);
  }
}

// to[k][o] = sum over rows and p of g[o][p] x[p + k], four channels o, two k at a time; `bytes` of p are a multiple of 16.
export function correlate(to: usize, g: usize, x: usize, rows: i32, kernel: i32, bytes: usize, plane: usize, stride: usize): void {
  for (let k = 0; k < kernel; k += 2, x += 8, to += 32) {
    let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let g0 = g, from = x;
    for (let r = 0; r < rows; ++r, g0 += stride, from += stride) {
      const g1 = g0 + plane, g2 = g1 + plane, g3 = g2 + plane;
      for (let i: usize = 0; i < bytes; i += 16) {
        const a = v128.load(from + i), b = v128.load(from + i, 4);
        let v = v128.load(g0 + i);
        a0 = madd(v, a, a0); b0 = madd(v, b, b0);
        v = v128.load(g1 + i);
        a1 = madd(v, a, a1); b1 = madd(v, b, b1);
        v = v128.load(g2 + i);
        a2 = madd(v, a, a2); b2 = madd(v, b, b2);
        v = v128.load(g3 + i);
        a3 = madd(v, a, a3); b3 = madd(v, b, b3);
      }
    }
    v128.store(to, transposeAdd(a0, a1, a2, a3));
    if (k + 1 < kernel) v128.store(to, transposeAdd(b0, b1, b2, b3), 16);
  }
}

// panel[c][k][o] = w[o][c][k] of four channels o
function packForward(w: usize, inputs: i32, stride: usize): void {
  for (let i = 0, to = panel; i < inputs; ++i, to += 16, w += 4) {
    for (let o = 0; o < 4; ++o) store<f32>(to + 4 * o, load<f32>(w + <usize>o * stride));
  }
}

// panel[o][k][c] = w[o][c][kernel - 1 - k] of four channels c from `first`: the derivative below is a convolution, too.
function packBackward(layer: Layer, first: i32, channels: i32): void {
  let to = panel;
  for (let o = 0; o < layer.outputs; ++o) {
    const row = layer.weights + <usize>o * layer.inputStride;
    for (let k = kernel - 1; k >= 0; --k, to += 16) {
      for (let c = 0; c < 4; ++c) {
        store<f32>(to + 4 * c, first + c < channels ? load<f32>(row + 4 * ((first + c) * kernel + k)) : 0);
      }
    }
  }
}

// Layer `index` up.
export function ascend(index: i32): void {
  const layer = layerAt(index), below = layerAt(index - 1), channels = layer.inputs / kernel, positions = positionsOf(index);
  for (let o = 0; o < layer.outputs; o += 4) {
    packForward(layer.weights + <usize>o * layer.inputStride, layer.inputs, layer.inputStride);
    for (let r = 0; r < rows; ++r) {
      const offset = <usize>r * layer.outputStride;
      convolve(layer.output + offset + <usize>o * plane, below.output + offset, panel, channels, kernel, positions, plane);
    }
  }
  activatePlanes(index);
}

// The derivative by the sums, kernel - 1 zeros before each plane's and zeros after it: [rows][channels][positions].
function spreadDelta(layer: Layer, positions: i32): usize {
  const start = <usize>(kernel - 1) * 4, bytes = <usize>padded(positions, 4) * 4, used = <usize>positions * 4;
  memory.fill(scaled, 0, <usize>rows * layer.outputStride);
  for (let r = 0; r < rows; ++r) {
    for (let c = 0; c < layer.outputs; ++c) {
      const offset = <usize>r * layer.outputStride + <usize>c * plane, to = scaled + offset + start;
      const delta = layer.delta + offset, slopes = layer.slopes + offset;
      for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, f32x4.mul(v128.load(delta + i), v128.load(slopes + i)));
      memory.fill(to + used, 0, bytes - used);
    }
  }
  return scaled + start;
}

@inline function descendOne(at: usize, g: f32, collecting: bool): void {
  if (collecting) store<f32>(at + (collected - parameters), g);
  else store<f32>(at, load<f32>(at) - g);
}

// The four biases from `first`, whose derivatives are the sums of g.
function descendBias(layer: Layer, first: i32, g: usize, bytes: usize, collecting: bool): void {
  let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  for (let r = 0; r < rows; ++r, g += layer.outputStride) {
    for (let i = g, end = g + bytes; i < end; i += 16) {
      a0 = f32x4.add(a0, v128.load(i));
      a1 = f32x4.add(a1, v128.load(i + plane));
      a2 = f32x4.add(a2, v128.load(i + 2 * plane));
      a3 = f32x4.add(a3, v128.load(i + 3 * plane));
    }
  }
  v128.store(panel, transposeAdd(a0, a1, a2, a3));
  const count = min(4, layer.outputs - first);
  for (let o = 0; o < count; ++o) descendOne(layer.bias + 4 * (first + o), load<f32>(panel + 4 * o), collecting);
}

function descendWeights(layer: Layer, first: i32, x: usize, g: usize, bytes: usize, collecting: bool): void {
  const channels = layer.inputs / kernel, count = min(4, layer.outputs - first);
  for (let c = 0; c < channels; ++c) {
    correlate(panel + 16 * <usize>(c * kernel), g, x + <usize>c * plane, rows, kernel, bytes, plane, layer.outputStride);
  }
  for (let o = 0; o < count; ++o) {
    const row = layer.weights + <usize>(first + o) * layer.inputStride;
    for (let i = 0; i < layer.inputs; ++i) descendOne(row + 4 * i, load<f32>(panel + 16 * i + 4 * o), collecting);
  }
}

// Layer `index` down: first the derivative below it, then its weights and biases descend, or their gradient is collected.
export function descendConvolution(index: i32, collecting: bool): void {
  const layer = layerAt(index), below = layerAt(index - 1), channels = layer.inputs / kernel;
  const g = spreadDelta(layer, positionsOf(index)), bytes = <usize>padded(positionsOf(index), 4) * 4;
  for (let c = 0; c < channels; c += 4) {
    packBackward(layer, c, channels);
    for (let r = 0; r < rows; ++r) {
      const offset = <usize>r * layer.outputStride;
      convolve(
        below.delta + offset + <usize>c * plane, scaled + offset, panel, layer.outputs, kernel, positionsOf(index - 1), plane,
      );
    }
  }
  for (let o = 0; o < layer.outputs; o += 4) {
    const from = g + <usize>o * plane;
    descendWeights(layer, o, below.output, from, bytes, collecting);
    if (hasBias) descendBias(layer, o, from, bytes, collecting);
  }
}
