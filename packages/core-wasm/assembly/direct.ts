// The direct form, pre-activations row by row: evaluation with one input or in double precision, and training in double
// precision, in slots (all rows, or one row a lane).

import { activate, slope } from "./activation";
import { shuffle } from "./begin";
import { sigmoid } from "./math";
import {
  FROZEN, ONLY_A, RELU, SEPARATE,
  activation, activations, batch1, cosineFrom, deltas, gradients, headBias, inputs, logits, lossFrom, mse,
  orderCodes, parameters, partial, product, rows, sharing, slots, stepActivations, stepLogits, stepSlot, stride,
  trainCount,
} from "./network";
import { update } from "./optimizer";
import { observe } from "./probes";
import { evaluateProduct } from "./product";
import { restoreWeights, scaleWeights } from "./scale";
import { fillSlot, scaleFor, slotSize } from "./slots";
import { add, bitMask, madd, mul, splat, sub, zero } from "./vector";

@inline function forward<T>(count: i32, x0: usize, h0: usize, l0: usize): void {
  const kind = activation, w = parameters, end = headBias, size = slotSize(), unitBytes = stride, last = <usize>inputs * 16;
  const across = <usize>count * 16, biasA = v128.load(end), biasB = v128.load(end, 16);
  for (let x = x0, h1 = h0, l = l0; l < l0 + 2 * across; x += size, h1 += 16, l += 32) {
    let a = biasA, b = biasB;
    for (let u = w, h = h1; u < end; u += unitBytes, h += across) {
      let z = v128.load(u);
      for (let i: usize = 0; i < last; i += 16) z = madd<T>(v128.load(u + i, 16), v128.load(x + i), z);
      const value = activate<T>(z, kind), head = u + last;
      v128.store(h, value);
      a = madd<T>(v128.load(head, 16), value, a);
      b = madd<T>(v128.load(head, 32), value, b);
    }
    v128.store(l, a);
    v128.store(l, b, 16);
  }
}

// sign sigma(sign A), sign + for target 0: no cancellation in sigma(A) - t.
@inline function headDelta(logit: v128, sign: v128, scale: v128): v128 {
  if (mse) return mul<f64>(sub<f64>(logit, v128.and(splat<f64>(1), bitMask<f64>(sign, 63))), scale);
  return mul<f64>(v128.xor(sigmoid<f64>(v128.xor(logit, sign)), sign), scale);
}

// The gradient of the slots' mean loss, into the gradient buffer.
@inline function backward(count: i32, x0: usize, h0: usize, l0: usize): void {
  const kind = activation, w = parameters, end = headBias, size = slotSize(), unitBytes = stride, last = <usize>inputs * 16, share = sharing;
  const across = <usize>count * 16, d0 = deltas, terms = partial;
  let sumA = zero(), sumB = zero();
  for (let x = x0 + last, l = l0, d = d0; l < l0 + 2 * across; x += size, l += 32, d += 32) {
    const a = headDelta(v128.load(l), v128.load(x, 16), v128.load(x));
    const b = headDelta(v128.load(l, 16), v128.load(x, 32), v128.load(x));
    v128.store(d, a);
    v128.store(d, b, 16);
    sumA = add<f64>(sumA, a);
    sumB = add<f64>(sumB, b);
  }
  let g = gradients;
  for (let u = w, h = h0; u < end; u += unitBytes, g += unitBytes, h += across) {
    const head = u + last, wa = v128.load(head, 16), wb = share == ONLY_A ? zero() : v128.load(head, 32);
    let ga = zero(), gb = zero(), total = zero();
    for (let k: usize = 0; k < across; k += 16) {
      const value = v128.load(h + k), a = v128.load(d0 + 2 * k), b = v128.load(d0 + 2 * k, 16);
      ga = madd<f64>(a, value, ga);
      gb = madd<f64>(b, value, gb);
      const term = mul<f64>(add<f64>(mul<f64>(wa, a), mul<f64>(wb, b)), slope<f64>(value, kind));
      total = add<f64>(total, term);
      v128.store(terms + k, term);
    }
    v128.store(g, total);
    for (let i: usize = 0; i < last; i += 16) {
      let sum = zero();
      for (let k: usize = 0, x = x0 + i; k < across; k += 16, x += size) sum = madd<f64>(v128.load(terms + k), v128.load(x), sum);
      v128.store(g + i, sum, 16);
    }
    if (share == SEPARATE) {
      if (u < w + (end - w >> 1)) gb = zero(); else ga = zero();
    }
    if (share == FROZEN) memory.fill(g, 0, last + 16);
    v128.store(g + last, ga, 16);
    v128.store(g + last, gb, 32);
  }
  v128.store(g, sumA);
  v128.store(g, sumB, 16);
}

// Batch 1 trains weights that are not scaled; the product form wants them scaled.
function evaluateBatch1(): void {
  const scales = activation != RELU;
  if (scales) scaleWeights();
  evaluateProduct();
  if (scales) restoreWeights();
}

// Activations and logits of all rows for the current weights.
export function evaluate<T>(): void {
  if (sizeof<T>() == 4 && product) {
    if (batch1) evaluateBatch1(); else evaluateProduct();
    return;
  }
  forward<T>(rows, slots, activations, logits);
}

@inline export function train(from: i32, to: i32): void {
  const count = batch1 ? 1 : rows, scale = scaleFor<f64>(1);
  for (let t = from; t < to; ++t) {
    const watched = t >= lossFrom || (t >= cosineFrom && t % 10 == 0);
    if (batch1) {
      if (watched) {
        evaluate<f64>();
        observe<f64>(t);
      }
      const place = t % trainCount;
      if (place == 0) shuffle<f64>(t / trainCount);
      fillSlot<f64>(stepSlot, v128.load(orderCodes + 16 * place), scale);
    }
    forward<f64>(count, stepSlot, stepActivations, stepLogits);
    if (watched && !batch1) observe<f64>(t);
    backward(count, stepSlot, stepActivations, stepLogits);
    update<f64>(t);
  }
}
