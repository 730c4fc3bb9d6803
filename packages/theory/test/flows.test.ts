import { describe, expect, it } from 'vitest';
import {
  ALTERATIONS,
  aHighAlong,
  aLow,
  alteredCurves,
  conservedMatrix,
  distanceDerivative,
  finalDistance,
  fixedPoint,
  type Head,
  headCurves,
  jointTarget,
  matrixFlow,
  parallelCurves,
  predictedY,
  toVectorState,
  vectorCurves,
} from '../src/index.ts';
import { gaussian, largestDifference, PROBLEMS, size, timesTo } from './support.ts';

const KEYS = ['H', 'Y', 'w'] as const;
const HIDDEN = 50;
const tight = { relative: 1e-13, absolute: 1e-16 };
const point = { etaH: 0.54, etaY: 1, dx2: 1, dyStar: Math.SQRT1_2 };

/**
 * A start of the exact flow with |dh| and the rows of D_y drawn with the given norms, or with D_y = v n^T aligned to
 * dh.
 */
function matrixStart(outputs: number, hiddenNorm: number, decoderNorm: number, aligned: boolean, seed: number) {
  const normal = gaussian(seed);
  const draw = (length: number, norm: number) => Array.from({ length }, () => (normal() * norm) / Math.sqrt(HIDDEN));
  const dh = draw(HIDDEN, hiddenNorm);
  const length = Math.hypot(...dh);
  const direction = Array.from({ length: outputs }, normal);
  const target = direction.map((value) => (value * point.dyStar) / Math.hypot(...direction));
  const decoder = aligned
    ? Array.from({ length: outputs }, normal).flatMap((v) => dh.map((h) => (v * decoderNorm * h) / length))
    : draw(outputs * HIDDEN, decoderNorm);
  return { dh, decoder, target };
}

describe('vector outputs: lifted flow against the exact matrix flow (50 hidden units)', () => {
  for (const outputs of [1, 3]) {
    for (const seed of [1, 2, 3]) {
      it(`is equal to 1e-10 while dh is aligned with D_y (${outputs} outputs, seed ${seed})`, () => {
        const { dh, decoder, target } = matrixStart(outputs, 0.1, 0.3, true, seed);
        const times = timesTo(100);
        const exact = matrixFlow(point, { dh, decoder }, target, times, tight);
        const theory = vectorCurves(point, { H: exact.H[0], Y: exact.Y[0], w: exact.w[0] }, times, tight);
        for (const key of KEYS) expect(largestDifference(exact[key], theory[key])).toBeLessThan(1e-10);
      });
    }
    it(`differs while a small random start aligns, and ends equal to 4 digits (${outputs} outputs)`, () => {
      const { dh, decoder, target } = matrixStart(outputs, 0.01, 0.01, false, 4);
      const times = timesTo(100);
      const exact = matrixFlow(point, { dh, decoder }, target, times, tight);
      const theory = vectorCurves(point, { H: exact.H[0], Y: exact.Y[0], w: exact.w[0] }, times);
      const path = largestDifference(exact.H, theory.H);
      expect(path).toBeGreaterThan(0.02);
      expect(path).toBeLessThan(0.1);
      expect(theory.H[200]).toBeCloseTo(0.52, 2);
      expect(Math.abs(exact.H[200] - theory.H[200])).toBeLessThan(5e-5);
    });
    it(`misses the end of a start with a large decoder, which v^T M v gives exactly (${outputs} outputs)`, () => {
      const { dh, decoder, target } = matrixStart(outputs, 0.01, 0.5, false, 5);
      const { H, Y, states } = matrixFlow(point, { dh, decoder }, target, [0, 200], tight);
      const ansatz = fixedPoint(point, { H: H[0], Y: Y[0] }).hInf;
      expect(Math.abs(ansatz - H[1]) / H[1]).toBeGreaterThan(0.05);
      const exact = finalDistance(aHighAlong(point, { dh, decoder }, states[1].dh), aLow(point));
      expect(Math.abs(exact - H[1])).toBeLessThan(1e-11);
    });
    it(`conserves the matrix M to 1e-13 (${outputs} outputs)`, () => {
      const { dh, decoder, target } = matrixStart(outputs, 0.3, 0.5, false, 6);
      const { states } = matrixFlow(point, { dh, decoder }, target, [0, 1, 10, 100], tight);
      const start = conservedMatrix(point, { dh, decoder });
      for (const state of states) expect(largestDifference(conservedMatrix(point, state), start)).toBeLessThan(1e-13);
    });
  }

  it('v^T M v along dh is A_high', () => {
    const { dh, decoder, target } = matrixStart(3, 0.3, 0.5, false, 7);
    const { H, Y } = matrixFlow(point, { dh, decoder }, target, [0]);
    expect(aHighAlong(point, { dh, decoder }, dh)).toBeCloseTo(fixedPoint(point, { H: H[0], Y: Y[0] }).aHigh, 14);
  });
});

