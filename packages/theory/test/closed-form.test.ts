import { describe, expect, it } from 'vitest';
import {
  aHigh,
  aLow,
  finalDistance,
  fixedPoint,
  parallelCurves,
  parallelSolution,
  regimeOf,
  timeToReach,
  toVectorState,
  vectorCurves,
} from '../src/index.ts';
import { generator, largestDifference, PROBLEMS, scalarFlow, size, timesTo } from './support.ts';

describe('closed form', () => {
  for (const [name, { point, initial, end }] of Object.entries(PROBLEMS)) {
    it(`equals the scalar flow to 1e-11 of its size: ${name}`, () => {
      const times = timesTo(end);
      const closed = parallelCurves(point, initial, times);
      const flow = scalarFlow(point, initial, times);
      expect(largestDifference(closed.H, flow.H) / size(flow.H)).toBeLessThan(1e-11);
      expect(largestDifference(closed.dy, flow.dy) / size(flow.dy)).toBeLessThan(1e-11);
    });
    it(`equals the lifted H, Y, w flow to 1e-9: ${name}`, () => {
      const times = timesTo(end);
      const closed = parallelCurves(point, initial, times);
      const flow = vectorCurves(point, toVectorState(point.dyStar, initial), times, {
        relative: 1e-12,
        absolute: 1e-15,
      });
      for (const key of ['H', 'Y', 'w'] as const) {
        expect(largestDifference(closed[key], flow[key]) / size(flow[key])).toBeLessThan(1e-9);
      }
    });
    it(`conserves A_high to 1e-12: ${name}`, () => {
      const { H, Y } = parallelCurves(point, initial, timesTo(end));
      const start = aHigh(point, { H: H[0], Y: Y[0] });
      const scale = Math.max(Math.abs(start), H[0]);
      for (let i = 0; i < H.length; i++) {
        // H (H - A) - (eta_h / eta_y) |dx|^2 Y: the same statement, without the division that is 0 / 0 at a bounce.
        const rest = H[i] * (H[i] - start) - (point.etaH / point.etaY) * point.dx2 * Y[i];
        expect(Math.abs(rest) / (scale + H[i]) ** 2).toBeLessThan(1e-12);
      }
    });
    it(`ends at the fixed point: ${name}`, () => {
      const { H, Y, w } = parallelSolution(point, initial)(Number.POSITIVE_INFINITY);
      const { hInf } = fixedPoint(point, { H: initial.H, Y: initial.dy ** 2 });
      expect(H).toBeCloseTo(hInf, 12);
      expect(Y).toBeCloseTo(point.dyStar ** 2, 12);
      expect(w).toBeCloseTo(0, 12);
    });
  }

  it('equals the scalar flow on 200 random problems', () => {
    const uniform = generator(1);
    const log = (low: number, high: number) => low * (high / low) ** uniform();
    let worst = 0;
    for (let i = 0; i < 200; i++) {
      const point = { etaH: log(0.01, 10), etaY: log(0.01, 10), dx2: log(0.1, 10), dyStar: log(0.1, 10) };
      const initial = { H: log(1e-4, 10), dy: (uniform() - 0.5) * log(0.01, 4) };
      const { rate } = fixedPoint(point, { H: initial.H, Y: initial.dy ** 2 });
      const times = timesTo(30 / rate, 61);
      const closed = parallelCurves(point, initial, times);
      const flow = scalarFlow(point, initial, times);
      worst = Math.max(
        worst,
        largestDifference(closed.H, flow.H) / size(flow.H),
        largestDifference(closed.dy, flow.dy) / size(flow.dy),
      );
    }
    expect(worst).toBeLessThan(1e-9);
  });

  it('starts at the initial state', () => {
    for (const { point, initial } of Object.values(PROBLEMS)) {
      const { H, dy } = parallelSolution(point, initial)(0);
      expect(H / initial.H).toBeCloseTo(1, 13);
      expect(Math.abs(dy - initial.dy)).toBeLessThan(1e-14 * (1 + Math.abs(initial.dy)));
    }
  });

  it('touches zero and reverses dh at a bounce', () => {
    const { point, initial, end } = PROBLEMS['strong bounce'];
    const { dh } = scalarFlow(point, initial, timesTo(end));
    expect(dh[0] > 0 && dh[dh.length - 1] < 0).toBe(true);
    const least = Math.min(...parallelCurves(point, initial, timesTo(2, 20001)).H);
    expect(least).toBeLessThan(1e-8);
    expect(least).toBeGreaterThanOrEqual(0);
  });

  it('is the logistic function where A_high = 0', () => {
    const { point, initial } = PROBLEMS['balanced: A_high = 0'];
    const low = aLow(point);
    const r = Math.sqrt(point.etaH * point.etaY * point.dx2) * point.dyStar;
    for (const t of [0, 0.1, 1, 3, 5, 10, 100]) {
      const { H, dy } = parallelSolution(point, initial)(t);
      const logistic = 1 / (1 + (low / initial.H - 1) * Math.exp(-r * t));
      expect(H).toBeCloseTo(low * logistic, 14);
      expect(dy).toBeCloseTo(point.dyStar * logistic, 14);
    }
    expect(timeToReach(point, initial)).toBeCloseTo(Math.log(low / initial.H - 1) / r, 12);
  });

  it('ends in the saddle where A_high = 0 and dy(0) < 0', () => {
    const { point } = PROBLEMS['balanced: A_high = 0'];
    const initial = { H: 2 ** -8, dy: -(2 ** -7) };
    expect(parallelSolution(point, initial)(50).H).toBeLessThan(1e-20);
    expect(parallelSolution(point, initial)(Number.POSITIVE_INFINITY).H).toBe(0);
    expect(timeToReach(point, initial)).toBe(Number.POSITIVE_INFINITY);
  });

  it('decays as 1 / t where dy* = 0 and A_high = 0', () => {
    const { point, initial } = PROBLEMS['same targets, A_high = 0'];
    for (const t of [0, 1, 100]) {
      expect(parallelSolution(point, initial)(t).H).toBeCloseTo(initial.H / (1 + point.etaY * initial.H * t), 14);
    }
    expect(parallelSolution(point, initial)(Number.POSITIVE_INFINITY).H).toBe(0);
  });

  it('stays finite and at rest for huge times', () => {
    for (const { point, initial } of Object.values(PROBLEMS)) {
      const { H, Y, w } = parallelSolution(point, initial)(1e9);
      expect([H, Y, w].every(Number.isFinite)).toBe(true);
    }
  });
});

