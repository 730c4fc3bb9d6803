import { describe, expect, it } from 'vitest';
import { studentQuantile } from '../src/estimate.ts';
import {
  alteredCurves,
  type Curves,
  fitRates,
  leastSquares,
  parallelCurves,
  type RateModel,
  rSquared,
  toVectorState,
  vectorCurves,
} from '../src/index.ts';
import { gaussian, PROBLEMS, timesTo } from './support.ts';

const noisy = ({ H, Y, w }: Curves, sigma: number, normal: () => number) => {
  const add = (values: Float64Array) => values.map((value) => value + sigma * normal());
  return { H: add(H), Y: add(Y), w: add(w) };
};

describe('exact curves', () => {
  const names = ['small start', 'A_high < 0', 'bounce: A_high < 0, dy(0) < 0', 'lazy encoder', 'same targets, merge'];
  for (const name of names) {
    for (const model of ['parallel', 'vector'] as RateModel[]) {
      it(`give both rates back: ${name}, ${model} model`, () => {
        const { point, initial, end } = PROBLEMS[name];
        const t = timesTo(end, 121);
        const fit = fitRates(point, { t, ...parallelCurves(point, initial, t) }, { model });
        const digits = model === 'parallel' ? 9 : 6;
        expect(fit.etaH.value / point.etaH).toBeCloseTo(1, digits);
        expect(fit.etaY.value / point.etaY).toBeCloseTo(1, digits);
        expect(fit.ratio.value / (point.etaH / point.etaY)).toBeCloseTo(1, digits);
        expect(fit.converged).toBe(true);
        expect(fit.r2.H).toBeCloseTo(1, 10);
      });
    }
  }

  it('of a vector output across its target need the vector model', () => {
    const { point } = PROBLEMS['small start'];
    const t = timesTo(60, 121);
    const curves = vectorCurves(point, { H: 0.01, Y: 0.02, w: 0.01 }, t, { relative: 1e-12 });
    const fit = fitRates(point, { t, ...curves }, { model: 'vector' });
    expect(fit.etaH.value / point.etaH).toBeCloseTo(1, 6);
    expect(fit.etaY.value / point.etaY).toBeCloseTo(1, 6);
    expect(() => fitRates(point, { t, ...curves })).toThrow(/^toParallelState: expected dy parallel to dy\*, got .*; /);
  });

  it('start anywhere in time and in any unit of time', () => {
    const { point, initial } = PROBLEMS['small start'];
    const curves = parallelCurves(point, initial, timesTo(60, 121));
    const epochs = timesTo(60, 121).map((value) => 500 + value * 40);
    const fit = fitRates(point, { t: epochs, ...curves });
    expect((fit.etaH.value * 40) / point.etaH).toBeCloseTo(1, 9);
    expect((fit.etaY.value * 40) / point.etaY).toBeCloseTo(1, 9);
  });
});

describe('noisy curves', () => {
  for (const name of ['small start', 'bounce: A_high < 0, dy(0) < 0']) {
    it(`95 % of 120 intervals cover the rates and their ratio: ${name}`, () => {
      const { point, initial } = PROBLEMS[name];
      const t = timesTo(40, 31);
      const exact = parallelCurves(point, initial, t);
      const normal = gaussian(3);
      const covered = { etaH: 0, etaY: 0, ratio: 0 };
      const truth = { ...point, ratio: point.etaH / point.etaY };
      const deviations: number[] = [];
      for (let i = 0; i < 120; i++) {
        const fit = fitRates(
          point,
          { t, ...noisy(exact, 0.02, normal) },
          { initial: toVectorState(point.dyStar, initial) },
        );
        for (const key of ['etaH', 'etaY', 'ratio'] as const) {
          if (fit[key].low < truth[key] && truth[key] < fit[key].high) covered[key] += 1;
        }
        deviations.push(Math.log(fit.etaY.value / point.etaY) / fit.etaY.logError);
      }
      for (const key of ['etaH', 'etaY', 'ratio'] as const) {
        expect(covered[key] / 120).toBeGreaterThan(0.9);
        expect(covered[key] / 120).toBeLessThanOrEqual(0.99);
      }
      // The standard error is the standard deviation of the estimate.
      expect(Math.sqrt(deviations.reduce((sum, z) => sum + z * z, 0) / 120)).toBeGreaterThan(0.88);
      expect(Math.sqrt(deviations.reduce((sum, z) => sum + z * z, 0) / 120)).toBeLessThan(1.12);
    });
  }

  it('weigh each curve by its own noise', () => {
    const { point, initial } = PROBLEMS['small start'];
    const t = timesTo(40, 61);
    const normal = gaussian(5);
    const { H, Y, w } = parallelCurves(point, initial, t);
    const loud = { t, H, Y, w: w.map((value) => value + 0.3 * normal()) };
    const start = toVectorState(point.dyStar, initial);
    const equal = fitRates(point, loud, { initial: start });
    const weighed = fitRates(point, loud, { initial: start, weights: { H: 1, Y: 1, w: 0 } });
    expect(Math.abs(Math.log(weighed.etaY.value / point.etaY))).toBeLessThan(1e-9);
    expect(Math.abs(Math.log(equal.etaY.value / point.etaY))).toBeGreaterThan(1e-4);
  });
});

