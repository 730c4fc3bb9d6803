// The kernel's exports. configure, write the targets, then for each block of replicas: begin, train..., finish.

import { beginBlock, forgetTables, shuffle, tabulateRates } from "./begin";
import { train } from "./direct";
import { exportWeights, finishBlock } from "./finish";
import { exp, log1p, sigmoid, tanh } from "./math";
import { activations, configureNetwork, deltas, orderCodes, parameters, results, targets, trainCount } from "./network";
import { philox } from "./philox";

export * from "./direct-variants";
export * from "./product-variants";
export {
  evaluateSigmoid2, evaluateSigmoid3, evaluateSigmoid4, evaluateSigmoid5, evaluateSigmoid6,
  evaluateTanh2, evaluateTanh3, evaluateTanh4, evaluateTanh5, evaluateTanh6,
  evaluateRelu2, evaluateRelu3, evaluateRelu4, evaluateRelu5, evaluateRelu6,
} from "./product";

let isDouble: bool;

// Returns 1, or 0 when the memory cannot grow as far as this network needs.
export function configure(
  double: bool, inputs: i32, hidden: i32, activation: i32, mse: bool, optimizer: i32, learningRate: f64, steps: i32, batch1: bool,
  pm: bool, gain: f64, sharing: i32, trainRows: i32, seed: u32, lossSteps: i32, cosine: bool,
): bool {
  isDouble = double;
  if (!configureNetwork(double, inputs, hidden, activation, mse, optimizer, learningRate, steps, batch1, pm, gain, sharing, trainRows, seed, lossSteps, cosine)) return false;
  forgetTables();
  if (double) tabulateRates<f64>(); else tabulateRates<f32>();
  return true;
}

// Two truth tables of 64 bytes each, Alice's first.
export function targetsAddress(): usize { return targets; }
// u32 addresses: weights, logits, outputs, losses, cosine, training rows, loss-step counts, rises; replica after replica.
export function resultsAddress(): usize { return results; }

export function begin(firstReplica: u32, restart: u32): void {
  if (isDouble) beginBlock<f64>(firstReplica, restart); else beginBlock<f32>(firstReplica, restart);
}

// Steps from..to-1 in double precision.
export function trainDirect64(from: i32, to: i32): void { train(from, to); }

// The block's results, to place `first` of the group: a multiple of the lanes, below 64.
export function finish(first: i32): void {
  if (isDouble) finishBlock<f64>(first); else finishBlock<f32>(first);
}

// The weights alone, into their place among the results.
export function peek(first: i32): void {
  if (isDouble) exportWeights<f64>(first); else exportWeights<f32>(first);
}

// The row of step t in the first lane (batch 1); call with t = 0, 1, 2...
export function rowOf(t: i32): i32 {
  const place = t % trainCount;
  if (place == 0) {
    if (isDouble) shuffle<f64>(t / trainCount); else shuffle<f32>(t / trainCount);
  }
  return load<u8>(orderCodes + 16 * place) & 63;
}

// For tests: [4 words][4 lanes] of a Philox counter, the block's parameters, activations and derivatives, and the functions
// the kernel is made of, on one vector in place.
export function parametersAddress(): usize { return parameters; }
export function activationsAddress(): usize { return activations; }
export function derivativesAddress(): usize { return deltas; }
export function philoxWords(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): usize { return philox(c0, c1, c2, c3, k0, k1); }

@inline function apply<T>(kind: i32, x: v128): v128 {
  return kind == 0 ? sigmoid<T>(x) : kind == 1 ? tanh<T>(x) : kind == 2 ? exp<T>(x) : log1p<T>(x);
}
export function apply32(kind: i32, at: usize): void { v128.store(at, apply<f32>(kind, v128.load(at))); }
export function apply64(kind: i32, at: usize): void { v128.store(at, apply<f64>(kind, v128.load(at))); }
