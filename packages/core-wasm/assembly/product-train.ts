// Training steps in the exp-product form (f32, full batch): logits, derivatives, gradients by a subset-sum tree, update.
// x = dA s and y = dB s serve the heads and the hidden layer, whose gradient is (wa x + wb y)(1 - s); for relu it is
// wa dA + wb dB where s > 0. The step of a scaled weight is scaled too: in Adam's rate, else in the row table, from
// where the heads take it out again.

import { constant32, exp2Scaled } from "./math";
import {
  ADAM, FROZEN, ONLY_A, RELU, SEPARATE, SIGMOID, TANH,
  activations, cosineFrom, deltas, headBias, logits, lossFrom, moments, mse, parameters, partial, pm, rowTable, sharing,
} from "./network";
import { descend, ratesOf } from "./optimizer";
import { observe } from "./probes";
import { forward, startOf } from "./product";
import { add, clamp, div, madd, mul, sub, zero } from "./vector";

// -ln 2, / 4, / 8: take the scale of hidden weights out of a head's step again.
const UNSCALE = memory.data<f32>([-0.6931471805599453, -0.17328679513998632, -0.08664339756999316], 16);

@inline function unscale(index: usize): v128 { return v128.load32_splat(UNSCALE + 4 * index); }

// num / (K + K 2^(c A)): the derivative of the cross-entropy, its sign and scale in the table.
@inline function delta(a: v128, c: v128, num: v128, magic: v128, q0: v128, q1: v128, q2: v128, q3: v128, q4: v128, scale: v128, high: v128, low: v128): v128 {
  const y = clamp<f32>(mul<f32>(a, c), low, high);
  return div<f32>(num, add<f32>(scale, exp2Scaled(y, magic, q0, q1, q2, q3, q4)));
}

@inline function logit(F: i32, a: v128): v128 { return F == TANH ? add<f32>(a, a) : a; }

