// The fit of the two rates at each hidden layer of one network, and the layer that the theory follows best.

import { fitRates, type RateFit, type RateFitOptions, type Trajectory } from './fit-rates.ts';
import type { TwoPoints } from './two-points.ts';

export interface LayerFits {
  /** [layers]; null where no rates follow the curves. */
  fits: (RateFit | null)[];
  /** Place of the layer with the largest sum of R² of H, Y and w, whatever the scale of its H; -1 if none was fitted. */
  best: number;
}

/**
 * `fitRates` at each layer: any hidden layer may stand for "the representation", and the theory does not say which.
 * Source: van Rossem and Saxe 2024 (their code, 2_points_depth).
 * @param layers curves of one network, one trajectory a layer
 */
export function fitLayers(
  data: Pick<TwoPoints, 'dx2' | 'dyStar'>,
  layers: readonly Trajectory[],
  options: RateFitOptions = {},
): LayerFits {
  const fits = layers.map((trajectory) => {
    try {
      return fitRates(data, trajectory, options);
    } catch {
      return null; // a layer that died, or curves that no rates follow
    }
  });
  let best = -1;
  fits.forEach((fit, layer) => {
    if (fit !== null && (best < 0 || explained(fit) > explained(fits[best]!))) best = layer;
  });
  return { fits, best };
}

const explained = ({ r2 }: RateFit): number => r2.H + r2.Y + r2.w;
