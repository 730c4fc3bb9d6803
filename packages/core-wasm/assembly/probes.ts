// What is watched during training: the full-batch losses and their rises, and the cosine of the two heads' gradients.

import { slope } from "./activation";
import { LOG2E, constant32, exp, exp2, log1p, sigmoid } from "./math";
import {
  SIGMOID, TANH, activation, activations, codes, cosineFrom, cosineSum, counters, half, headBias, inputs, logits, loss, lossFrom, mse,
  parameters, pm, product, rawDeltas, rowMask, rows, stride, trainCount,
} from "./network";
import { targetSign } from "./slots";
import { add, bitMask, div, madd, mul, shiftLeft, signBit, splat, sub, zero } from "./vector";

@inline function target<T>(code: v128, head: i32): v128 {
  return v128.and(splat<T>(1), bitMask<T>(code, 6 + head));
}

// Mean cross-entropy of both heads over the training rows. A row's is max(v, 0) + ln(1 + e^-|v|) with v = +-logit; the
// logarithms are taken together: prod (1 + e_r) - 1 is summed without cancellation.
@inline function measureEntropy<T>(): void {
  const one = constant32(1), magic = constant32(0), c5 = constant32(3), c4 = constant32(4), c3 = constant32(5), c2 = constant32(6), c1 = constant32(7);
  const scale = splat<T>(LOG2E), low = splat<T>(sizeof<T>() == 4 ? -86 : -700), sign = signBit<T>(), from = logits, count = <usize>rows * 16;
  const top = sizeof<T>() == 4 ? 31 : 63, code0 = codes, mask0 = rowMask;
  let sumA = zero(), sumB = zero(), restA = zero(), restB = zero();
  for (let r: usize = 0; r < count; r += 16) {
    const code = v128.load(code0 + r), mask = v128.load(mask0 + r);
    const a = v128.xor(v128.load(from + 2 * r), v128.and(shiftLeft<T>(code, top - 6), sign));
    const b = v128.xor(v128.load(from + 2 * r, 16), v128.and(shiftLeft<T>(code, top - 7), sign));
    const lessA = v128.pmax<T>(v128.or(a, sign), low), lessB = v128.pmax<T>(v128.or(b, sign), low);
    const ea = v128.and(mask, sizeof<T>() == 4 ? exp2(mul<f32>(lessA, scale), magic, one, c5, c4, c3, c2, c1) : exp<T>(lessA));
    const eb = v128.and(mask, sizeof<T>() == 4 ? exp2(mul<f32>(lessB, scale), magic, one, c5, c4, c3, c2, c1) : exp<T>(lessB));
    sumA = add<T>(sumA, v128.and(mask, v128.pmax<T>(a, zero())));
    sumB = add<T>(sumB, v128.and(mask, v128.pmax<T>(b, zero())));
    restA = add<T>(restA, madd<T>(restA, ea, ea));
    restB = add<T>(restB, madd<T>(restB, eb, eb));
  }
  const share = splat<T>(1.0 / <f64>trainCount);
  v128.store(loss, mul<T>(add<T>(sumA, log1p<T>(restA)), share));
  v128.store(loss, mul<T>(add<T>(sumB, log1p<T>(restB)), share), 16);
}

@inline function measureSquares<T>(): void {
  let sumA = zero(), sumB = zero();
  for (let r: usize = 0; r < <usize>rows * 16; r += 16) {
    const code = v128.load(codes + r), mask = v128.load(rowMask + r);
    const a = sub<T>(v128.load(logits + 2 * r), target<T>(code, 0)), b = sub<T>(v128.load(logits + 2 * r, 16), target<T>(code, 1));
    sumA = add<T>(sumA, v128.and(mask, mul<T>(a, a)));
    sumB = add<T>(sumB, v128.and(mask, mul<T>(b, b)));
  }
  const share = splat<T>(1.0 / <f64>trainCount);
  v128.store(loss, mul<T>(sumA, share));
  v128.store(loss, mul<T>(sumB, share), 16);
}

// Both losses into `loss`; needs the logits of all rows.
export function measureLoss<T>(): void {
  if (mse) measureSquares<T>(); else measureEntropy<T>();
}

