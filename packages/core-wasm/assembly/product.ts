// The exp-product form of the forward pass (f32, sigmoid or tanh, 2 to 6 inputs): e^-z of a row is a product of d + 1
// exponentials, s = 1 / (1 + e) is kept and tanh = 2 s - 1 is never formed. D and isTanh are compile-time constants.

import { constant32, exp2 } from "./math";
import { TANH, activation, activations, headBias, inputs, logits, parameters, partial, pm, rows, stride } from "./network";
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

@inline function activate4(h: usize, one: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  v128.store(h, div<f32>(one, add<f32>(one, e0)));
  v128.store(h, div<f32>(one, add<f32>(one, e1)), 16);
  v128.store(h, div<f32>(one, add<f32>(one, e2)), 32);
  v128.store(h, div<f32>(one, add<f32>(one, e3)), 48);
}

@inline function scaled4(h: usize, one: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128): void {
  activate4(h, one, mul<f32>(e0, f), mul<f32>(e1, f), mul<f32>(e2, f), mul<f32>(e3, f));
}

@inline function scaled8(h: usize, one: v128, f: v128, e0: v128, e1: v128, e2: v128, e3: v128, e4: v128, e5: v128, e6: v128, e7: v128): void {
  scaled4(h, one, f, e0, e1, e2, e3);
  scaled4(h + 64, one, f, e4, e5, e6, e7);
}