describe('time to reach a fraction of the target', () => {
  for (const name of [
    'small start',
    'A_high < 0',
    'strong bounce',
    'lazy encoder',
    'very lazy encoder',
    'lazy decoder',
  ]) {
    it(`inverts the solution: ${name}`, () => {
      const { point, initial } = PROBLEMS[name];
      for (const fraction of [0.25, 0.5, 0.99]) {
        if (initial.dy >= fraction * point.dyStar) {
          expect(timeToReach(point, initial, fraction)).toBe(0);
          continue;
        }
        const t = timeToReach(point, initial, fraction);
        expect(parallelSolution(point, initial)(t).dy / (fraction * point.dyStar)).toBeCloseTo(1, 10);
      }
    });
  }
});

describe('fixed point', () => {
  it('is the positive root of H^2 - A_high H - A_low^2, for either sign and without cancellation', () => {
    expect(finalDistance(3, 2)).toBe(4);
    expect(finalDistance(-3, 2)).toBe(1);
    for (const high of [1e-9, 0.1, 3, 1e9]) {
      for (const low of [1e-6, 1, 40]) {
        // The roots for A and -A are each other's negative: their product is A_low^2.
        expect((finalDistance(high, low) * finalDistance(-high, low)) / low ** 2).toBeCloseTo(1, 14);
      }
    }
  });

  it('merges points of the same target iff A_high < 0, and keeps them at A_high otherwise', () => {
    expect(finalDistance(-0.2, 0)).toBe(0);
    expect(finalDistance(0, 0)).toBe(0);
    expect(finalDistance(0.2, 0)).toBe(0.2);
  });

  it('tends to A_high for lazy and to A_low for small starts', () => {
    const point = { etaH: 0.3, etaY: 2, dx2: 1, dyStar: 0.7 };
    const lazy = fixedPoint(point, { H: 500, Y: 0.01 });
    expect(lazy.laziness).toBeGreaterThan(1000);
    expect(lazy.hInf / lazy.aHigh).toBeCloseTo(1, 6);
    const rich = fixedPoint(point, { H: 1e-8, Y: 1e-16 });
    expect(rich.hInf / rich.aLow).toBeCloseTo(1, 6);
    expect(rich.aLow).toBeCloseTo(Math.sqrt(0.15) * 0.7, 14);
  });

  it('is approached at the predicted rate, along and across dy*', () => {
    const point = { etaH: 0.3, etaY: 2, dx2: 1.2, dyStar: 0.7 };
    const start = { H: 0.4, Y: 0.05 };
    const { rate, rateAcross } = fixedPoint(point, start);
    const along = parallelSolution(point, { H: start.H, dy: Math.sqrt(start.Y) });
    const t = 12 / rate;
    const measured = Math.log((along(t).dy - point.dyStar) / (along(t + 1 / rate).dy - point.dyStar)) * rate;
    expect(measured / rate).toBeCloseTo(1, 3);
    // dy(0) across dy*: w = Y.
    const times = [0, 12 / rateAcross, 13 / rateAcross];
    const curves = vectorCurves(point, { ...start, w: start.Y }, times, { relative: 1e-13, absolute: 1e-18 });
    const across2 = (i: number) => curves.Y[i] - ((curves.Y[i] - curves.w[i]) / point.dyStar) ** 2;
    expect(Math.log(across2(1) / across2(2)) / 2).toBeCloseTo(1, 2);
  });
});

