// The ladder: each rung on replicas and on counts, Holm over cells, and the words.

import { describe, expect, test, vi } from 'vitest';
import {
  analyseCounts,
  analyseReplicas,
  binomialPValue,
  gameDivergence,
  type VerdictCell,
  verdicts,
  WORDS,
  WORDS_UNDETECTED,
  WORDS_UNKNOWN,
} from '../src/index.ts';
import { boxOf, communicationBox, delft, nist, uniforms } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

const cell = (changes: Partial<VerdictCell>): VerdictCell => ({
  replicas: 256,
  pS: 1e-6,
  sMean: 2.5,
  ci95Bounded: [2.3, 2.7],
  noSignallingP: 0.5,
  pCbd: 0.5,
  cbdCi95: [-0.1, 0.3],
  trialsNeeded: 40,
  flips: 0.25,
  trained: true,
  ...changes,
});
const rung = (changes: Partial<VerdictCell>) => verdicts([cell(changes)])[0].rung;

describe('replicas', () => {
  test('each rung', () => {
    expect(rung({ sMean: 2 })).toBe(1);
    expect(rung({ sMean: 2 + 1e-14 })).toBe(1);
    expect(rung({ pS: 0.05, ci95Bounded: [2, 3] })).toBe(2);
    expect(rung({ noSignallingP: 0.01 })).toBe(3);
    expect(rung({ noSignallingP: 0.01, pCbd: 0.01 })).toBe(4);
    expect(rung({})).toBe(4);
    expect(rung({ flips: null })).toBe(4);
    expect(rung({ flips: 0 })).toBe(5);
    expect(rung({ flips: 0, noSignallingP: 0.01 })).toBe(3);
  });

  test('words', () => {
    const words = (changes: Partial<VerdictCell>) => verdicts([cell(changes)])[0].words;
    expect(words({ sMean: 1 })).toBe('S <= 2');
    expect(words({ pS: 1 })).toBe('S > 2 but within noise');
    expect(words({ noSignallingP: 0 })).toBe('explained by direct influence');
    expect(words({})).toBe(
      "hidden influence: with the seed fixed, outcomes change when only the other party's task changes",
    );
    expect(words({ flips: null })).toBe(WORDS_UNKNOWN);
    expect(words({ flips: 0, pCbd: 0.01 })).toBe(
      'not explained by local models plus the measured signalling; shared parameters remain a possible hidden channel',
    );
    expect(words({ flips: 0 })).toBe(
      'not explained by local models; no signalling is detected; shared parameters remain a possible hidden channel',
    );
    expect(words({ flips: 0, pCbd: 0.01, trained: false })).toBe(WORDS[5]);
    for (const text of [...Object.values(WORDS), WORDS_UNKNOWN, WORDS_UNDETECTED])
      expect(text).not.toMatch(/quantum|nonlocal/i);
  });

  test('Holm over the cells of a sweep, for the tests whose rejection raises a rung', () => {
    const weak = cell({ pS: 0.02 });
    expect(verdicts([weak])[0].rung).toBe(4);
    expect(verdicts([weak, weak, weak]).map((v) => v.rung)).toEqual([2, 2, 2]);
    const beyond = cell({ noSignallingP: 1e-9, pCbd: 0.03, cbdCi95: [0.1, 0.5] });
    expect(verdicts([beyond])[0].rung).toBe(4);
    expect(verdicts([beyond, cell({})])[0]).toMatchObject({
      rung: 3,
      reason: expect.stringMatching(/may be 0 or less \(from 0\.1 to 0\.5, Holm-corrected p = 0\.06\)/),
    });
    expect(verdicts([], 0.05)).toEqual([]);
  });

  test('a harmless cell beside it lifts no row: the test of no signalling is not corrected', () => {
    const signal = cell({ noSignallingP: 0.03 });
    for (const cells of [[signal], [signal, cell({})], [signal, ...Array(50).fill(cell({}))]])
      expect(verdicts(cells)[0].rung).toBe(3);
  });

  test('reasons: what is corrected says so, limits near 2 keep their digits, missing replicas are counted', () => {
    const weak = cell({ pS: 0.04, sMean: 2.1, ci95Bounded: [2.000254, 2.2] });
    expect(verdicts([weak, weak])[1].reason).toBe(
      'S = 2.1, but Holm-corrected p = 0.08 for S <= 2 is not below 0.05 (bounded-mean interval from 2.000254)',
    );
    const reason = (changes: Partial<VerdictCell>) => verdicts([cell(changes)])[0].reason;
    const noise = { pS: 0.4, sMean: 2.1, ci95Bounded: [1.5, 2.6], trialsNeeded: 300 };
    expect(reason(noise)).toBe(
      'S = 2.1, but p = 0.4 for S <= 2 is not below 0.05 (bounded-mean interval from 1.5); about 300 replicas would decide, 256 are there',
    );
    const few = { ...noise, replicas: 3, noSignallingP: null, pCbd: null, cbdCi95: null };
    expect(reason(few)).toMatch(
      /300 replicas would decide, 3 are there; signalling could not be tested with 3 replicas$/,
    );
    expect(reason({})).toBe(
      'S = 2.5 (p = 0.000001); no signalling is detected (p = 0.5), though s_odd - Delta - 2 may be 0 or less (from -0.1 to 0.3, p = 0.5); same-seed flips are 0.25',
    );
    expect(reason({ pCbd: 0.01, cbdCi95: [0.1, 0.3] })).toMatch(
      /no signalling is detected \(p = 0\.5\) and s_odd - Delta - 2 is above 0 \(from 0\.1 to 0\.3, p = 0\.01\)/,
    );
    const eight = cell({ replicas: 8, noSignallingP: 0.01, pCbd: null, cbdCi95: null });
    expect(verdicts([eight])[0]).toMatchObject({
      rung: 3,
      reason: expect.stringMatching(
        /detected \(p = 0\.01\) and s_odd - Delta - 2 could not be tested with 8 replicas$/,
      ),
    });
  });

  test('for one cell rung 2 is exactly "the lower limit of ci95Bounded reaches 2"', () => {
    const next = uniforms(31);
    const seen = new Set<number>();
    for (let run = 0; run < 120; run++) {
      const shift = next();
      const n = 40 + Math.floor(60 * next());
      const c = Array.from({ length: n }, () => [1, 1, 1, 1 - 2 * shift * next()]).flat();
      const m = new Array(8 * n).fill(0);
      const a = analyseReplicas({ correlations: c, marginals: m, flips: null, resamples: 99 });
      const [v] = verdicts([{ ...a, sMean: a.S.mean, ci95Bounded: a.S.ci95Bounded, flips: 0.5, trained: true }]);
      seen.add(v.rung);
      if (a.S.mean > 2) expect(v.rung === 2).toBe(a.S.ci95Bounded[0] <= 2);
    }
    expect(seen).toEqual(new Set([2, 4]));
  });

  test('a communication box stops at rung 3', () => {
    const n = 200;
    const a = analyseReplicas({
      correlations: Array.from({ length: n }, () => [1, 1, 1, -1]).flat(),
      marginals: Array.from({ length: n }, () => [1, 1, 1, 1, 1, 1, 1, -1]).flat(),
      flips: { a1: 0, a2: 0, b1: 0, b2: 1, mean: 0.25 },
    });
    expect(a).toMatchObject({ S: { mean: 4 }, delta: 2, cbd: 0, noSignallingP: 0 });
    const [v] = verdicts([{ ...a, sMean: 4, ci95Bounded: a.S.ci95Bounded, flips: 0.25, trained: true }]);
    expect(v.rung).toBe(3);
    expect(v.reason).toMatch(/signalling is detected \(p < 1e-300\)/);
  });
});

