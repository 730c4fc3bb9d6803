// What leaves the kernel: weights, logits, outputs, losses, probes, replica after replica, every NaN the same.

import { evaluate } from "./direct";
import { sigmoid } from "./math";
import {
  cosineSum, counters, half, logits, loss, mse, outCosine, outLogits, outLosses, outLossStep, outOutputs, outRises, outRows, outWeights,
  parameterCount, parameters, rowMask, rows, scaled, steps, unscaled,
} from "./network";
import { measureLoss } from "./probes";
import { unscaleWeights } from "./scale";
import { div, lanes, splat } from "./vector";

// [count] vectors -> [lane][count] numbers, every NaN with the same bits
function scatter<T>(to: usize, from: usize, count: i32): void {
  const nan = sizeof<T>() == 4 ? i32x4.splat(0x7fc00000) : i64x2.splat(0x7ff8000000000000);
  const size = sizeof<T>(), lane = size * <usize>count;
  for (let i = 0; i < count; ++i, from += 16, to += size) {
    const v = v128.load(from), canonical = v128.bitselect(v, nan, v128.eq<T>(v, v));
    if (size == 4) {
      v128.store32_lane(to, canonical, 0);
      v128.store32_lane(to + lane, canonical, 1);
      v128.store32_lane(to + 2 * lane, canonical, 2);
      v128.store32_lane(to + 3 * lane, canonical, 3);
    } else {
      v128.store64_lane(to, canonical, 0);
      v128.store64_lane(to + lane, canonical, 1);
    }
  }
}

@inline function scatterCounts<T>(to: usize, first: i32, count: i32): void {
  for (let lane = 0; lane < lanes<T>(); ++lane) {
    for (let i = 0; i < count; ++i, to += 4) store<u32>(to, load<u32>(counters + 16 * (first + i) + sizeof<T>() * lane));
  }
}

// `first` is the place of the block's first replica among the group's results.
export function exportWeights<T>(first: usize): void {
  if (scaled) unscaleWeights();
  scatter<T>(outWeights + first * parameterCount * sizeof<T>(), scaled ? unscaled : parameters, parameterCount);
}

export function finishBlock<T>(first: usize): void {
  const size = first * sizeof<T>();
  exportWeights<T>(first);
  evaluate<T>();
  measureLoss<T>();
  scatter<T>(outLosses + 2 * size, loss, 2);
  scatter<T>(outLogits + 2 * rows * size, logits, 2 * rows);
  if (!mse) {
    for (let at = logits; at < logits + 32 * rows; at += 16) v128.store(at, sigmoid<T>(v128.load(at)));
  }
  scatter<T>(outOutputs + 2 * rows * size, logits, 2 * rows);
  v128.store(cosineSum, div<T>(v128.load(cosineSum), splat<T>(<f64>max((steps + 9) / 10 - (half + 9) / 10, 1))));
  scatter<T>(outCosine + size, cosineSum, 1);
  scatterCounts<T>(outLossStep + 16 * first, 0, 4);
  scatterCounts<T>(outRises + 8 * first, 4, 2);
  for (let lane = 0; lane < lanes<T>(); ++lane) {
    for (let r = 0; r < rows; ++r) store<u8>(outRows + (first + lane) * rows + r, load<u8>(rowMask + 16 * r + sizeof<T>() * lane) & 1);
  }
}
