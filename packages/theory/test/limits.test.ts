import { describe, expect, it } from 'vitest';
import {
  aHigh,
  criticalGain,
  finalPairDistances,
  fitRates,
  fixedPoint,
  headCurves,
  initialDistance,
  parallelCurves,
  parallelSolution,
  timeToReach,
  toParallelState,
  toVectorState,
  vectorCurves,
} from '../src/index.ts';
import { timesTo } from './support.ts';

const point = { etaH: 0.31, etaY: 2.7, dx2: 1, dyStar: Math.SQRT1_2 };
const initial = { H: 0.0021, dy: 0.013 };
const ONE_LINE = /^\w+: expected [^\n]+, got [^\n]+; [^\n]+$/;

describe('states', () => {
  it('turn into each other, with the sign of dy', () => {
    for (const dy of [0.3, -0.3, 0]) {
      const back = toParallelState(0.7, toVectorState(0.7, { H: 0.1, dy }));
      expect(back.dy).toBeCloseTo(dy, 15);
    }
    expect(toParallelState(0, { H: 0.1, Y: 0.09, w: 0.09 }).dy).toBeCloseTo(0.3, 15);
  });

  it('from float32 measurements count as parallel', () => {
    const dy = Math.fround(-0.0123);
    const measured = { H: 0.001, Y: Math.fround(dy * dy), w: Math.fround(Math.fround(dy * dy) - dy * point.dyStar) };
    expect(toParallelState(point.dyStar, measured).dy).toBeCloseTo(dy, 6);
    const near = { H: 1, Y: 1, w: Math.fround(1 - 0.01) }; // |dy*| = 0.01, where dy . dy* loses digits
    expect(toParallelState(0.01, near).dy).toBe(1);
  });
});

describe('values out of range', () => {
  const { H, Y, w } = parallelCurves(point, initial, timesTo(10, 5));
  const t = timesTo(10, 5);
  const gap = Float64Array.from(Y);
  gap[2] = Number.NaN;
  const cases: Record<string, () => unknown> = {
    'rate 0': () => parallelSolution({ ...point, etaH: 0 }, initial),
    'rate NaN': () => vectorCurves({ ...point, etaY: Number.NaN }, { H: 1, Y: 0, w: 0 }, [1]),
    'negative |dx|^2': () => fixedPoint({ ...point, dx2: -1 }, { H: 1, Y: 1 }),
    'negative |dy*|': () => parallelCurves({ ...point, dyStar: -0.1 }, initial, [1]),
    'H(0) = 0': () => parallelCurves(point, { H: 0, dy: 0 }, [1]),
    'H infinite': () => aHigh(point, { H: Number.POSITIVE_INFINITY, Y: 1 }),
    'dy NaN': () => parallelSolution(point, { H: 1, dy: Number.NaN }),
    'time below 0': () => parallelSolution(point, initial)(-1),
    'times that decrease': () => parallelCurves(point, initial, [0, 2, 1]),
    'infinite time of an integrator': () => vectorCurves(point, { H: 1, Y: 0, w: 0 }, [Number.POSITIVE_INFINITY]),
    'w against Cauchy and Schwarz': () => vectorCurves(point, { H: 1, Y: 0.01, w: 0.5 }, [1]),
    'w other than Y where dy* = 0': () => vectorCurves({ ...point, dyStar: 0 }, { H: 1, Y: 0.01, w: 0.02 }, [1]),
    'negative Y': () => vectorCurves(point, { H: 1, Y: -0.01, w: 0 }, [1]),
    'no heads': () => headCurves(point, 1, [], [1]),
    'fraction 1': () => timeToReach(point, initial, 1),
    'half time of merging points': () => timeToReach({ ...point, dyStar: 0 }, initial),
    'a gap in a fit': () => fitRates(point, { t, H, Y: gap, w }),
    'rows of unequal length in a fit': () => fitRates(point, { t, H, Y: Y.slice(1), w }),
    'too few rows': () => fitRates(point, { t: [0, 1], H: [1, 1], Y: [0, 0], w: [0, 0] }),
    'equal times in a fit': () => fitRates(point, { t: [0, 1, 1, 2, 3], H, Y, w }),
    'H = 0 in the first row': () => fitRates(point, { t, H: H.map((value, i) => (i === 0 ? 0 : value)), Y, w }),
    'distances of unequal size': () => {
      finalPairDistances({ inputs: [0, 1, 1, 0], targets: [0, 1], hidden: [0, 1, 1, 0], outputs: [0, 0, 0, 0] }, 1);
    },
    'two equal inputs': () => {
      const one = [0, 1, 1, 0];
      finalPairDistances({ inputs: [0, 0, 0, 0], targets: one, hidden: one, outputs: one }, 1);
    },
  };
  for (const [name, call] of Object.entries(cases)) {
    it(`end with one line: ${name}`, () => {
      expect(call).toThrow(ONE_LINE);
    });
  }
});

describe('many points', () => {
  // XOR: same-target pairs are the two diagonals of the square.
  const rows = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const targets = [0, 1, 1, 0];
  const matrix = (entry: (i: number, j: number) => number) => rows.flatMap((_, i) => rows.map((_, j) => entry(i, j)));
  const inputs = matrix((i, j) => (rows[i][0] - rows[j][0]) ** 2 + (rows[i][1] - rows[j][1]) ** 2);
  const distances = (scale: number, ratio: number) =>
    finalPairDistances(
      {
        inputs,
        targets: matrix((i, j) => (targets[i] - targets[j]) ** 2),
        hidden: inputs.map((value) => scale * value),
        outputs: inputs.map(() => 0),
      },
      ratio,
    );

  it('rich XOR: pairs of one target merge, the others share a distance that the ratio sets', () => {
    const h = distances(1e-8, 0.233);
    expect(h[0 * 4 + 3]).toBeLessThan(2e-4);
    expect(h[1 * 4 + 2]).toBeLessThan(2e-4);
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ])
      expect(h[i * 4 + j] ** 2).toBeCloseTo(Math.sqrt(0.233), 6);
    expect(h[0]).toBe(0);
  });

  it('lazy XOR: the input geometry stays', () => {
    const h = distances(1e4, 0.233);
    h.forEach((value, i) => {
      expect(value).toBeCloseTo(100 * Math.sqrt(inputs[i]), 4);
    });
  });
});

describe('initial scale', () => {
  it('shrinks by half per layer at gain 1: 1.1 at the first layer is about 1.0e-3 ten layers on', () => {
    expect(initialDistance(1.1, 1, 10)).toBeCloseTo(1.07e-3, 4);
    expect(initialDistance(0.3, criticalGain(), 20)).toBeCloseTo(0.3, 12);
    expect(criticalGain()).toBeCloseTo(Math.SQRT2, 3);
  });

  it('A_low of the reference: ratio 0.233, |dx| = 1, |dy*|^2 = 0.5 gives 0.341', () => {
    const { hInf } = fixedPoint({ ...point, etaH: 0.233, etaY: 1 }, { H: 1e-6, Y: 0 });
    expect(hInf).toBeCloseTo(0.341, 3);
  });
});
