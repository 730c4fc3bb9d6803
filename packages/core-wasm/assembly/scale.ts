// Hidden weights and biases as exponents of the product form, with the weights themselves beside them.

import { constant32 } from "./math";
import { TANH, activation, headBias, inputs, parameterCount, parameters, stride, unscaled, weightScale } from "./network";
import { mul } from "./vector";

export function scaleWeights(): void {
  const scale = constant32(activation == TANH ? 19 : 18), end = headBias, unitBytes = stride, hidden = <usize>(inputs + 1) * 16;
  memory.copy(unscaled, parameters, 16 * parameterCount);
  for (let u = parameters; u < end; u += unitBytes) {
    for (let at = u; at < u + hidden; at += 16) v128.store(at, mul<f32>(scale, v128.load(at)));
  }
}

export function restoreWeights(): void {
  memory.copy(parameters, unscaled, 16 * parameterCount);
}

// The weights after training, beside the scaled ones. Where one has not moved its bits from before the scaling stay:
// rounded, a scaled weight no longer tells them.
export function unscaleWeights(): void {
  const scale = <f32>weightScale, across = unscaled - parameters;
  for (let u = parameters; u < headBias; u += stride) {
    const head = u + <usize>(inputs + 1) * 16;
    for (let at = u; at < head; at += 4) {
      const w = load<f32>(at);
      if (w != scale * load<f32>(at + across)) store<f32>(at + across, <f32>(<f64>w / weightScale));
    }
    memory.copy(head + across, head, 32);
  }
  memory.copy(headBias + across, headBias, 32);
}
