// The exp-product form of the forward pass (f32, 2 to 6 inputs): e^-z of a row is a product of d + 1 exponentials,
// s = 1 / (1 + e) is kept and tanh = 2 s - 1 is never formed. With inputs -1/+1, e is a product of e^-b and the squared
// factors of the set inputs, over the product `top` of all factors: s = top / (top + e top) needs no other division.
// For relu the same tree adds instead of multiplying, and keeps max(z, 0). D and F, the activation, are compile-time
// constants; X, i8 for inputs -1/+1 and u8 for 0/1, is a type, since copies that differ in a number become one with a branch.

import { constant32, exp2 } from "./math";
import { RELU, SIGMOID, TANH, activation, activations, headBias, inputs, logits, parameters, partial, pm, rows, stride } from "./network";
import { add, clamp, div, madd, mul, sub, zero } from "./vector";

// Above this sum of a unit's absolute exponents a product of exponentials may overflow or vanish: below it, all are within
// 2^+-92, for -1/+1, where factors are squared, within 2^+-124.
@inline function limit<X>(): v128 { return f32x4.splat(isSigned<X>() ? 62 : 92); }

@inline function magnitude(a: v128): v128 { return v128.and(a, constant32(2)); }

// Rare: the direct pre-activation for the lanes of a unit above the limit; the other lanes keep their bits.
export function replaceLarge(): void {
  const bound = pm ? limit<i8>() : limit<u8>(), one = constant32(1);
  for (let u = parameters, h = activations; u < headBias; u += stride, h += <usize>rows * 16) {
    let size = magnitude(v128.load(u));
    for (let i = 1; i <= inputs; ++i) size = add<f32>(size, magnitude(v128.load(u + 16 * i)));
    const large = f32x4.gt(size, bound);
    if (!v128.any_true(large)) continue;
    for (let r = 0; r < rows; ++r) {
      let y = v128.load(u);
      for (let i = 0; i < inputs; ++i) {
        const w = v128.load(u + 16 * i, 16);
        if (r >> i & 1) y = add<f32>(y, w);
        else if (pm) y = sub<f32>(y, w);
      }
      y = clamp<f32>(y, f32x4.splat(-92), f32x4.splat(92));
      const e = exp2(y, constant32(0), one, constant32(3), constant32(4), constant32(5), constant32(6), constant32(7));
      const at = h + 16 * r;
      v128.store(at, v128.bitselect(div<f32>(one, add<f32>(one, e)), v128.load(at), large));
    }
  }
}

@inline function activate(F: i32, top: v128, e: v128): v128 {
  return F == RELU ? v128.pmax<f32>(e, zero()) : div<f32>(top, add<f32>(top, e));
}

@inline function activate4(F: i32, h: usize, top: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  v128.store(h, activate(F, top, e0));
  v128.store(h, activate(F, top, e1), 16);
  v128.store(h, activate(F, top, e2), 32);
  v128.store(h, activate(F, top, e3), 48);
}

// What a set input does to the row without it.
@inline function join(F: i32, e: v128, f: v128): v128 { return F == RELU ? add<f32>(e, f) : mul<f32>(e, f); }

// Inputs -1/+1: one input more in the row with none set (relu), or in the product of all factors.
@inline function gather(F: i32, all: v128, f: v128): v128 { return F == RELU ? sub<f32>(all, f) : mul<f32>(all, f); }

@inline function join4(F: i32, h: usize, top: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  activate4(F, h, top, join(F, e0, f), join(F, e1, f), join(F, e2, f), join(F, e3, f));
}

@inline function join8(F: i32, h: usize, top: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128, e4: v128, e5: v128, e6: v128, e7: v128): void {
  join4(F, h, top, f, e0, e1, e2, e3);
  join4(F, h + 64, top, f, e4, e5, e6, e7);
}

// 2^w, for relu the weight itself.
@inline function factor(F: i32, w: v128, magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128): v128 {
  return F == RELU ? w : exp2(w, magic, one, c5, c4, c3, c2, c1);
}

