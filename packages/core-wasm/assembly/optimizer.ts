// Gradient descent, momentum and Adam on vectors of parameters; the learning rate is already in the gradient, but for Adam.

import { ADAM, GD, LAST_RATE, MOMENTUM, gradients, moments, optimizer, parameterCount, parameters, rates } from "./network";
import { add, div, madd, mul, splat, sub } from "./vector";

@inline export function rateOf<T>(t: i32): v128 {
  const at = rates + 2 * sizeof<T>() * <usize>min(t, LAST_RATE - 1);
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

@inline export function epsilonOf<T>(t: i32): v128 {
  const at = rates + 2 * sizeof<T>() * <usize>min(t, LAST_RATE - 1) + sizeof<T>();
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

// One vector of parameters at `at`, with its moments.
@inline export function descend<T>(
  kind: i32, at: usize, first: usize, second: usize, g: v128, rate: v128, epsilon: v128, beta1: v128, beta2: v128,
): void {
  if (kind == GD) {
    v128.store(at, sub<T>(v128.load(at), g));
  } else if (kind == MOMENTUM) {
    const v = madd<T>(v128.load(first), beta1, g);
    v128.store(first, v);
    v128.store(at, sub<T>(v128.load(at), v));
  } else {
    const m = madd<T>(v128.load(first), beta1, g), v = madd<T>(v128.load(second), beta2, mul<T>(g, g));
    v128.store(first, m);
    v128.store(second, v);
    v128.store(at, sub<T>(v128.load(at), div<T>(mul<T>(rate, m), add<T>(v128.sqrt<T>(v), epsilon))));
  }
}

@inline function sweep<T>(kind: i32, rate: v128, epsilon: v128): void {
  const end = parameters + <usize>parameterCount * 16, beta1 = splat<T>(0.9), beta2 = splat<T>(0.999), m = moments;
  for (let at = parameters, g = gradients; at < end; at += 16, g += 16) {
    descend<T>(kind, at, at + m, at + 2 * m, v128.load(g), rate, epsilon, beta1, beta2);
  }
}

// Applies the gradient buffer at step t.
export function update<T>(t: i32): void {
  if (optimizer == GD) sweep<T>(GD, splat<T>(0), splat<T>(0));
  else if (optimizer == MOMENTUM) sweep<T>(MOMENTUM, splat<T>(0), splat<T>(0));
  else sweep<T>(ADAM, rateOf<T>(t), epsilonOf<T>(t));
}
