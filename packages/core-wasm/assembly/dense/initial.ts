// The weights before step 0: parameter p of the list (layer by layer, weights row by row, then biases) is made from word p
// of the stream, so any of them can be made alone.

import { log1p } from "../math";
import { INIT, openStream, wordsAt } from "../philox";
import { GD, UNIFORM, gain, hasBias, initial, isConvolution, kernel, layerAt, layers, optimizer, parameterBytes, parameters, replica, restart, seed } from "./network";
import { restartOptimizer } from "./optimizer";

// ln r for 0 < r <= 1
function log(r: f64): f64 {
  return -f64x2.extract_lane(log1p<f64>(f64x2.splat(1 / r - 1)), 0);
}

// Standard normal quantile at (word + 1/2) / 2^32 (Wichura 1988, AS 241, PPND16; |x| < 6.4, so its far tail is not needed).
export function normal(word: u32): f64 {
  const p = (<f64>word + 0.5) * 2.3283064365386963e-10, q = p - 0.5;
  if (abs<f64>(q) <= 0.425) {
    const r = 0.180625 - q * q;
    const top = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r
      + 13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608;
    const bottom = ((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r
      + 5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1;
    return q * top / bottom;
  }
  const r = sqrt<f64>(-log(q < 0 ? p : 1 - p)) - 1.6;
  const top = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
    + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r
    + 1.42343711074968357734;
  const bottom = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
    + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1;
  return q < 0 ? -top / bottom : top / bottom;
}

// Uniform in [-1, 1), from the word's upper 24 bits.
@inline function uniform(word: u32): f64 { return <f64>(word >>> 8) * 1.1920928955078125e-7 - 1; }

export function initialize(): void {
  memory.fill(parameters, 0, optimizer == GD ? parameterBytes : parameterBytes * (1 + optimizer));
  restartOptimizer();
  openStream();
  let p: u32 = 0;
  for (let l = 0; l < layers; ++l) {
    const layer = layerAt(l), inputs = layer.inputs, outputs = layer.outputs;
    const fanOut = isConvolution(l) ? outputs * kernel : outputs; // as torch has it
    const scale = initial == UNIFORM ? gain / sqrt<f64>(<f64>inputs) : gain * sqrt<f64>(2 / <f64>(inputs + fanOut));
    for (let o = 0; o < outputs; ++o) {
      const row = layer.weights + <usize>o * layer.inputStride;
      for (let i = 0; i < inputs; ++i, ++p) {
        const word = load<u32>(wordsAt(seed, p, replica, INIT, restart));
        store<f32>(row + 4 * i, <f32>(scale * (initial == UNIFORM ? uniform(word) : normal(word))));
      }
    }
    for (let o = 0; o < outputs; ++o, ++p) {
      if (!hasBias || initial != UNIFORM) continue;
      store<f32>(layer.bias + 4 * o, <f32>(scale * uniform(load<u32>(wordsAt(seed, p, replica, INIT, restart)))));
    }
  }
}