// All rows of all units; for tanh also -sum wa and -sum wb, in the first two vectors at `sums`.
@inline export function forward<X>(
  D: i32, F: i32, w: usize, end: usize, s: usize, sums: usize, absolute: v128,
  magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128,
): void {
  let largest = zero(), sumA = zero(), sumB = zero();
  for (let u = w, h = s; u < end; u += 16 * (D + 3), h += 16 << D) {
    const b = v128.load(u), w0 = v128.load(u, 16), w1 = v128.load(u, 32);
    if (F != RELU) {
      let size = add<f32>(add<f32>(v128.and(b, absolute), v128.and(w0, absolute)), v128.and(w1, absolute));
      if (D > 2) size = add<f32>(size, v128.and(v128.load(u, 48), absolute));
      if (D > 3) size = add<f32>(size, v128.and(v128.load(u, 64), absolute));
      if (D > 4) size = add<f32>(size, v128.and(v128.load(u, 80), absolute));
      if (D > 5) size = add<f32>(size, v128.and(v128.load(u, 96), absolute));
      largest = v128.pmax<f32>(largest, size);
    }
    let e0 = F == RELU ? b : exp2(b, magic, one, c5, c4, c3, c2, c1), top = one;
    let f0 = factor(F, w0, magic, one, c5, c4, c3, c2, c1), f1 = factor(F, w1, magic, one, c5, c4, c3, c2, c1);
    let f2 = one, f3 = one, f4 = one, f5 = one;
    if (D > 2) f2 = factor(F, v128.load(u, 48), magic, one, c5, c4, c3, c2, c1);
    if (D > 3) f3 = factor(F, v128.load(u, 64), magic, one, c5, c4, c3, c2, c1);
    if (D > 4) f4 = factor(F, v128.load(u, 80), magic, one, c5, c4, c3, c2, c1);
    if (D > 5) f5 = factor(F, v128.load(u, 96), magic, one, c5, c4, c3, c2, c1);
    if (isSigned<X>()) {
      let all = F == RELU ? sub<f32>(sub<f32>(e0, f0), f1) : mul<f32>(f0, f1);
      if (D > 2) all = gather(F, all, f2);
      if (D > 3) all = gather(F, all, f3);
      if (D > 4) all = gather(F, all, f4);
      if (D > 5) all = gather(F, all, f5);
      if (F == RELU) e0 = all; else top = all;
      f0 = join(F, f0, f0); f1 = join(F, f1, f1);
      if (D > 2) f2 = join(F, f2, f2);
      if (D > 3) f3 = join(F, f3, f3);
      if (D > 4) f4 = join(F, f4, f4);
      if (D > 5) f5 = join(F, f5, f5);
    }
    if (F == TANH) {
      const head = u + 16 * (D + 1);
      sumA = sub<f32>(sumA, v128.load(head));
      sumB = sub<f32>(sumB, v128.load(head, 16));
    }
    const e1 = join(F, e0, f0), e2 = join(F, e0, f1), e3 = join(F, e1, f1);
    activate4(F, h, top, e0, e1, e2, e3);
    if (D == 3) join4(F, h + 64, top, f2, e0, e1, e2, e3);
    if (D > 3) {
      const e4 = join(F, e0, f2), e5 = join(F, e1, f2), e6 = join(F, e2, f2), e7 = join(F, e3, f2);
      activate4(F, h + 64, top, e4, e5, e6, e7);
      join8(F, h + 128, top, f3, e0, e1, e2, e3, e4, e5, e6, e7);
      if (D > 4) {
        const f34 = join(F, f3, f4);
        join8(F, h + 256, top, f4, e0, e1, e2, e3, e4, e5, e6, e7);
        join8(F, h + 384, top, f34, e0, e1, e2, e3, e4, e5, e6, e7);
        if (D > 5) {
          join8(F, h + 512, top, f5, e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 640, top, join(F, f3, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 768, top, join(F, f4, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 896, top, join(F, f34, f5), e0, e1, e2, e3, e4, e5, e6, e7);
        }
      }
    }
  }
  if (F == TANH) {
    v128.store(sums, sumA);
    v128.store(sums, sumB, 16);
  }
  if (F != RELU && v128.any_true(f32x4.gt(largest, limit<X>()))) replaceLarge();
}

// What the logits start from; for tanh half of it: A / 2 = (ba - sum wa) / 2 + sum wa s.
@inline export function startOf(F: i32, bias: v128, sum: v128): v128 {
  return F == TANH ? mul<f32>(add<f32>(bias, sum), constant32(16)) : bias;
}

@inline function forwardOnce<X>(D: i32, F: i32): void {
  forward<X>(
    D, F, parameters, headBias, activations, partial, constant32(2),
    constant32(0), constant32(1), constant32(3), constant32(4), constant32(5), constant32(6), constant32(7),
  );
}

@inline function evaluate(D: i32, F: i32): void {
  const w = parameters, end = headBias, s = activations, sums = partial;
  if (pm) forwardOnce<i8>(D, F); else forwardOnce<u8>(D, F);
  const startA = startOf(F, v128.load(end), v128.load(sums)), startB = startOf(F, v128.load(end, 16), v128.load(sums, 16));
  for (let r: usize = 0; r < 16 << D; r += 32) {
    let a0 = startA, a1 = startA, b0 = startB, b1 = startB;
    for (let head = w + 16 * (D + 1), h = s + r; head < end; head += 16 * (D + 3), h += 16 << D) {
      const wa = v128.load(head), wb = v128.load(head, 16), s0 = v128.load(h), s1 = v128.load(h, 16);
      a0 = madd<f32>(wa, s0, a0);
      b0 = madd<f32>(wb, s0, b0);
      a1 = madd<f32>(wa, s1, a1);
      b1 = madd<f32>(wb, s1, b1);
    }
    const at = logits + 2 * r;
    v128.store(at, F == TANH ? add<f32>(a0, a0) : a0);
    v128.store(at, F == TANH ? add<f32>(b0, b0) : b0, 16);
    v128.store(at, F == TANH ? add<f32>(a1, a1) : a1, 32);
    v128.store(at, F == TANH ? add<f32>(b1, b1) : b1, 48);
  }
}

export function evaluateSigmoid2(): void { evaluate(2, SIGMOID); }
export function evaluateSigmoid3(): void { evaluate(3, SIGMOID); }
export function evaluateSigmoid4(): void { evaluate(4, SIGMOID); }
export function evaluateSigmoid5(): void { evaluate(5, SIGMOID); }
export function evaluateSigmoid6(): void { evaluate(6, SIGMOID); }
export function evaluateTanh2(): void { evaluate(2, TANH); }
export function evaluateTanh3(): void { evaluate(3, TANH); }
export function evaluateTanh4(): void { evaluate(4, TANH); }
export function evaluateTanh5(): void { evaluate(5, TANH); }
export function evaluateTanh6(): void { evaluate(6, TANH); }
export function evaluateRelu2(): void { evaluate(2, RELU); }
export function evaluateRelu3(): void { evaluate(3, RELU); }
export function evaluateRelu4(): void { evaluate(4, RELU); }
export function evaluateRelu5(): void { evaluate(5, RELU); }
export function evaluateRelu6(): void { evaluate(6, RELU); }

// Activations and logits of all rows.
export function evaluateProduct(): void {
  if (activation == TANH) {
    if (inputs == 3) evaluateTanh3();
    else if (inputs == 2) evaluateTanh2();
    else if (inputs == 4) evaluateTanh4();
    else if (inputs == 5) evaluateTanh5();
    else evaluateTanh6();
  } else if (activation == RELU) {
    if (inputs == 3) evaluateRelu3();
    else if (inputs == 2) evaluateRelu2();
    else if (inputs == 4) evaluateRelu4();
    else if (inputs == 5) evaluateRelu5();
    else evaluateRelu6();
  } else {
    if (inputs == 3) evaluateSigmoid3();
    else if (inputs == 2) evaluateSigmoid2();
    else if (inputs == 4) evaluateSigmoid4();
    else if (inputs == 5) evaluateSigmoid5();
    else evaluateSigmoid6();
  }
}
