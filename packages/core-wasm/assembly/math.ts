// Exponential, sigmoid, tanh and logarithm for both precisions, from core operations only.

import { add, clamp, div, madd, mul, signBit, splat, sub } from "./vector";

// f32 bits: 0 = 1.5 * 2^23, 1 = one, 2 = absolute-value mask; 3..7 = 2^r on [-.5, .5], degree 5 to 1 (c0 = 1; Lawson minimax);
// 8..12 = 753.2121 * 2^r in Knuth's adapted form (TAOCP 4.6.4), 13 = 753.2121; 14, 15 = +-86.6; 16 = .5; 17 = .25;
// 18, 19 = -log2 e, twice that; 20, 21 = Adam's .9 and .999
const F32 = memory.data<u32>([
  0x4b400000, 0x3f800000, 0x7fffffff, 984476862, 1008628825, 1029921645, 1047919841, 1060205077, 1058699786, 1105125422,
  1135334212, 1083963419, 3295868395, 1144802707, 0x42ad3333, 0xc2ad3333, 0x3f000000, 0x3e800000,
  0xbfb8aa3b, 0xc038aa3b, 0x3f666666, 0x3f7fbe77,
], 16);
// f64: 0 = 1.5 * 2^52, 1, 2 = ln 2 in two parts, 3..13 = (e^r - 1 - r) / r^2, degree 10 to 0, 14 = log2 e, 15 = one
const F64 = memory.data<f64>([
  6755399441055744, 1.9082149292705877e-10, 0.6931471803691238, 2.0914717341716376e-9, 2.5105259538448493e-8,
  2.755727357010214e-7, 2.7557255297969644e-6, 0.000024801587325605323, 0.00019841269874901259, 0.0013888888888883732,
  0.008333333333326112, 0.041666666666666667, 0.16666666666666671, 0.5, 1.4426950408889634, 1,
], 16);

export const KNUTH: f64 = 753.2120971679688;
export const LOG2E: f64 = 1.4426950408889634;

// A load keeps a constant out of the instruction stream: an inline v128.const is built again at every use.
@inline export function constant32(index: usize): v128 { return v128.load32_splat(F32 + 4 * index); }
@inline function constant64(index: usize): v128 { return v128.load64_splat(F64 + 8 * index); }
@inline function one<T>(): v128 { return sizeof<T>() == 4 ? constant32(1) : constant64(15); }

// 2^y in f32: relative error 1.8e-7, 1 exactly at 0.
@inline export function exp2(y: v128, magic: v128, one: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128): v128 {
  const t = f32x4.add(y, magic), r = f32x4.sub(y, f32x4.sub(t, magic));
  let p = madd<f32>(r, c5, c4);
  p = madd<f32>(p, r, c3);
  p = madd<f32>(p, r, c2);
  p = madd<f32>(p, r, c1);
  return i32x4.add(madd<f32>(p, r, one), i32x4.shl(t, 23));
}

// KNUTH * 2^y in f32 with two operations less: relative error 4.0e-7 + |y| * 4.2e-8, exact at 0.
@inline export function exp2Scaled(y: v128, magic: v128, q0: v128, q1: v128, q2: v128, q3: v128, q4: v128): v128 {
  const t = f32x4.add(y, magic), x = f32x4.sub(y, f32x4.sub(t, magic));
  const u = f32x4.add(x, q0), v = f32x4.mul(u, u);
  const p = madd<f32>(f32x4.add(v, q1), v, q2);
  return i32x4.add(madd<f32>(p, f32x4.add(x, q3), q4), i32x4.shl(t, 23));
}

// e^r - 1 for x = k ln 2 + r, where t holds k in its low bits (Cody and Waite 1980).
@inline function expMinusOne(x: v128, t: v128): v128 {
  const k = sub<f64>(t, constant64(0));
  const r = sub<f64>(sub<f64>(x, mul<f64>(k, constant64(2))), mul<f64>(k, constant64(1)));
  let q = madd<f64>(r, constant64(3), constant64(4));
  q = madd<f64>(q, r, constant64(5));
  q = madd<f64>(q, r, constant64(6));
  q = madd<f64>(q, r, constant64(7));
  q = madd<f64>(q, r, constant64(8));
  q = madd<f64>(q, r, constant64(9));
  q = madd<f64>(q, r, constant64(10));
  q = madd<f64>(q, r, constant64(11));
  q = madd<f64>(q, r, constant64(12));
  q = madd<f64>(q, r, constant64(13));
  return madd<f64>(mul<f64>(r, r), q, r);
}

