// More than two points: the theory applied to each pair, and how initial distances depend on depth and gain.

import { finalDistance } from './fixed-point.ts';
import { fail } from './two-points.ts';

/** Squared distances of n points, each a symmetric row-major [n, n] matrix whose diagonal is ignored. */
export interface PairDistances {
  /** |dx|^2, [x]^2. */
  inputs: ArrayLike<number>;
  /** |dy*|^2 of the targets, all heads together, [y]^2. */
  targets: ArrayLike<number>;
  /** |dh(0)|^2 of the untrained network, [h]^2. */
  hidden: ArrayLike<number>;
  /** |dy(0)|^2 of the untrained network, [y]^2. */
  outputs: ArrayLike<number>;
}

/**
 * Predicted final |dh| (not squared, [h]) of every pair, row-major [n, n], zero on the diagonal; each pair is treated
 * as if it were trained alone. Source: van Rossem and Saxe 2024, section on structure (their code, XOR).
 * @param ratio eta_h / eta_y, fitted once on two points of the same architecture
 * @throws one line on matrices of unequal size or on a pair with |dx| = 0 or |dh(0)| = 0
 */
export function finalPairDistances(pairs: PairDistances, ratio: number): Float64Array {
  const size = pairs.inputs.length;
  const n = Math.sqrt(size);
  for (const key of ['targets', 'hidden', 'outputs'] as const) {
    if (!Number.isInteger(n) || pairs[key].length !== size) {
      fail(
        'finalPairDistances',
        `${key} of ${n} x ${n} numbers`,
        pairs[key].length,
        'pass square matrices of one size',
      );
    }
  }
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) {
    fail('finalPairDistances', 'eta_h / eta_y positive and finite', ratio, 'fit it on two points first');
  }
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    if (i % (n + 1) === 0) continue;
    const H = pairs.hidden[i];
    const scale = ratio * pairs.inputs[i];
    if (!(H > 0 && scale > 0 && pairs.targets[i] >= 0 && pairs.outputs[i] >= 0)) {
      const pair = `points ${Math.floor(i / n)} and ${i % n}`;
      fail(
        'finalPairDistances',
        `${pair} to differ in input and hidden layer`,
        `|dx|^2 = ${pairs.inputs[i]}, |dh|^2 = ${H}`,
        'drop one',
      );
    }
    result[i] = Math.sqrt(finalDistance(H - (scale / H) * pairs.outputs[i], Math.sqrt(scale * pairs.targets[i])));
  }
  return result;
}

/**
 * Initial |dh|^2 at a hidden layer: that of the first hidden layer times (gain^2 (1 + slope^2) / 2)^layers, an
 * estimate for near points in wide layers of leaky ReLU with Xavier-normal weights times gain. "Small" means gain <
 * `criticalGain`.
 * @param first |dh(0)|^2 of the first hidden layer, [h]^2
 * @param layers number of layers after the first
 * @param slope of leaky ReLU below 0, default 0.01
 */
export function initialDistance(first: number, gain: number, layers: number, slope = 0.01): number {
  return first * ((gain * gain * (1 + slope * slope)) / 2) ** layers;
}

/** The gain at which initial distances neither shrink nor grow with depth: sqrt(2 / (1 + slope^2)). */
export function criticalGain(slope = 0.01): number {
  return Math.sqrt(2 / (1 + slope * slope));
}