// Logits and derivatives of all rows, 4 at a time; leaves the sums of the derivatives in the first two vectors at `sums`.
// L, i8 for squared errors and u8 for cross-entropy, is a type, since copies that differ in a number become one with a branch.
@inline function heads<L>(
  D: i32, F: i32, kind: i32, keep: bool, w: usize, end: usize, s: usize, sums: usize, tables: usize, derivatives: usize,
  magic: v128, q0: v128, q1: v128, q2: v128, q3: v128, q4: v128, scale: v128, high: v128, low: v128,
): void {
  const startA = startOf(F, v128.load(end), v128.load(sums)), startB = startOf(F, v128.load(end, 16), v128.load(sums, 16));
  const last = s + (16 << D);
  let sumA = zero(), sumB = zero();
  for (let chunk = s, t = tables, to = derivatives; chunk < last; chunk += 64, t += 256, to += 128) {
    let a0 = startA, a1 = startA, a2 = startA, a3 = startA, b0 = startB, b1 = startB, b2 = startB, b3 = startB;
    for (let head = w + 16 * (D + 1), h = chunk; head < end; head += 16 * (D + 3), h += 16 << D) {
      const wa = v128.load(head), wb = v128.load(head, 16);
      const s0 = v128.load(h), s1 = v128.load(h, 16), s2 = v128.load(h, 32), s3 = v128.load(h, 48);
      a0 = madd<f32>(wa, s0, a0); b0 = madd<f32>(wb, s0, b0);
      a1 = madd<f32>(wa, s1, a1); b1 = madd<f32>(wb, s1, b1);
      a2 = madd<f32>(wa, s2, a2); b2 = madd<f32>(wb, s2, b2);
      a3 = madd<f32>(wa, s3, a3); b3 = madd<f32>(wb, s3, b3);
    }
    if (keep) {
      const l = to - derivatives + logits;
      v128.store(l, logit(F, a0)); v128.store(l, logit(F, b0), 16); v128.store(l, logit(F, a1), 32); v128.store(l, logit(F, b1), 48);
      v128.store(l, logit(F, a2), 64); v128.store(l, logit(F, b2), 80); v128.store(l, logit(F, a3), 96); v128.store(l, logit(F, b3), 112);
    }
    if (isSigned<L>()) {
      a0 = madd<f32>(a0, v128.load(t), v128.load(t, 16)); b0 = madd<f32>(b0, v128.load(t, 32), v128.load(t, 48));
      a1 = madd<f32>(a1, v128.load(t, 64), v128.load(t, 80)); b1 = madd<f32>(b1, v128.load(t, 96), v128.load(t, 112));
      a2 = madd<f32>(a2, v128.load(t, 128), v128.load(t, 144)); b2 = madd<f32>(b2, v128.load(t, 160), v128.load(t, 176));
      a3 = madd<f32>(a3, v128.load(t, 192), v128.load(t, 208)); b3 = madd<f32>(b3, v128.load(t, 224), v128.load(t, 240));
    } else {
      a0 = delta(a0, v128.load(t), v128.load(t, 16), magic, q0, q1, q2, q3, q4, scale, high, low);
      b0 = delta(b0, v128.load(t, 32), v128.load(t, 48), magic, q0, q1, q2, q3, q4, scale, high, low);
      a1 = delta(a1, v128.load(t, 64), v128.load(t, 80), magic, q0, q1, q2, q3, q4, scale, high, low);
      b1 = delta(b1, v128.load(t, 96), v128.load(t, 112), magic, q0, q1, q2, q3, q4, scale, high, low);
      a2 = delta(a2, v128.load(t, 128), v128.load(t, 144), magic, q0, q1, q2, q3, q4, scale, high, low);
      b2 = delta(b2, v128.load(t, 160), v128.load(t, 176), magic, q0, q1, q2, q3, q4, scale, high, low);
      a3 = delta(a3, v128.load(t, 192), v128.load(t, 208), magic, q0, q1, q2, q3, q4, scale, high, low);
      b3 = delta(b3, v128.load(t, 224), v128.load(t, 240), magic, q0, q1, q2, q3, q4, scale, high, low);
    }
    v128.store(to, a0); v128.store(to, b0, 16); v128.store(to, a1, 32); v128.store(to, b1, 48);
    v128.store(to, a2, 64); v128.store(to, b2, 80); v128.store(to, a3, 96); v128.store(to, b3, 112);
    sumA = add<f32>(add<f32>(add<f32>(add<f32>(sumA, a0), a1), a2), a3);
    sumB = add<f32>(add<f32>(add<f32>(add<f32>(sumB, b0), b1), b2), b3);
  }
  if (F == TANH || (F == SIGMOID && kind != ADAM)) {
    const once = F == SIGMOID ? unscale(0) : kind == ADAM ? constant32(17) : unscale(2);
    sumA = mul<f32>(once, sumA);
    sumB = mul<f32>(once, sumB);
  }
  v128.store(sums, sumA);
  v128.store(sums, sumB, 16);
}

@inline function vectorAt(at: usize, j: i32): v128 { return v128.load(at + 16 * j); }

// Updates one unit; s_i is the sum of the gradient over the rows where input i is set.
@inline function descendUnit(
  D: i32, F: i32, kind: i32, u: usize, m: usize, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128, total: v128, ga: v128, gb: v128,
  plusMinus: bool, isFrozen: bool, rate: v128, hiddenRate: v128, epsilon: v128, beta1: v128, beta2: v128,
): void {
  const first = u + m, second = first + m;
  if (!isFrozen) {
    if (plusMinus) {
      s0 = sub<f32>(add<f32>(s0, s0), total);
      s1 = sub<f32>(add<f32>(s1, s1), total);
      if (D > 2) s2 = sub<f32>(add<f32>(s2, s2), total);
      if (D > 3) s3 = sub<f32>(add<f32>(s3, s3), total);
      if (D > 4) s4 = sub<f32>(add<f32>(s4, s4), total);
      if (D > 5) s5 = sub<f32>(add<f32>(s5, s5), total);
    }
    descend<f32>(kind, F == RELU, u, first, second, total, hiddenRate, epsilon, beta1, beta2);
    descend<f32>(kind, F == RELU, u + 16, first + 16, second + 16, s0, hiddenRate, epsilon, beta1, beta2);
    descend<f32>(kind, F == RELU, u + 32, first + 32, second + 32, s1, hiddenRate, epsilon, beta1, beta2);
    if (D > 2) descend<f32>(kind, F == RELU, u + 48, first + 48, second + 48, s2, hiddenRate, epsilon, beta1, beta2);
    if (D > 3) descend<f32>(kind, F == RELU, u + 64, first + 64, second + 64, s3, hiddenRate, epsilon, beta1, beta2);
    if (D > 4) descend<f32>(kind, F == RELU, u + 80, first + 80, second + 80, s4, hiddenRate, epsilon, beta1, beta2);
    if (D > 5) descend<f32>(kind, F == RELU, u + 96, first + 96, second + 96, s5, hiddenRate, epsilon, beta1, beta2);
  }
  const a = 16 * (D + 1), b = 16 * (D + 2);
  descend<f32>(kind, F == RELU, u + a, first + a, second + a, ga, rate, epsilon, beta1, beta2);
  descend<f32>(kind, F == RELU, u + b, first + b, second + b, gb, rate, epsilon, beta1, beta2);
}

