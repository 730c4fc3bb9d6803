// The learning rate of a step: a linear warm-up, then constant.

/** @param step from 0 @param warmUp steps until the full rate, which step `warmUp - 1` is the first to take */
export function learningRateAt(step: number, learningRate: number, warmUp: number): number {
  return step + 1 < warmUp ? (learningRate * (step + 1)) / warmUp : learningRate;
}
