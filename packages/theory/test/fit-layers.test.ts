// The best layer is the one whose curves the theory explains most of, whatever their scale; a dead layer is null.
import { describe, expect, it } from 'vitest';
import { fitLayers, parallelCurves } from '../src/index.ts';

const data = { dx2: 1, dyStar: 0.7 };
const t = Float64Array.from({ length: 80 }, (_, k) => k / 4);

/** Curves of the theory with a smooth error of relative size `off` in H. */
function layer(etaH: number, etaY: number, off: number) {
  const { H, Y, w } = parallelCurves({ ...data, etaH, etaY }, { H: 0.01, dy: 0.02 }, t);
  return { t, H: H.map((value, k) => value * (1 + off * Math.sin(k / 5))), Y, w };
}

describe('fitLayers', () => {
  it('finds the rates of each layer and the best one', () => {
    const { fits, best } = fitLayers(data, [layer(0.4, 2, 0.2), layer(0.02, 9, 0.01), layer(0.7, 1.5, 0.1)]);
    expect(best).toBe(1);
    expect(fits[1]!.etaH.value).toBeCloseTo(0.02, 3);
    expect(fits[2]!.etaY.value).toBeGreaterThan(1);
  });

  it('does not prefer a layer because its distances are small', () => {
    const tiny = layer(0.001, 30, 0.4); // its H is small, so its squared residuals are, too
    const plain = layer(0.7, 1.5, 0.02);
    const { fits, best } = fitLayers(data, [tiny, plain]);
    expect(fits[0]!.r2.H).toBeLessThan(fits[1]!.r2.H);
    expect(best).toBe(1);
  });

  it('gives null where no rates follow, and -1 if no layer is left', () => {
    const dead = { t, H: t.map(() => 0), Y: t.map(() => 0), w: t.map(() => 0) };
    expect(fitLayers(data, [dead])).toEqual({ fits: [null], best: -1 });
    expect(fitLayers(data, [dead, layer(0.4, 2, 0)]).best).toBe(1);
  });
});