describe('counts', () => {
  test('Delft reaches rung 5 when the parties are declared separated, rung 4 without', () => {
    const separated = analyseCounts(delft, { separated: true }).verdict;
    expect(separated).toMatchObject({ rung: 5, words: 'not explained by local models; no signalling is detected' });
    expect(separated.reason).toMatch(
      /no signalling is detected \(p = 0\.6948\), though s_odd - Delta - 2 may be 0 or less \(from -0\.\d+ to 1\.\d+\); the/,
    );
    expect(analyseCounts(delft).verdict).toMatchObject({ rung: 4, words: WORDS_UNKNOWN });
    expect(analyseCounts(delft, { flips: 0.3 }).verdict).toMatchObject({ rung: 4, words: WORDS[4] });
    expect(analyseCounts(delft, { alpha: 0.01, separated: true }).verdict.rung).toBe(2);
  });

  test('a communication box never climbs above rung 3, noisy or not, separated or not', () => {
    const next = uniforms(33);
    for (const n of [3, 10, 100, 1e6]) {
      expect(analyseCounts(communicationBox(n), { separated: true }).verdict.rung).toBeLessThanOrEqual(3);
    }
    expect(analyseCounts(communicationBox(100), { separated: true }).verdict.rung).toBe(3);
    for (let run = 0; run < 20; run++) {
      const noisy = communicationBox(1).flatMap((v) =>
        v === 1 ? [400 + Math.floor(40 * next())] : [Math.floor(9 * next())],
      );
      expect(analyseCounts(noisy, { separated: true }).verdict.rung).toBe(3);
    }
  });

  test('a box with signalling and a correlation beyond it passes rung 3', () => {
    const box = boxOf([0.9, 0.9, 0.9, -0.9]);
    const counts = box.map((p, i) => Math.round(1000 * (0.9 * p + 0.1 * (i % 4 === (i === 13 ? 1 : 0) ? 1 : 0))));
    const a = analyseCounts(counts, { separated: true });
    expect(a.verdict).toMatchObject({ rung: 5, words: WORDS[5] });
    // The bootstrap resolves .001 and is no limit: five sigma may be asked for.
    expect(analyseCounts(counts, { separated: true, alpha: 5.7e-7 }).verdict.rung).toBe(5);
    expect(analyseCounts(counts, { separated: true, flips: 0.4 }).verdict.rung).toBe(4);
    expect(analyseCounts(counts, { flips: 0 }).verdict.rung).toBe(5);
  });

  test('NIST is within noise at the bound that its settings imply', () => {
    const { verdict } = analyseCounts(nist, { separated: true });
    expect(verdict.rung).toBe(2);
    expect(verdict.reason).toBe('S = 2.000092, but memory-robust p = 0.4392 at beta = 0.7542 is not below 0.05');
  });

  test('uneven settings: no statistic at beta = 3/4 is a finding, and the trials needed are those of the bound used', () => {
    // A deterministic local strategy, always +1, that loses only setting 22, which is rare.
    const cheat = [0, 4, 8, 12].flatMap((at) => [at === 12 ? 10 : 1000, 0, 0, 0]);
    const a = analyseCounts(cheat, { separated: true });
    expect(a.eValue).toBeGreaterThan(1e50);
    expect(a.warnings.join()).toMatch(
      /the first is no finding, nor are pHoeffding and eValue at that beta; the verdict/,
    );
    expect(a.game).toMatchObject({ bits: 0, trialsNeeded: null });
    const b = analyseCounts(delft);
    expect(b.game.bits).toBeCloseTo(gameDivergence(0.8, 0.75) / Math.LN2, 14);
    expect(b.game.trialsNeeded).toBe(428);
    expect(binomialPValue(Math.ceil(0.8 * 428), 428, 0.75).p).toBeLessThan(0.05); // at most so many
  });

  test('all five guards are always named', () => {
    for (const counts of [delft, nist, communicationBox(5)]) {
      const { notes } = analyseCounts(counts);
      for (const guard of ['memory', 'settingBias', 'signalling', 'multiplicity', 'optionalStopping']) {
        expect(notes[guard]).toMatch(/\w{4}/);
      }
    }
  });

  test('another placement of the minus sign is pointed out, not judged', () => {
    const swapped = [0, 1, 3, 2].flatMap((s) => delft.slice(4 * s, 4 * s + 4));
    const a = analyseCounts(swapped);
    expect(a.verdict.rung).toBe(1);
    expect(a.warnings.join()).toMatch(/minus at 21 is 2\.4225, S is 0\.2390717: .* multiply p by 8/);
  });
});
