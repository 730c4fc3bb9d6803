// The exp-product form of the forward pass (f32, 2 to 6 inputs): e^-z of a row is a product of d + 1 exponentials,
// s = 1 / (1 + e) is kept and tanh = 2 s - 1 is never formed. For relu the same tree adds instead of multiplying, and
// keeps max(z, 0). D and F, the activation, are compile-time constants.

import { constant32, exp2 } from "./math";
import { RELU, SIGMOID, TANH, activation, activations, headBias, inputs, logits, parameters, partial, pm, rows, stride } from "./network";
import { add, clamp, div, madd, mul, sub, zero } from "./vector";

// Above this |b| + sum |w| a product of exponentials may overflow.
@inline function limit(isTanh: bool): f32 {
  return pm ? (isTanh ? <f32>21.5 : <f32>43) : isTanh ? <f32>32 : <f32>64;
}

// -log2 e, for tanh -2 log2 e.
@inline export function exponent(isTanh: bool): v128 { return constant32(isTanh ? 19 : 18); }

@inline function magnitude(a: v128): v128 { return v128.and(a, constant32(2)); }

// Rare: the direct pre-activation for the lanes of a unit above the limit; the other lanes keep their bits.
export function replaceLarge(): void {
  const isTanh = activation == TANH, bound = f32x4.splat(limit(isTanh)), one = constant32(1);
  for (let u = parameters, h = activations; u < headBias; u += stride, h += <usize>rows * 16) {
    let size = magnitude(v128.load(u));
    for (let i = 1; i <= inputs; ++i) size = add<f32>(size, magnitude(v128.load(u + 16 * i)));
    const large = f32x4.gt(size, bound);
    if (!v128.any_true(large)) continue;
    for (let r = 0; r < rows; ++r) {
      let z = v128.load(u);
      for (let i = 0; i < inputs; ++i) {
        const w = v128.load(u + 16 * i, 16);
        if (r >> i & 1) z = add<f32>(z, w);
        else if (pm) z = sub<f32>(z, w);
      }
      const y = clamp<f32>(mul<f32>(z, exponent(isTanh)), f32x4.splat(-92), f32x4.splat(92));
      const e = exp2(y, constant32(0), one, constant32(3), constant32(4), constant32(5), constant32(6), constant32(7));
      const at = h + 16 * r;
      v128.store(at, v128.bitselect(div<f32>(one, add<f32>(one, e)), v128.load(at), large));
    }
  }
}

@inline function activate(F: i32, one: v128, e: v128): v128 {
  return F == RELU ? v128.pmax<f32>(e, zero()) : div<f32>(one, add<f32>(one, e));
}

@inline function activate4(F: i32, h: usize, one: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  v128.store(h, activate(F, one, e0));
  v128.store(h, activate(F, one, e1), 16);
  v128.store(h, activate(F, one, e2), 32);
  v128.store(h, activate(F, one, e3), 48);
}

// What a set input does to the row without it.
@inline function join(F: i32, e: v128, f: v128): v128 { return F == RELU ? add<f32>(e, f) : mul<f32>(e, f); }

@inline function join4(F: i32, h: usize, one: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  activate4(F, h, one, join(F, e0, f), join(F, e1, f), join(F, e2, f), join(F, e3, f));
}

@inline function join8(F: i32, h: usize, one: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128, e4: v128, e5: v128, e6: v128, e7: v128): void {
  join4(F, h, one, f, e0, e1, e2, e3);
  join4(F, h + 64, one, f, e4, e5, e6, e7);
}

// e^-(k w), for relu the weight itself, doubled for -1/+1.
@inline function factor(F: i32, w: v128, k: v128, plusMinus: bool, magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128): v128 {
  if (F == RELU) return plusMinus ? add<f32>(w, w) : w;
  return exp2(mul<f32>(w, k), magic, one, c5, c4, c3, c2, c1);
}