// e^x; the caller keeps x within +-86 (f32) or +-700 (f64).
@inline export function exp<T>(x: v128): v128 {
  if (sizeof<T>() == 4) {
    return exp2(mul<f32>(x, splat<f32>(LOG2E)), constant32(0), constant32(1), constant32(3), constant32(4), constant32(5), constant32(6), constant32(7));
  } else {
    const t = madd<f64>(x, constant64(14), constant64(0));
    const power = i64x2.add(i64x2.shl(t, 52), constant64(15));
    return add<f64>(mul<f64>(power, expMinusOne(x, t)), power);
  }
}

@inline function bound<T>(): f64 { return sizeof<T>() == 4 ? 86 : 700; }

@inline export function sigmoid<T>(z: v128): v128 {
  const v = clamp<T>(v128.xor(z, signBit<T>()), splat<T>(-bound<T>()), splat<T>(bound<T>()));
  return div<T>(one<T>(), add<T>(one<T>(), exp<T>(v)));
}

// x P(x^2) / Q(x^2) in f32, minimax on [-7.9, 7.9], 5.2 ulp; p0 and q0 are one.
@inline export function tanhRational(x: v128, p4: v128, p3: v128, p2: v128, p1: v128, p0: v128, q4: v128, q3: v128, q2: v128, q1: v128, q0: v128): v128 {
  const u = mul<f32>(x, x);
  let p = madd<f32>(u, p4, p3);
  p = madd<f32>(p, u, p2);
  p = madd<f32>(p, u, p1);
  p = madd<f32>(p, u, p0);
  let q = madd<f32>(u, q4, q3);
  q = madd<f32>(q, u, q2);
  q = madd<f32>(q, u, q1);
  q = madd<f32>(q, u, q0);
  return div<f32>(mul<f32>(x, p), q);
}

@inline export function tanh<T>(z: v128): v128 {
  if (sizeof<T>() == 4) {
    return tanhRational(
      clamp<f32>(z, splat<f32>(-7.9), splat<f32>(7.9)),
      splat<f32>(1.542819771988125e-8), splat<f32>(2.2023404615410372e-5), splat<f32>(0.003579001654540344), splat<f32>(0.13450628672516626), splat<f32>(0.999999994356843),
      splat<f32>(8.598871205917826e-7), splat<f32>(0.0003423666333671484), splat<f32>(0.02619227454859763), splat<f32>(0.46783956675893246), constant32(1),
    );
  } else {
    const sign = v128.and(z, signBit<f64>());
    let a = v128.pmin<f64>(v128.xor(z, sign), splat<f64>(22));
    a = add<f64>(a, a);
    const t = madd<f64>(a, constant64(14), constant64(0));
    const power = i64x2.add(i64x2.shl(t, 52), constant64(15));
    const e = madd<f64>(power, expMinusOne(a, t), sub<f64>(power, constant64(15)));
    return v128.or(div<f64>(e, add<f64>(e, splat<f64>(2))), sign);
  }
}

// ln(1 + p) for p >= 0, relative error of a few ulp also for tiny p: 2 atanh(f / (2 + f)) + k ln 2.
@inline export function log1p<T>(p: v128): v128 {
  const u = add<T>(one<T>(), p);
  let f: v128, k: v128;
  if (sizeof<T>() == 4) {
    const e = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23);
    f = v128.bitselect(p, f32x4.sub(i32x4.sub(u, i32x4.shl(e, 23)), constant32(1)), i32x4.eq(e, i32x4.splat(0)));
    k = f32x4.convert_i32x4_s(e);
  } else {
    const e = i64x2.shr_s(i64x2.sub(u, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
    f = v128.bitselect(p, f64x2.sub(i64x2.sub(u, i64x2.shl(e, 52)), constant64(15)), i64x2.eq(e, i64x2.splat(0)));
    k = f64x2.sub(i64x2.add(e, constant64(0)), constant64(0));
  }
  const z = div<T>(f, add<T>(splat<T>(2), f)), w = mul<T>(z, z);
  let s = splat<T>(2.0 / 9);
  if (sizeof<T>() == 8) {
    s = splat<T>(2.0 / 23);
    s = madd<T>(s, w, splat<T>(2.0 / 21));
    s = madd<T>(s, w, splat<T>(2.0 / 19));
    s = madd<T>(s, w, splat<T>(2.0 / 17));
    s = madd<T>(s, w, splat<T>(2.0 / 15));
    s = madd<T>(s, w, splat<T>(2.0 / 13));
    s = madd<T>(s, w, splat<T>(2.0 / 11));
    s = madd<T>(s, w, splat<T>(2.0 / 9));
  }
  s = madd<T>(s, w, splat<T>(2.0 / 7));
  s = madd<T>(s, w, splat<T>(2.0 / 5));
  s = madd<T>(s, w, splat<T>(2.0 / 3));
  s = madd<T>(s, w, splat<T>(2));
  return madd<T>(k, splat<T>(0.6931471805599453), mul<T>(z, s));
}
