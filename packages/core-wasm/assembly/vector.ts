// Arithmetic on v128 for T = f32 (4 replicas) or f64 (2 replicas): one source for both precisions.

@inline export function add<T>(a: v128, b: v128): v128 { return v128.add<T>(a, b); }
@inline export function sub<T>(a: v128, b: v128): v128 { return v128.sub<T>(a, b); }
@inline export function mul<T>(a: v128, b: v128): v128 { return v128.mul<T>(a, b); }
@inline export function div<T>(a: v128, b: v128): v128 { return v128.div<T>(a, b); }
// Two roundings; one, or two where the machine has no fused multiply-add, in the build with relaxed SIMD.
@inline export function madd<T>(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<T>(a, b, c) : v128.add<T>(v128.mul<T>(a, b), c);
}
@inline export function splat<T>(x: f64): v128 { return v128.splat<T>(<T>x); }
@inline export function zero(): v128 { return i32x4.splat(0); }
@inline export function lanes<T>(): i32 { return 16 / <i32>sizeof<T>(); }

// pmin and pmax with the variable first: a NaN stays a NaN, and x64 needs one instruction (min and max need five).
@inline export function clamp<T>(x: v128, low: v128, high: v128): v128 {
  return v128.pmin<T>(v128.pmax<T>(x, low), high);
}

@inline export function signBit<T>(): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(i32.MIN_VALUE) : i64x2.splat(i64.MIN_VALUE);
}

@inline export function shiftLeft<T>(a: v128, bits: i32): v128 {
  return sizeof<T>() == 4 ? i32x4.shl(a, bits) : i64x2.shl(a, bits);
}

// All ones in the lanes where `bit` of the integer is set.
@inline export function bitMask<T>(code: v128, bit: i32): v128 {
  return sizeof<T>() == 4
    ? i32x4.shr_s(i32x4.shl(code, 31 - bit), 31)
    : i64x2.shr_s(i64x2.shl(code, 63 - bit), 63);
}
