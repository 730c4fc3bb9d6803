// What becomes of a vector of gradients. The learning rate is already in it, but for Adam's and a collected one.

import { ADAM, COLLECT, GD, MOMENTUM, collected, learningRate, parameterBytes, parameters } from "./network";

// Adam with undamped moments: w -= rate M / (sqrt(V) + epsilon) equals the bias-corrected rule (Kingma and Ba 2015, sec. 2).
export let rate: f32, epsilon: f32;
let power1: f64, power2: f64;

export function restartOptimizer(): void {
  power1 = power2 = 1;
}

export function nextRate(): void {
  power1 *= 0.9;
  power2 *= 0.999;
  const root = sqrt<f64>(1 - power2) / sqrt<f64>(1 - 0.999);
  rate = <f32>(learningRate * (1 - 0.9) * root / (1 - power1));
  epsilon = <f32>(1e-8 * root);
}

// Bytes from a parameter to its first moment, or to its collected gradient.
@inline export function beside(kind: i32): usize { return kind == COLLECT ? collected - parameters : parameterBytes; }

// `w` is what lies at `at`.
@inline export function descend(kind: i32, at: usize, offset: usize, w: v128, g: v128): void {
  if (kind == GD) {
    v128.store(at, f32x4.sub(w, g));
  } else if (kind == MOMENTUM) {
    const v = f32x4.add(f32x4.mul(v128.load(at + offset), f32x4.splat(0.9)), g);
    v128.store(at + offset, v);
    v128.store(at, f32x4.sub(w, v));
  } else if (kind == ADAM) {
    const m = f32x4.add(f32x4.mul(v128.load(at + offset), f32x4.splat(0.9)), g);
    const v = f32x4.add(f32x4.mul(v128.load(at + 2 * offset), f32x4.splat(0.999)), f32x4.mul(g, g));
    v128.store(at + offset, m);
    v128.store(at + 2 * offset, v);
    const move = f32x4.div(f32x4.mul(f32x4.splat(rate), m), f32x4.add(f32x4.sqrt(v), f32x4.splat(epsilon)));
    v128.store(at, f32x4.sub(w, move));
  } else {
    v128.store(at + offset, g);
  }
}
