// The exports of dense.wasm. Write the widths and heads, configure, initialize; then setRows, write the rows, step or forward.

import { philox, below } from "../philox";
import {
  configureNetwork, collected, headWeights, headWidths, layerAt, losses, parameters, plane, replica, reserveGradient, restart, seed, targetStride,
  targets, widths,
} from "./network";

// Hot functions are exports so that the compiler keeps them apart and an engine optimizes each on its own; benches call them.
export { backwardProduct, forwardProduct } from "./product";
export {
  collect, sweepAdam, sweepCollect, sweepFourAdam, sweepFourCollect, sweepFourGd, sweepFourMomentum, sweepGd, sweepMomentum, updateAdam,
  updateGd, updateMomentum,
} from "./update";
export { initialize, normal } from "./initial";
export { forward, gradient, step } from "./train";
export { distance, readProbabilities, readRows } from "./read";
export { positionsOf, reserveGradient, setKernel, setRows } from "./network";
export { activateLayer, activatePlanes } from "./activation";
export { convolve, correlate } from "./convolution";
export { measureLosses } from "./loss";
export { thinInput } from "./dropout";

export function configure(
  layers: i32, heads: i32, rows: i32, activation: i32, loss: i32, sumOutputs: bool, optimizer: i32, learningRate: f64, gain: f64,
  initial: i32, bias: bool, skip: bool, dropout: f64, seed: u32, replica: u32, restart: u32,
): bool {
  return configureNetwork(
    layers, heads, rows, activation, loss, sumOutputs, optimizer, learningRate, gain, initial, bias, skip, dropout, seed, replica, restart,
  );
}

export function widthsAddress(): usize { return widths; }
export function headWidthsAddress(): usize { return headWidths; }
export function headWeightsAddress(): usize { return headWeights; }
export function lossesAddress(): usize { return losses; }
export function targetsAddress(): usize { return targets; }
export function inputsAddress(): usize { return layerAt(0).input; }
export function weightsAddress(layer: i32): usize { return layerAt(layer).weights; }
export function biasAddress(layer: i32): usize { return layerAt(layer).bias; }
export function outputAddress(layer: i32): usize { return layerAt(layer).output; }
/** Bytes between two rows of a layer's inputs, its weights included. */
export function inputStride(layer: i32): usize { return layerAt(layer).inputStride; }
export function outputStride(layer: i32): usize { return layerAt(layer).outputStride; }
/** Bytes between two channels of a convolution's row. */
export function planeStride(): usize { return plane; }
/** Bytes from a parameter to its collected gradient. */
export function gradientOffset(): usize { return collected - parameters; }

/** Word `index` of one of this network's streams, as a uniform integer in 0..bound-1. */
export function draw(stream: u32, index: u32, bound: i32): i32 {
  return below(load<u32>(philox(index >> 2, replica, stream, restart, seed, 0) + 16 * (index & 3)), bound);
}