describe('altered equations', () => {
  it('fit the theory worse, except the doubled dH, which eta_h absorbs', () => {
    const { point, initial } = PROBLEMS['small start'];
    const t = timesTo(60, 61);
    const curves = parallelCurves(point, initial, t);
    const sse = (model: RateModel) => fitRates(point, { t, ...curves }, { model }).sse;
    expect(sse('none')).toBeLessThan(1e-12);
    const doubled = sse('double-dH');
    for (const model of ['double-dY', 'flip-last-sign', 'drop-encoder-term'] as const) {
      expect(sse(model)).toBeGreaterThan(4 * doubled);
    }
  });

  it('recover rates from their own curves', () => {
    const { point, initial } = PROBLEMS['small start'];
    const t = timesTo(40, 61);
    const start = toVectorState(point.dyStar, initial);
    const curves = alteredCurves(point, start, t, 'double-dH');
    const fit = fitRates(point, { t, ...curves }, { model: 'double-dH' });
    expect(fit.etaH.value / point.etaH).toBeCloseTo(1, 5);
  });
});

describe('parts', () => {
  it('least squares finds the minimum of a curved valley (Rosenbrock)', () => {
    const found = leastSquares(([x, y]) => Float64Array.of(10 * (y - x * x), 1 - x, 0), [-1.2, 1]);
    expect(found.parameters[0]).toBeCloseTo(1, 8);
    expect(found.parameters[1]).toBeCloseTo(1, 8);
    expect(found.converged).toBe(true);
  });

  it('least squares gives the textbook covariance of a straight line', () => {
    const x = [0, 1, 2, 3, 4];
    const y = [1.1, 2.9, 5.2, 6.8, 9.1];
    const found = leastSquares(([a, b]) => Float64Array.from(x, (value, i) => a + b * value - y[i]), [0, 0]);
    const variance = found.sse / 3;
    expect(found.covariance[3]).toBeCloseTo(variance / 10, 10); // sum (x - mean)^2 = 10
    expect(found.covariance[0]).toBeCloseTo(variance * (1 / 5 + 4 / 10), 10);
    expect(found.covariance[1]).toBeCloseTo((-variance * 2) / 10, 10);
  });

  it("knows Student's quantiles", () => {
    expect(studentQuantile(5)).toBeCloseTo(2.5706, 2);
    expect(studentQuantile(10)).toBeCloseTo(2.2281, 3);
    expect(studentQuantile(30)).toBeCloseTo(2.0423, 4);
    expect(studentQuantile(1e9)).toBeCloseTo(1.96, 4);
  });

  it('measures R^2', () => {
    expect(rSquared([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(rSquared([1, 2, 3], [2, 2, 2])).toBe(0);
    expect(rSquared([1, 1, 1], [1, 1, 1])).toBeNaN();
    expect(rSquared([0.1, 0.1, 0.1, 0.1, 0.1, 0.1], [0, 0, 0, 0, 0, 0])).toBeNaN(); // 0.1 has no exact mean
  });
});