// counters[index] -= mask: adds one in the lanes of the mask.
@inline function count(index: i32, mask: v128): void {
  const at = counters + <usize>index * 16;
  v128.store(at, i32x4.sub(v128.load(at), mask));
}

@inline function observeLoss<T>(t: i32): void {
  measureLoss<T>();
  const a = v128.load(loss), b = v128.load(loss, 16);
  let riseA = zero(), riseB = zero();
  if (t > lossFrom) {
    riseA = v128.gt<T>(a, v128.load(loss, 32));
    riseB = v128.gt<T>(b, v128.load(loss, 48));
    count(4, riseA);
    count(5, riseB);
  }
  if (t >= half) {
    count(0, v128.not(v128.or(riseA, riseB)));
    count(1, v128.andnot(riseB, riseA));
    count(2, v128.andnot(riseA, riseB));
    count(3, v128.and(riseA, riseB));
  }
  v128.store(loss, a, 32);
  v128.store(loss, b, 48);
}

// Derivative of a head's loss by the logit, up to a factor that the cosine does not see.
@inline function rawDelta<T>(logit: v128, code: v128, mask: v128, head: i32): v128 {
  if (mse) return v128.and(mask, sub<T>(logit, target<T>(code, head)));
  const sign = targetSign<T>(code, head);
  return v128.and(mask, v128.xor(sigmoid<T>(v128.xor(logit, sign)), sign));
}

@inline function storeRawDeltas<T>(): void {
  for (let r: usize = 0; r < <usize>rows * 16; r += 16) {
    const code = v128.load(codes + r), mask = v128.load(rowMask + r), at = rawDeltas + 2 * r;
    v128.store(at, rawDelta<T>(v128.load(logits + 2 * r), code, mask, 0));
    v128.store(at, rawDelta<T>(v128.load(logits + 2 * r, 16), code, mask, 1), 16);
  }
}

// Sum of a unit's terms of one head, weighted by an input of the rows; input -1 is the bias.
@inline function weightedSum<T>(terms: usize, input: i32): v128 {
  let sum = zero();
  for (let r = 0; r < rows; ++r) {
    const term = v128.load(terms + <usize>r * 32);
    if (input < 0 || r >> input & 1) sum = add<T>(sum, term);
    else if (pm) sum = sub<T>(sum, term);
  }
  return sum;
}

// Adds the cosine of the two full-batch gradients with respect to the hidden weights and biases; 0 where a norm is 0.
export function observeCosine<T>(): void {
  let dot = zero(), normA = zero(), normB = zero();
  const head = <usize>(inputs + 1) * 16, bytes = <usize>rows * 16, terms = rawDeltas + 2 * bytes;
  storeRawDeltas<T>();
  for (let u = parameters, h = activations; u < headBias; u += stride, h += bytes) {
    const wa = v128.load(u + head), wb = v128.load(u + head, 16);
    for (let r: usize = 0; r < bytes; r += 16) {
      const value = v128.load(h + r), steep = slope<T>(value, product && activation == TANH ? SIGMOID : activation);
      v128.store(terms + 2 * r, mul<T>(mul<T>(wa, v128.load(rawDeltas + 2 * r)), steep));
      v128.store(terms + 2 * r, mul<T>(mul<T>(wb, v128.load(rawDeltas + 2 * r, 16)), steep), 16);
    }
    for (let i = -1; i < inputs; ++i) {
      const ga = weightedSum<T>(terms, i), gb = weightedSum<T>(terms + 16, i);
      dot = madd<T>(ga, gb, dot);
      normA = madd<T>(ga, ga, normA);
      normB = madd<T>(gb, gb, normB);
    }
  }
  const norm = mul<T>(v128.sqrt<T>(normA), v128.sqrt<T>(normB));
  const cosine = v128.andnot(div<T>(dot, norm), v128.eq<T>(norm, zero()));
  v128.store(cosineSum, add<T>(v128.load(cosineSum), cosine));
}

// Called before the update of step t, with the logits and activations of all rows in place.
export function observe<T>(t: i32): void {
  if (t >= lossFrom) observeLoss<T>(t);
  if (t >= cosineFrom && t % 10 == 0) observeCosine<T>();
}
