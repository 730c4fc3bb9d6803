// The hidden units' activation in the direct form, and its derivative from its value.

import { constant32, exp2, sigmoid, tanh, tanhRational } from "./math";
import { RELU, SIGMOID } from "./network";
import { add, clamp, div, mul, splat, sub, zero } from "./vector";

// f32 bits: 0, 1 = +-86; 2, 3 = +-7.9; 4..7, 8..11 = numerator and denominator of tanh, degree 4 to 1
const F32 = memory.data<u32>([
  0x42ac0000, 0xc2ac0000, 0x40fccccd, 0xc0fccccd, 0x328486f7, 0x37b8bee7, 0x3b6a8daf, 0x3e09bc04,
  0x3566d2fe, 0x39b37fac, 0x3cd6912e, 0x3eef88ab,
], 16);

@inline function constant(index: usize): v128 { return v128.load32_splat(F32 + 4 * index); }

// 1 / (1 + 2^(c z)): the sigmoid of z where c is -log2 e, of -z where c is log2 e, with the bits of sigmoid<f32>.
@inline export function logistic(z: v128, c: v128): v128 {
  const one = constant32(1), y = mul<f32>(clamp<f32>(z, constant(1), constant(0)), c);
  return div<f32>(one, add<f32>(one, exp2(y, constant32(0), one, constant32(3), constant32(4), constant32(5), constant32(6), constant32(7))));
}

@inline export function activate<T>(z: v128, kind: i32): v128 {
  if (kind == RELU) return v128.bitselect(zero(), z, v128.lt<T>(z, zero()));
  if (sizeof<T>() == 8) return kind == SIGMOID ? sigmoid<T>(z) : tanh<T>(z);
  if (kind == SIGMOID) return logistic(z, constant32(18));
  const x = clamp<f32>(z, constant(3), constant(2)), one = constant32(1);
  return tanhRational(x, constant(4), constant(5), constant(6), constant(7), one, constant(8), constant(9), constant(10), constant(11), one);
}

@inline export function slope<T>(h: v128, kind: i32): v128 {
  if (kind == SIGMOID) return sub<T>(h, mul<T>(h, h));
  if (kind == RELU) return v128.and(splat<T>(1), v128.gt<T>(h, zero()));
  return sub<T>(splat<T>(1), mul<T>(h, h));
}