// One row's derivative by the pre-activation.
@inline function term(F: i32, wa: v128, wb: v128, a: v128, b: v128, x: v128, y: v128, v: v128, one: v128): v128 {
  if (F == RELU) return v128.and(madd<f32>(wa, a, mul<f32>(wb, b)), f32x4.gt(v, zero()));
  return mul<f32>(madd<f32>(wa, x, mul<f32>(wb, y)), sub<f32>(one, v));
}

@inline function backward(
  D: i32, F: i32, kind: i32, w: usize, end: usize, s: usize, sums: usize, derivatives: usize, plusMinus: bool, share: i32, m: usize,
  one: v128, rate: v128, hiddenRate: v128, epsilon: v128, beta1: v128, beta2: v128,
): void {
  const sumA = v128.load(sums), sumB = v128.load(sums, 16), chunks = sums + 32;
  for (let u = w, h = s; u < end; u += 16 * (D + 3), h += 16 << D) {
    const head = u + 16 * (D + 1), wa = v128.load(head);
    let wb = v128.load(head, 16), ga = zero(), gb = zero(), s0 = zero(), s1 = zero();
    if (share == ONLY_A) wb = zero();
    for (let r = h, d = derivatives, chunk = chunks; r < h + (16 << D); r += 64, d += 128, chunk += 16) {
      let v = v128.load(r), x = mul<f32>(v128.load(d), v), y = mul<f32>(v128.load(d, 16), v);
      ga = add<f32>(ga, x); gb = add<f32>(gb, y);
      const g0 = term(F, wa, wb, v128.load(d), v128.load(d, 16), x, y, v, one);
      v = v128.load(r, 16); x = mul<f32>(v128.load(d, 32), v); y = mul<f32>(v128.load(d, 48), v);
      ga = add<f32>(ga, x); gb = add<f32>(gb, y);
      const g1 = term(F, wa, wb, v128.load(d, 32), v128.load(d, 48), x, y, v, one);
      v = v128.load(r, 32); x = mul<f32>(v128.load(d, 64), v); y = mul<f32>(v128.load(d, 80), v);
      ga = add<f32>(ga, x); gb = add<f32>(gb, y);
      const g2 = term(F, wa, wb, v128.load(d, 64), v128.load(d, 80), x, y, v, one);
      v = v128.load(r, 48); x = mul<f32>(v128.load(d, 96), v); y = mul<f32>(v128.load(d, 112), v);
      ga = add<f32>(ga, x); gb = add<f32>(gb, y);
      const g3 = term(F, wa, wb, v128.load(d, 96), v128.load(d, 112), x, y, v, one), upper = add<f32>(g2, g3);
      s0 = add<f32>(s0, add<f32>(g1, g3));
      s1 = add<f32>(s1, upper);
      v128.store(chunk, add<f32>(add<f32>(g0, g1), upper));
    }
    // c_j: sums of 4 rows, p_j of 8, r_j of 16; s_i grows by those where input i is set; total has twice as many rows each time.
    let s2 = zero(), s3 = zero(), s4 = zero(), s5 = zero(), total = vectorAt(chunks, 0);
    if (D > 2) {
      s2 = vectorAt(chunks, 1);
      total = add<f32>(total, s2);
    }
    if (D > 3) {
      const c3 = vectorAt(chunks, 3);
      s2 = add<f32>(s2, c3);
      s3 = add<f32>(vectorAt(chunks, 2), c3);
      total = add<f32>(total, s3);
    }
    if (D > 4) {
      const c5 = vectorAt(chunks, 5), c7 = vectorAt(chunks, 7), p3 = add<f32>(vectorAt(chunks, 6), c7);
      s2 = add<f32>(add<f32>(s2, c5), c7);
      s3 = add<f32>(s3, p3);
      s4 = add<f32>(add<f32>(vectorAt(chunks, 4), c5), p3);
      total = add<f32>(total, s4);
    }
    if (D > 5) {
      const c9 = vectorAt(chunks, 9), c11 = vectorAt(chunks, 11), c13 = vectorAt(chunks, 13), c15 = vectorAt(chunks, 15);
      const p5 = add<f32>(vectorAt(chunks, 10), c11), p7 = add<f32>(vectorAt(chunks, 14), c15), r3 = add<f32>(add<f32>(vectorAt(chunks, 12), c13), p7);
      s2 = add<f32>(add<f32>(add<f32>(add<f32>(s2, c9), c11), c13), c15);
      s3 = add<f32>(add<f32>(s3, p5), p7);
      s4 = add<f32>(s4, r3);
      s5 = add<f32>(add<f32>(add<f32>(vectorAt(chunks, 8), c9), p5), r3);
      total = add<f32>(total, s5);
    }
    if (F == TANH) {
      const twice = kind == ADAM ? constant32(16) : unscale(1);
      ga = sub<f32>(mul<f32>(twice, ga), sumA);
      gb = sub<f32>(mul<f32>(twice, gb), sumB);
    }
    if (F == SIGMOID && kind != ADAM) {
      ga = mul<f32>(unscale(0), ga);
      gb = mul<f32>(unscale(0), gb);
    }
    if (share == SEPARATE) {
      if (u < w + (end - w >> 1)) gb = zero(); else ga = zero();
    }
    const isFrozen = share == FROZEN;
    descendUnit(D, F, kind, u, m, s0, s1, s2, s3, s4, s5, total, ga, gb, plusMinus, isFrozen, rate, hiddenRate, epsilon, beta1, beta2);
  }
  descend<f32>(kind, F == RELU, end, end + m, end + 2 * m, sumA, rate, epsilon, beta1, beta2);
  descend<f32>(kind, F == RELU, end + 16, end + m + 16, end + 2 * m + 16, sumB, rate, epsilon, beta1, beta2);
}

