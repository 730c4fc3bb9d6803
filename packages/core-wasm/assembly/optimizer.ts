// Gradient descent, momentum and Adam on vectors of parameters; the learning rate is already in the gradient, but for Adam.

import { ADAM, GD, LAST_RATE, MOMENTUM, RELU, activation, gradients, moments, optimizer, parameterCount, parameters, rates } from "./network";
import { add, div, madd, mul, splat, sub } from "./vector";

// Address of {rate, epsilon, rate of hidden weights} of step t.
@inline export function ratesOf<T>(t: i32): usize { return rates + 3 * sizeof<T>() * <usize>min(t, LAST_RATE - 1); }

// Below 1e-20 a first moment is zero. A dead relu unit's would else shrink into subnormal numbers, which cost two to three
// times the step.
@inline function flushed<T>(m: v128): v128 {
  return v128.andnot(m, v128.lt<T>(v128.abs<T>(m), splat<T>(1e-20))); // a NaN stays
}

// One vector of parameters at `at`, with its moments; `flush` for relu.
@inline export function descend<T>(
  kind: i32, flush: bool, at: usize, first: usize, second: usize, g: v128, rate: v128, epsilon: v128, beta1: v128, beta2: v128,
): void {
  if (kind == GD) {
    v128.store(at, sub<T>(v128.load(at), g));
  } else if (kind == MOMENTUM) {
    let v = madd<T>(v128.load(first), beta1, g);
    if (flush) v = flushed<T>(v);
    v128.store(first, v);
    v128.store(at, sub<T>(v128.load(at), v));
  } else {
    let m = madd<T>(v128.load(first), beta1, g);
    const v = madd<T>(v128.load(second), beta2, mul<T>(g, g));
    if (flush) m = flushed<T>(m);
    v128.store(first, m);
    v128.store(second, v);
    v128.store(at, sub<T>(v128.load(at), div<T>(mul<T>(rate, m), add<T>(v128.sqrt<T>(v), epsilon))));
  }
}

@inline function sweep<T>(kind: i32, flush: bool, rate: v128, epsilon: v128): void {
  const end = parameters + <usize>parameterCount * 16, beta1 = splat<T>(0.9), beta2 = splat<T>(0.999), m = moments;
  for (let at = parameters, g = gradients; at < end; at += 16, g += 16) {
    descend<T>(kind, flush, at, at + m, at + 2 * m, v128.load(g), rate, epsilon, beta1, beta2);
  }
}

@inline function step<T>(flush: bool, t: i32): void {
  if (optimizer == GD) sweep<T>(GD, false, splat<T>(0), splat<T>(0));
  else if (optimizer == MOMENTUM) sweep<T>(MOMENTUM, flush, splat<T>(0), splat<T>(0));
  else {
    const at = ratesOf<T>(t);
    sweep<T>(ADAM, flush, v128.splat<T>(load<T>(at)), v128.splat<T>(load<T>(at, sizeof<T>())));
  }
}

// Applies the gradient buffer at step t.
export function update<T>(t: i32): void {
  if (activation == RELU) step<T>(true, t); else step<T>(false, t);
}