describe('vector outputs: invariants and methods', () => {
  const starts = [
    { H: 0.01, Y: 0.02, w: 0.05 },
    { H: 0.01, Y: 0.02, w: -0.04 },
    { H: 0.3, Y: 0.02, w: 0.02 },
    { H: 1e-5, Y: 0.02, w: 0.11 }, // nearly antiparallel, A_high << 0: dh passes close to or through 0
  ];
  for (const start of starts) {
    it(`runs on the parabola H (H - A_high) to 1e-10: ${JSON.stringify(start)}`, () => {
      const { aHigh } = fixedPoint(point, start);
      const { H, Y } = vectorCurves(point, start, timesTo(60), tight);
      const predicted = H.map((value) => predictedY(point, aHigh, value));
      expect(largestDifference(predicted, Y) / size(Y)).toBeLessThan(1e-10);
    });
    it(`gives the same curves by the implicit method to 1e-8: ${JSON.stringify(start)}`, () => {
      const times = timesTo(60);
      const explicit = vectorCurves(point, start, times, { ...tight, method: 'explicit' });
      const implicit = vectorCurves(point, start, times, { method: 'implicit' });
      for (const key of KEYS) expect(largestDifference(explicit[key], implicit[key])).toBeLessThan(1e-8);
    });
  }

  it('takes the implicit method for long times and rests at the fixed point', () => {
    const { hInf } = fixedPoint(point, starts[0]);
    const { H, Y, w } = vectorCurves(point, starts[0], [0, 1e3, 1e6, 1e9]);
    for (let i = 1; i < 4; i++) {
      expect(H[i]).toBeCloseTo(hInf, 8);
      expect(Y[i]).toBeCloseTo(point.dyStar ** 2, 8);
      expect(w[i]).toBeCloseTo(0, 8);
    }
  });

  it('is of the form of the published H, Y, w equations (central differences in time)', () => {
    const step = 1e-4;
    for (const start of starts) {
      const curves = vectorCurves(point, start, [1 - step, 1, 1 + step], tight);
      const slopes = new Float64Array(3);
      distanceDerivative(point)(
        Float64Array.from(KEYS, (key) => curves[key][1]),
        slopes,
      );
      KEYS.forEach((key, i) => {
        expect(Math.abs((curves[key][2] - curves[key][0]) / (2 * step) - slopes[i])).toBeLessThan(1e-7);
      });
    }
  });
});

describe('altered equations', () => {
  it('unaltered, agree with the closed form to 1e-9 where H stays above 0', () => {
    const { point, initial, end } = PROBLEMS['A_high > 0, dy(0) < 0'];
    const times = timesTo(end);
    const start = toVectorState(point.dyStar, initial);
    const closed = parallelCurves(point, initial, times);
    const published = alteredCurves(point, start, times, 'none');
    for (const key of KEYS) expect(largestDifference(published[key], closed[key])).toBeLessThan(1e-9);
  });

  it('break the identity w = Y - |dy*| dy of one-dimensional outputs, except for the doubled dH', () => {
    const { point, initial, end } = PROBLEMS['small start'];
    const start = toVectorState(point.dyStar, initial);
    const identity = ALTERATIONS.map((alteration) => {
      const { Y, w } = alteredCurves(point, start, timesTo(end), alteration, { relative: 1e-9 });
      return Math.max(...Y.map((value, i) => Math.abs((value - w[i]) ** 2 - point.dyStar ** 2 * value)));
    });
    expect(identity[ALTERATIONS.indexOf('none')]).toBeLessThan(1e-8);
    expect(identity[ALTERATIONS.indexOf('double-dH')]).toBeLessThan(1e-8);
    for (const alteration of ['double-dY', 'flip-last-sign', 'drop-encoder-term'] as const) {
      expect(identity[ALTERATIONS.indexOf(alteration)]).toBeGreaterThan(1e-3);
    }
  });

  it('end with one line at a bounce, where they are 0 / 0', () => {
    const { point, initial } = PROBLEMS['strong bounce'];
    expect(() => alteredCurves(point, toVectorState(point.dyStar, initial), [50], 'double-dY')).toThrow(
      /^dormandPrince: expected a flow that stays regular, got a singular point at time /,
    );
  });
});

