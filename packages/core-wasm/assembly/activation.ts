// The hidden units' activation in the direct form, and its derivative from its value.

import { sigmoid, tanh } from "./math";
import { RELU, SIGMOID } from "./network";
import { mul, splat, sub, zero } from "./vector";

@inline export function activate<T>(z: v128, kind: i32): v128 {
  if (kind == SIGMOID) return sigmoid<T>(z);
  if (kind == RELU) return v128.bitselect(zero(), z, v128.lt<T>(z, zero()));
  return tanh<T>(z);
}

@inline export function slope<T>(h: v128, kind: i32): v128 {
  if (kind == SIGMOID) return sub<T>(h, mul<T>(h, h));
  if (kind == RELU) return v128.and(splat<T>(1), v128.gt<T>(h, zero()));
  return sub<T>(splat<T>(1), mul<T>(h, h));
}