// All rows of all units; for tanh also -sum wa and -sum wb, in the first two vectors at `sums`.
@inline export function forward(
  D: i32, isTanh: bool, w: usize, end: usize, s: usize, sums: usize, plusMinus: bool, absolute: v128, kb: v128, kw: v128,
  magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128,
): void {
  let largest = zero(), sumA = zero(), sumB = zero();
  for (let u = w, h = s; u < end; u += 16 * (D + 3), h += 16 << D) {
    const b = v128.load(u), w0 = v128.load(u, 16), w1 = v128.load(u, 32);
    let size = add<f32>(add<f32>(v128.and(b, absolute), v128.and(w0, absolute)), v128.and(w1, absolute));
    let base = b;
    if (D > 2) size = add<f32>(size, v128.and(v128.load(u, 48), absolute));
    if (D > 3) size = add<f32>(size, v128.and(v128.load(u, 64), absolute));
    if (D > 4) size = add<f32>(size, v128.and(v128.load(u, 80), absolute));
    if (D > 5) size = add<f32>(size, v128.and(v128.load(u, 96), absolute));
    largest = v128.pmax<f32>(largest, size);
    if (plusMinus) {
      base = sub<f32>(sub<f32>(b, w0), w1);
      if (D > 2) base = sub<f32>(base, v128.load(u, 48));
      if (D > 3) base = sub<f32>(base, v128.load(u, 64));
      if (D > 4) base = sub<f32>(base, v128.load(u, 80));
      if (D > 5) base = sub<f32>(base, v128.load(u, 96));
    }
    const e0 = exp2(mul<f32>(base, kb), magic, one, c5, c4, c3, c2, c1);
    const f0 = exp2(mul<f32>(w0, kw), magic, one, c5, c4, c3, c2, c1);
    const f1 = exp2(mul<f32>(w1, kw), magic, one, c5, c4, c3, c2, c1);
    let f2 = one, f3 = one, f4 = one, f5 = one;
    if (D > 2) f2 = exp2(mul<f32>(v128.load(u, 48), kw), magic, one, c5, c4, c3, c2, c1);
    if (D > 3) f3 = exp2(mul<f32>(v128.load(u, 64), kw), magic, one, c5, c4, c3, c2, c1);
    if (D > 4) f4 = exp2(mul<f32>(v128.load(u, 80), kw), magic, one, c5, c4, c3, c2, c1);
    if (D > 5) f5 = exp2(mul<f32>(v128.load(u, 96), kw), magic, one, c5, c4, c3, c2, c1);
    if (isTanh) {
      const head = u + 16 * (D + 1);
      sumA = sub<f32>(sumA, v128.load(head));
      sumB = sub<f32>(sumB, v128.load(head, 16));
    }
    const e1 = mul<f32>(e0, f0), e2 = mul<f32>(e0, f1), e3 = mul<f32>(e1, f1);
    activate4(h, one, e0, e1, e2, e3);
    if (D == 3) scaled4(h + 64, one, f2, e0, e1, e2, e3);
    if (D > 3) {
      const e4 = mul<f32>(e0, f2), e5 = mul<f32>(e1, f2), e6 = mul<f32>(e2, f2), e7 = mul<f32>(e3, f2);
      activate4(h + 64, one, e4, e5, e6, e7);
      scaled8(h + 128, one, f3, e0, e1, e2, e3, e4, e5, e6, e7);
      if (D > 4) {
        const f34 = mul<f32>(f3, f4);
        scaled8(h + 256, one, f4, e0, e1, e2, e3, e4, e5, e6, e7);
        scaled8(h + 384, one, f34, e0, e1, e2, e3, e4, e5, e6, e7);
        if (D > 5) {
          scaled8(h + 512, one, f5, e0, e1, e2, e3, e4, e5, e6, e7);
          scaled8(h + 640, one, mul<f32>(f3, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          scaled8(h + 768, one, mul<f32>(f4, f5), e0, e1, e2, e3, e4, e5, e6, e7);
          scaled8(h + 896, one, mul<f32>(f34, f5), e0, e1, e2, e3, e4, e5, e6, e7);
        }
      }
    }
  }
  if (isTanh) {
    v128.store(sums, sumA);
    v128.store(sums, sumB, 16);
  }
  if (v128.any_true(f32x4.gt(largest, f32x4.splat(limit(isTanh))))) replaceLarge();
}

// What the logits start from; for tanh half of it: A / 2 = (ba - sum wa) / 2 + sum wa s.
@inline export function startOf(isTanh: bool, bias: v128, sum: v128): v128 {
  return isTanh ? mul<f32>(add<f32>(bias, sum), constant32(16)) : bias;
}

@inline function evaluate(D: i32, isTanh: bool): void {
  const w = parameters, end = headBias, s = activations, sums = partial, kb = exponent(isTanh), kw = pm ? add<f32>(kb, kb) : kb;
  forward(
    D, isTanh, w, end, s, sums, pm, constant32(2), kb, kw,
    constant32(0), constant32(1), constant32(3), constant32(4), constant32(5), constant32(6), constant32(7),
  );
  const startA = startOf(isTanh, v128.load(end), v128.load(sums)), startB = startOf(isTanh, v128.load(end, 16), v128.load(sums, 16));
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
    v128.store(at, isTanh ? add<f32>(a0, a0) : a0);
    v128.store(at, isTanh ? add<f32>(b0, b0) : b0, 16);
    v128.store(at, isTanh ? add<f32>(a1, a1) : a1, 32);
    v128.store(at, isTanh ? add<f32>(b1, b1) : b1, 48);
  }
}

export function evaluateSigmoid2(): void { evaluate(2, false); }
export function evaluateSigmoid3(): void { evaluate(3, false); }
export function evaluateSigmoid4(): void { evaluate(4, false); }
export function evaluateSigmoid5(): void { evaluate(5, false); }
export function evaluateSigmoid6(): void { evaluate(6, false); }
export function evaluateTanh2(): void { evaluate(2, true); }
export function evaluateTanh3(): void { evaluate(3, true); }
export function evaluateTanh4(): void { evaluate(4, true); }
export function evaluateTanh5(): void { evaluate(5, true); }
export function evaluateTanh6(): void { evaluate(6, true); }

// Activations and logits of all rows.
export function evaluateProduct(): void {
  if (activation == TANH) {
    if (inputs == 3) evaluateTanh3();
    else if (inputs == 2) evaluateTanh2();
    else if (inputs == 4) evaluateTanh4();
    else if (inputs == 5) evaluateTanh5();
    else evaluateTanh6();
  } else {
    if (inputs == 3) evaluateSigmoid3();
    else if (inputs == 2) evaluateSigmoid2();
    else if (inputs == 4) evaluateSigmoid4();
    else if (inputs == 5) evaluateSigmoid5();
    else evaluateSigmoid6();
  }
}