// All rows of all units; for tanh also -sum wa and -sum wb, in the first two vectors at `sums`.
@inline export function forward(
  D: i32, F: i32, w: usize, end: usize, s: usize, sums: usize, plusMinus: bool, absolute: v128, kb: v128, kw: v128,
  magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128,
): void {
  let largest = zero(), sumA = zero(), sumB = zero();
  for (let u = w, h = s; u < end; u += 16 * (D + 3), h += 16 << D) {
    const b = v128.load(u), w0 = v128.load(u, 16), w1 = v128.load(u, 32);
    let base = b;
    if (F != RELU) {
      let size = add<f32>(add<f32>(v128.and(b, absolute), v128.and(w0, absolute)), v128.and(w1, absolute));
      if (D > 2) size = add<f32>(size, v128.and(v128.load(u, 48), absolute));
      if (D > 3) size = add<f32>(size, v128.and(v128.load(u, 64), absolute));
      if (D > 4) size = add<f32>(size, v128.and(v128.load(u, 80), absolute));
      if (D > 5) size = add<f32>(size, v128.and(v128.load(u, 96), absolute));
      largest = v128.pmax<f32>(largest, size);
    }
    if (plusMinus) {
      base = sub<f32>(sub<f32>(b, w0), w1);
      if (D > 2) base = sub<f32>(base, v128.load(u, 48));
      if (D > 3) base = sub<f32>(base, v128.load(u, 64));
      if (D > 4) base = sub<f32>(base, v128.load(u, 80));
      if (D > 5) base = sub<f32>(base, v128.load(u, 96));
    }
    const e0 = F == RELU ? base : exp2(mul<f32>(base, kb), magic, one, c5, c4, c3, c2, c1);
    const f0 = factor(F, w0, kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    const f1 = factor(F, w1, kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    let f2 = one, f3 = one, f4 = one, f5 = one;
    if (D > 2) f2 = factor(F, v128.load(u, 48), kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    if (D > 3) f3 = factor(F, v128.load(u, 64), kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    if (D > 4) f4 = factor(F, v128.load(u, 80), kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    if (D > 5) f5 = factor(F, v128.load(u, 96), kw, plusMinus, magic, one, c5, c4, c3, c2, c1);
    if (F == TANH) {
      const head = u + 16 * (D + 1);
      sumA = sub<f32>(sumA, v128.load(head));
      sumB = sub<f32>(sumB, v128.load(head, 16));
    }
    const e1 = join(F, e0, f0), e2 = join(F, e0, f1), e3 = join(F, e1, f1);
    activate4(F, h, one, e0, e1, e2, e3);
    if (D == 3) join4(F, h + 64, one, f2, e0, e1, e2, e3);
    if (D > 3) {
      const e4 = join(F, e0, f2), e5 = join(F, e1, f2), e6 = join(F, e2, f2), e7 = join(F, e3, f2);
      activate4(F, h + 64, one, e4, e5, e6, e7);
      join8(F, h + 128, one, f3, e0, e1, e2, e3, e4, e5, e6, e7);
      if (D > 4) {
        const f34 = join(F, f3, f4);
        join8(F, h + 256, one, f4, e0, e1, e2, e3, e4, e5, e6, e7);
        join8(F, h + 384, one, f34, e0, e1, e2, e3, e4, e5, e6, e7);
        if (D > 5) {
          join8(F, h + 512, one, f5, e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 640, one, join(F, f3, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 768, one, join(F, f4, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          join8(F, h + 896, one, join(F, f34, f5), e0, e1, e2, e3, e4, e5, e6, e7);
        }
      }
    }
  }
  if (F == TANH) {
    v128.store(sums, sumA);
    v128.store(sums, sumB, 16);
  }
  if (F != RELU && v128.any_true(f32x4.gt(largest, f32x4.splat(limit(F == TANH))))) replaceLarge();
}

// What the logits start from; for tanh half of it: A / 2 = (ba - sum wa) / 2 + sum wa s.
@inline export function startOf(F: i32, bias: v128, sum: v128): v128 {
  return F == TANH ? mul<f32>(add<f32>(bias, sum), constant32(16)) : bias;
}

@inline function evaluate(D: i32, F: i32): void {
  const w = parameters, end = headBias, s = activations, sums = partial, kb = exponent(F == TANH), kw = pm ? add<f32>(kb, kb) : kb;
  forward(
    D, F, w, end, s, sums, pm, constant32(2), kb, kw,
    constant32(0), constant32(1), constant32(3), constant32(4), constant32(5), constant32(6), constant32(7),
  );
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