describe('several heads', () => {
  const heads: Head[] = [
    { Y: 0.002, w: -0.01, dyStar: 0.5 },
    { Y: 0.001, w: 0.005, dyStar: Math.SQRT1_2 },
  ];

  it('equal the exact flow of the stacked decoder, head by head', () => {
    const H = 0.01;
    const a = Math.sqrt(H);
    // Head k has two outputs, its target along the first: dy = (along, across).
    const outputs = heads.flatMap(({ Y, w, dyStar }) => {
      const along = (Y - w) / dyStar;
      return [along, Math.sqrt(Y - along * along)];
    });
    const times = timesTo(60);
    const start = { dh: [a, 0], decoder: outputs.flatMap((dy) => [dy / a, 0]) };
    const { states } = matrixFlow(point, start, [heads[0].dyStar, 0, heads[1].dyStar, 0], times, tight);
    const theory = headCurves(point, H, heads, times, tight);
    heads.forEach(({ dyStar }, k) => {
      const dy = (row: number, i: number) => states[i].decoder[2 * row] * states[i].dh[0];
      const Y = Array.from(times, (_, i) => dy(2 * k, i) ** 2 + dy(2 * k + 1, i) ** 2);
      const w = Y.map((value, i) => value - dyStar * dy(2 * k, i));
      expect(largestDifference(theory.heads[k].Y, Y)).toBeLessThan(1e-11);
      expect(largestDifference(theory.heads[k].w, w)).toBeLessThan(1e-11);
    });
  });

  it('sum to the vector flow with the joint target', () => {
    const times = timesTo(60);
    const joint = { ...point, dyStar: jointTarget(heads.map((head) => head.dyStar)) };
    const sum = (key: 'Y' | 'w') => heads.reduce((total, head) => total + head[key], 0);
    const theory = headCurves(point, 0.01, heads, times, tight);
    const whole = vectorCurves(joint, { H: 0.01, Y: sum('Y'), w: sum('w') }, times, tight);
    expect(largestDifference(theory.H, whole.H)).toBeLessThan(1e-10);
    for (const key of ['Y', 'w'] as const) {
      const summed = theory.heads[0][key].map((value, i) => value + theory.heads[1][key][i]);
      expect(largestDifference(summed, whole[key])).toBeLessThan(1e-10);
    }
  });

  it('scale the final distance and the rate by sqrt(1 + dA*^2 / dB*^2) from a small start', () => {
    const tiny: Head = { Y: 1e-10, w: -1e-6, dyStar: Math.SQRT1_2 };
    const alone = fixedPoint(point, { H: 1e-5, Y: tiny.Y });
    for (const dyStar of [0.354, Math.SQRT1_2, 1]) {
      const ratio = Math.sqrt(1 + dyStar ** 2 / tiny.dyStar ** 2); // 1.118, 1.414, 1.732
      const joint = { ...point, dyStar: jointTarget([dyStar, tiny.dyStar]) };
      const { hInf, rate } = fixedPoint(joint, { H: 1e-5, Y: 2 * tiny.Y });
      expect(hInf / alone.hInf).toBeCloseTo(ratio, 3);
      expect(rate / alone.rate).toBeCloseTo(ratio, 3);
      const { H } = headCurves(point, 1e-5, [tiny, { ...tiny, dyStar }], [100]);
      expect(H[0]).toBeCloseTo(hInf, 8);
    }
  });
});
