import { describe, expect, it } from 'vitest';
import { fitLoss, lossCurve, meanErrorFromLoss, parallelCurves } from '../src/index.ts';
import { gaussian, PROBLEMS, timesTo } from './support.ts';

const { point, initial } = PROBLEMS['A_high < 0'];

describe('loss', () => {
  it('is half the mean squared error of the two points', () => {
    const times = timesTo(20, 41);
    const { Y, w, dy } = parallelCurves(point, initial, times);
    const mean = { etaYbar: 0.4, e2: 0.3 };
    const loss = lossCurve(point.dyStar, mean, times, { Y, w });
    times.forEach((t, i) => {
      const e = Math.sqrt(mean.e2) * Math.exp(-mean.etaYbar * t);
      const d = dy[i] - point.dyStar;
      // y_i - y_i* = e -+ d / 2.
      expect(loss[i]).toBeCloseTo(0.5 * (((e - d / 2) ** 2 + (e + d / 2) ** 2) / 2), 14);
    });
  });

  it('rests on the plateau |dy*|^2 / 8 = 0.0625 between the two drops, and ends at 0', () => {
    const mean = { etaYbar: 1, e2: 0.5 };
    const still = { Y: [0], w: [0] };
    expect(lossCurve(Math.SQRT1_2, mean, [50], still)[0]).toBeCloseTo(0.0625, 15);
    const { Y, w } = parallelCurves(point, initial, [Number.POSITIVE_INFINITY]);
    expect(lossCurve(point.dyStar, mean, [Number.POSITIVE_INFINITY], { Y, w })[0]).toBeCloseTo(0, 14);
  });

  it('gives back |e(0)|^2 from the first value', () => {
    const { Y, w } = parallelCurves(point, initial, [0]);
    const loss = lossCurve(point.dyStar, { etaYbar: 1, e2: 0.123 }, [0], { Y, w });
    expect(meanErrorFromLoss(point.dyStar, loss[0], { Y: Y[0], w: w[0] })).toBeCloseTo(0.123, 14);
  });

  it('does not move at etaYbar = 0', () => {
    const loss = lossCurve(1, { etaYbar: 0, e2: 0.5 }, [0, 1e9, Number.POSITIVE_INFINITY], {
      Y: [0, 0, 0],
      w: [0, 0, 0],
    });
    expect([...loss]).toEqual([0.375, 0.375, 0.375]);
  });
});

describe('fit of eta_ybar', () => {
  const times = timesTo(40, 81);
  const curves = parallelCurves(point, initial, times);
  const truth = 0.35;
  const exact = lossCurve(point.dyStar, { etaYbar: truth, e2: 0.4 }, times, curves);

  it('recovers the rate from exact values, with |e(0)|^2 read from the first', () => {
    const fit = fitLoss(point.dyStar, { t: times, loss: exact }, curves);
    expect(fit.etaYbar.value / truth).toBeCloseTo(1, 10);
    expect(fit.e2).toBeCloseTo(0.4, 13);
    expect(fit.r2).toBeCloseTo(1, 12);
    expect(fit.converged).toBe(true);
  });

  it('covers the rate in 95 % of 300 noisy curves', () => {
    const normal = gaussian(11);
    let covered = 0;
    for (let i = 0; i < 300; i++) {
      const loss = exact.map((value) => value + 0.003 * normal());
      const { low, high } = fitLoss(point.dyStar, { t: times, loss }, curves, 0.4).etaYbar;
      if (low < truth && truth < high) covered += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.92);
    expect(covered / 300).toBeLessThan(0.98);
  });

  it('names a mean output that starts at its target', () => {
    const loss = lossCurve(point.dyStar, { etaYbar: 1, e2: 0 }, times, curves);
    expect(() => fitLoss(point.dyStar, { t: times, loss }, curves, 0)).toThrow(/^fitLoss: expected .*, got 0; /);
  });
});