@inline export function train(D: i32, F: i32, kind: i32, from: i32, to: i32): void {
  const magic = constant32(0), one = constant32(1), c5 = constant32(3), c4 = constant32(4), c3 = constant32(5), c2 = constant32(6), c1 = constant32(7);
  const q0 = constant32(8), q1 = constant32(9), q2 = constant32(10), q3 = constant32(11), q4 = constant32(12), scale = constant32(13);
  const high = constant32(14), low = constant32(15), absolute = constant32(2), beta1 = constant32(20), beta2 = constant32(21);
  const plusMinus = pm, w = parameters, end = headBias, s = activations, sums = partial, tables = rowTable, derivatives = deltas, m = moments;
  const isLinear = mse, share = sharing, firstLoss = lossFrom, firstCosine = cosineFrom;
  let rate = zero(), hiddenRate = zero(), epsilon = zero();
  for (let t = from; t < to; ++t) {
    const keep = t >= firstLoss || (t >= firstCosine && t % 10 == 0);
    if (plusMinus) forward<i8>(D, F, w, end, s, sums, absolute, magic, one, c5, c4, c3, c2, c1);
    else forward<u8>(D, F, w, end, s, sums, absolute, magic, one, c5, c4, c3, c2, c1);
    if (isLinear) heads<i8>(D, F, kind, keep, w, end, s, sums, tables, derivatives, magic, q0, q1, q2, q3, q4, scale, high, low);
    else heads<u8>(D, F, kind, keep, w, end, s, sums, tables, derivatives, magic, q0, q1, q2, q3, q4, scale, high, low);
    if (keep) observe<f32>(t);
    if (kind == ADAM) {
      const at = ratesOf<f32>(t);
      rate = v128.load32_splat(at);
      epsilon = v128.load32_splat(at, 4);
      hiddenRate = v128.load32_splat(at, 8);
    }
    backward(D, F, kind, w, end, s, sums, derivatives, plusMinus, share, m, one, rate, hiddenRate, epsilon, beta1, beta2);
  }
}
