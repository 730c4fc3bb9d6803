// Training steps in the direct form (f32): C rows a step, one with batch 1, both where there is one input. What belongs to the
// step's rows and heads stays in locals, and every parameter is updated where its gradient is made. A step of few units waits
// for its own chain of operations: what is known before the chain is computed before it.

import { activate, logistic, slope } from "./activation";
import { shuffle, shufflePart } from "./begin";
import { evaluate } from "./direct";
import { constant32 } from "./math";
import {
  ADAM, FROZEN, ONLY_A, RELU, SEPARATE,
  cosineFrom, headBias, inputs, logits, lossFrom, moments, mse, orderCodes, parameters, pm, sharing, slots, stepActivations,
  stride, trainCount,
} from "./network";
import { descend, ratesOf } from "./optimizer";
import { observe } from "./probes";
import { inputOf, scaleFor, targetSign } from "./slots";
import { add, bitMask, madd, mul, sub, zero } from "./vector";

// The two constants of a row and head, from the target's sign bit: delta = num / (1 + 2^(c A)) for bce, (A - c) num for mse.
@inline function rowConstant(sign: v128, isLinear: bool): v128 {
  return isLinear ? v128.and(constant32(1), bitMask<f32>(sign, 31)) : v128.xor(constant32(18), sign);
}

@inline function rowFactor(sign: v128, scale: v128, isLinear: bool): v128 { return isLinear ? scale : v128.xor(scale, sign); }

@inline function delta(logit: v128, c: v128, num: v128, isLinear: bool): v128 {
  return isLinear ? mul<f32>(sub<f32>(logit, c), num) : mul<f32>(logistic(logit, c), num);
}