describe('the regime of a start', () => {
  const point = { etaH: 1, etaY: 4, dx2: 1, dyStar: 0.75 }; // A_low = 0.375, k = 2

  it('is what the end is near', () => {
    const end = (start: { H: number; dy: number }) => {
      const { aHigh: high, aLow: low, hInf } = fixedPoint(point, { H: start.H, Y: start.dy ** 2 });
      return { high: hInf / high, low: hInf / low, decoder: (hInf * -high) / low ** 2 };
    };
    const near = (value: number) => Math.abs(value - 1) < 0.3;
    for (const [H, dy, regime, key] of [
      [1, 0, 'lazy', 'high'],
      [1e-3, 0.5, 'dominant decoder', 'decoder'],
      [1e-3, -0.5, 'dominant decoder', 'decoder'],
      [0.01, 0.01, 'rich', 'low'],
    ] as const) {
      expect(regimeOf(point, { H, dy })).toBe(regime);
      expect(near(end({ H, dy })[key]), `${H} ${dy}`).toBe(true);
    }
  });

  it('changes at A_high = +-2 A_low and at half of it, where dy = 0 makes A_high = H', () => {
    const at = (H: number) => regimeOf(point, { H, dy: 0 });
    expect([0.1874, 0.1875, 0.1876, 0.75, 0.7501].map(at)).toEqual(['rich', 'rich', 'between', 'between', 'lazy']);
    // H = 0.5, q = dy / k: A_high = (H - q)(H + q) / H = -0.75 at q = sqrt(0.625).
    const dy = 2 * Math.sqrt(0.625);
    expect(regimeOf(point, { H: 0.5, dy: dy * 0.999 })).toBe('between');
    expect(regimeOf(point, { H: 0.5, dy: dy * 1.001 })).toBe('dominant decoder');
  });

  it('knows the saddle and equal targets', () => {
    const balanced = { H: 2 ** -8, dy: -(2 ** -7) };
    expect(regimeOf(point, balanced)).toBe('saddle');
    expect(parallelSolution(point, balanced)(Number.POSITIVE_INFINITY).H).toBe(0);
    expect(regimeOf(point, { ...balanced, dy: 2 ** -7 })).toBe('rich');
    expect(regimeOf({ ...point, dyStar: 0 }, { H: 1, dy: 0 })).toBe('same targets');
  });
});