@inline export function train(C: i32, F: i32, kind: i32, from: i32, to: i32): void {
  const d = C == 1 ? inputs : 1, w = parameters, end = headBias, s = stepActivations, m = moments, share = sharing, isLinear = mse, plusMinus = pm;
  const head = <usize>(d + 1) * 16, size = C == 1 ? stride : 64, count = trainCount, scale = scaleFor<f32>(1);
  const firstLoss = lossFrom, firstCosine = cosineFrom, beta1 = constant32(20), beta2 = constant32(21);
  let x0 = zero(), x1 = zero(), x2 = zero(), x3 = zero(), x4 = zero(), x5 = zero();
  let cA = zero(), cB = zero(), numA = zero(), numB = zero(), cA1 = zero(), cB1 = zero(), numA1 = zero(), numB1 = zero();
  if (C == 2) {
    const at = slots, signA = v128.load(at, 32), signB = v128.load(at, 48), signA1 = v128.load(at, 96), signB1 = v128.load(at, 112);
    x0 = v128.load(at);
    x1 = v128.load(at, 64);
    cA = rowConstant(signA, isLinear); numA = rowFactor(signA, v128.load(at, 16), isLinear);
    cB = rowConstant(signB, isLinear); numB = rowFactor(signB, v128.load(at, 16), isLinear);
    cA1 = rowConstant(signA1, isLinear); numA1 = rowFactor(signA1, v128.load(at, 80), isLinear);
    cB1 = rowConstant(signB1, isLinear); numB1 = rowFactor(signB1, v128.load(at, 80), isLinear);
  }
  let rate = zero(), epsilon = zero(), place = from % count, epoch = from / count, order = orderCodes + 16 * count * (epoch & 1);
  for (let t = from; t < to; ++t) {
    const watched = t >= firstLoss || (t >= firstCosine && t % 10 == 0);
    if (C == 1) {
      if (watched) {
        evaluate<f32>();
        observe<f32>(t);
      }
      if (t == 0) shuffle<f32>(0);
      const code = v128.load(order + 16 * place);
      x0 = inputOf<f32>(code, 0, plusMinus);
      if (d > 1) x1 = inputOf<f32>(code, 1, plusMinus);
      if (d > 2) x2 = inputOf<f32>(code, 2, plusMinus);
      if (d > 3) x3 = inputOf<f32>(code, 3, plusMinus);
      if (d > 4) x4 = inputOf<f32>(code, 4, plusMinus);
      if (d > 5) x5 = inputOf<f32>(code, 5, plusMinus);
      const signA = targetSign<f32>(code, 0), signB = targetSign<f32>(code, 1);
      cA = rowConstant(signA, isLinear); numA = rowFactor(signA, scale, isLinear);
      cB = rowConstant(signB, isLinear); numB = rowFactor(signB, scale, isLinear);
    }
    let a = v128.load(end), b = v128.load(end, 16), a1 = a, b1 = b;
    for (let u = w, h = s; u < end; u += size, h += 16 * C) {
      const bias = v128.load(u), w0 = v128.load(u, 16), wa = v128.load(u + head), wb = v128.load(u + head, 16);
      let z = madd<f32>(w0, x0, bias);
      if (C == 1) {
        if (d > 1) z = madd<f32>(v128.load(u, 32), x1, z);
        if (d > 2) z = madd<f32>(v128.load(u, 48), x2, z);
        if (d > 3) z = madd<f32>(v128.load(u, 64), x3, z);
        if (d > 4) z = madd<f32>(v128.load(u, 80), x4, z);
        if (d > 5) z = madd<f32>(v128.load(u, 96), x5, z);
      }
      const value = activate<f32>(z, F);
      a = madd<f32>(wa, value, a);
      b = madd<f32>(wb, value, b);
      v128.store(h, value);
      if (C == 2) {
        const value1 = activate<f32>(madd<f32>(w0, x1, bias), F);
        a1 = madd<f32>(wa, value1, a1);
        b1 = madd<f32>(wb, value1, b1);
        v128.store(h, value1, 16);
      }
    }
    if (C == 2 && watched) {
      const l = logits;
      v128.store(l, a); v128.store(l, b, 16); v128.store(l, a1, 32); v128.store(l, b1, 48);
      observe<f32>(t);
    }
    if (C == 1) {
      // the next epoch's order, a part a step: a whole shuffle would stand in the chain's way
      const next = orderCodes + 16 * count * (epoch + 1 & 1);
      shufflePart<f32>(next, epoch + 1, place);
      if (++place == count) {
        place = 0;
        ++epoch;
        order = next;
      }
    }
    if (kind == ADAM) {
      const at = ratesOf<f32>(t);
      rate = v128.load32_splat(at);
      epsilon = v128.load32_splat(at, 4);
    }
    a = delta(a, cA, numA, isLinear);
    b = delta(b, cB, numB, isLinear);
    let sumA = a, sumB = b;
    if (C == 2) {
      a1 = delta(a1, cA1, numA1, isLinear);
      b1 = delta(b1, cB1, numB1, isLinear);
      sumA = add<f32>(a, a1);
      sumB = add<f32>(b, b1);
    }
    for (let u = w, h = s; u < end; u += size, h += 16 * C) {
      const value = v128.load(h), wa = v128.load(u + head), first = u + m, second = first + m;
      // sums start at their first term, not at 0: that decides the sign of a zero alone
      let wb = v128.load(u + head, 16), ga = mul<f32>(a, value), gb = mul<f32>(b, value);
      if (share == ONLY_A) wb = zero();
      const term = mul<f32>(add<f32>(mul<f32>(wa, a), mul<f32>(wb, b)), slope<f32>(value, F));
      let total = term, g0 = mul<f32>(term, x0);
      if (C == 2) {
        const value1 = v128.load(h, 16), term1 = mul<f32>(add<f32>(mul<f32>(wa, a1), mul<f32>(wb, b1)), slope<f32>(value1, F));
        ga = madd<f32>(a1, value1, ga);
        gb = madd<f32>(b1, value1, gb);
        total = add<f32>(term, term1);
        g0 = madd<f32>(term1, x1, g0);
      }
      if (share != FROZEN) {
        descend<f32>(kind, F == RELU, u, first, second, total, rate, epsilon, beta1, beta2);
        descend<f32>(kind, F == RELU, u + 16, first + 16, second + 16, g0, rate, epsilon, beta1, beta2);
        if (C == 1) {
          if (d > 1) descend<f32>(kind, F == RELU, u + 32, first + 32, second + 32, mul<f32>(term, x1), rate, epsilon, beta1, beta2);
          if (d > 2) descend<f32>(kind, F == RELU, u + 48, first + 48, second + 48, mul<f32>(term, x2), rate, epsilon, beta1, beta2);
          if (d > 3) descend<f32>(kind, F == RELU, u + 64, first + 64, second + 64, mul<f32>(term, x3), rate, epsilon, beta1, beta2);
          if (d > 4) descend<f32>(kind, F == RELU, u + 80, first + 80, second + 80, mul<f32>(term, x4), rate, epsilon, beta1, beta2);
          if (d > 5) descend<f32>(kind, F == RELU, u + 96, first + 96, second + 96, mul<f32>(term, x5), rate, epsilon, beta1, beta2);
        }
      }
      if (share == SEPARATE) {
        if (u < w + (end - w >> 1)) gb = zero(); else ga = zero();
      }
      descend<f32>(kind, F == RELU, u + head, first + head, second + head, ga, rate, epsilon, beta1, beta2);
      descend<f32>(kind, F == RELU, u + head + 16, first + head + 16, second + head + 16, gb, rate, epsilon, beta1, beta2);
    }
    descend<f32>(kind, F == RELU, end, end + m, end + 2 * m, sumA, rate, epsilon, beta1, beta2);
    descend<f32>(kind, F == RELU, end + 16, end + m + 16, end + 2 * m + 16, sumB, rate, epsilon, beta1, beta2);
  }
}
