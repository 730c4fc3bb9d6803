// The published and independently computed numbers of chsh-vectors.json.

import { describe, expect, test } from 'vitest';
import {
  analyseCounts,
  analyseTrials,
  arcsinCriterion,
  cbd,
  chshS,
  cnt2,
  contextualFraction,
  correlations,
  estimateS,
  gameDivergence,
  normalPValue,
  signallingFraction,
  tableStrengthBits,
  trialsForS,
} from '../src/index.ts';
import { boxOf, communicationBox, delft, fixture, nist, vectors } from './tables.ts';

/** Agrees to 1e-9 relative, or to all digits that `expected` shows where there are fewer. */
function meets(got: number, expected: number): void {
  const digits = String(expected)
    .replace(/e.*$/, '')
    .replace(/^-?0?\.?0*|\./g, '').length;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(expected))) + 1 - digits);
  const tolerance = Math.max(1e-9 * Math.abs(expected), 0.5000001 * unit);
  expect(Math.abs(got - expected), `got ${got}, expected ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe('Delft 2015', () => {
  const x = vectors.sets.Delft2015.expected;
  const a = analyseCounts(delft);

  test('estimates', () => {
    meets(a.S, x.S);
    meets(a.seS, x.se);
    meets(a.SGls, x.S_gls);
    meets(a.seSGls, x.se_gls);
    meets(normalPValue(estimateS(delft)), x.p_normal);
    expect(a.SGls).toBeCloseTo(2 + 4 * a.JGls, 14);
    expect(a.seSGls).toBeCloseTo(4 * a.seJGls, 14);
  });

  test('game and tests', () => {
    expect([a.game.wins, a.game.n]).toEqual([x.wins, x.N]);
    meets(a.game.pBinomial, x.p_binomial_beta075);
    meets(10 ** a.game.log10P, x.p_binomial_beta075);
    meets(a.game.pHoeffding, x.p_hoeffding);
    meets(a.game.ci95[0], 0.74436);
    meets(a.game.ci95[1], 0.848222);
    meets(a.eValue, x.e_value_tsirelson);
    meets(a.wilks.lr, x.wilks_lr);
    meets(a.wilks.p, x.wilks_p);
    meets(a.noSignalling.chi2, x.wald_ns_chi2);
    meets(a.noSignalling.p, x.wald_ns_p);
    expect(a.noSignalling.df).toBe(4);
  });

  test('contextuality and strength', () => {
    meets(a.delta, x.delta);
    meets(a.cbd, x.cbd);
    meets(a.cnt2, x.cnt2);
    meets(a.contextualFraction, x.cf_raw);
    meets(a.signallingFraction, x.sf);
    meets(a.klBits, x.kl_local_bits);
    expect(a.trialsNeeded).toBe(Math.ceil(Math.log(20) / (x.kl_local_bits * Math.LN2)));
  });
});

describe('NIST 2015, the setting-bias trap', () => {
  const x = vectors.sets.NIST2015.expected;
  const a = analyseCounts(nist);

  test('numbers', () => {
    meets(a.S, x.S);
    meets(a.J, x.J);
    meets(a.JGls, x.J_gls);
    meets(a.JGls / a.seJGls, x.z_gls);
    meets(a.noSignalling.chi2, x.wald_ns_chi2);
    meets(a.noSignalling.p, x.wald_ns_p);
    expect([a.game.wins, a.game.n]).toEqual([x.wins, x.N]);
    meets(a.game.biased.beta, x.beta_from_settings);
    meets(a.game.biased.pBinomial, x.p_binomial_biased);
    expect(a.game.pBinomial).toBe(x.p_binomial_naive);
  });

  test('likelihood ratio and strength agree with a 40-digit computation', () => {
    const reference = fixture('mpmath/nist_likelihood.json');
    expect(Math.abs(a.klBits / reference.kl_bits - 1)).toBeLessThan(1e-11);
    expect(Math.abs(a.wilks.lr / reference.wilks_lr - 1)).toBeLessThan(1e-10);
  });

  test('the underflowing p has a logarithm, a warning, and no say in the verdict', () => {
    expect(a.game.log10P).toBeCloseTo(-3558.2539279238176, 9);
    expect(a.warnings[0]).toMatch(/setting frequencies .* differ/);
    expect(a.warnings[0]).toContain('p = 10^-3558.3 at beta = 0.75 but p = 0.4392 at beta = 0.7542');
    expect(a.verdict.rung).toBe(2);
    expect(JSON.stringify(a)).not.toMatch(/p = 0\b(?!\.)/);
  });

  test('a given beta is respected', () => {
    const given = analyseCounts(nist, { beta: a.game.biased.beta });
    meets(given.game.pBinomial, x.p_binomial_biased);
    expect(given.verdict.rung).toBe(2);
    const predictable = analyseCounts(delft, { predictability: [0.01, 0.02] });
    expect(predictable.game.beta).toBeCloseTo(0.75 + 0.015 - 0.0002, 15);
  });
});

describe('ideal boxes', () => {
  const scaled = (table: number[], n: number) => table.map((p) => Math.round(p * n));

  test('Tsirelson', () => {
    const { E, cf, kl_bits } = vectors.ideal.tsirelson;
    expect(chshS(E)).toBeCloseTo(2 * Math.SQRT2, 14);
    meets(tableStrengthBits(boxOf(E)), kl_bits);
    meets((chshS(E) + 4) / 8, 0.8535533906);
    meets(contextualFraction(scaled(boxOf(E), 4e14)), cf);
    expect(arcsinCriterion(E)).toEqual({ arcsin: expect.closeTo(Math.PI, 12), inside: true });
  });

  test('PR box and the point with S = 2.5', () => {
    for (const name of ['pr', 'quarter']) {
      const { E, cf, kl_bits } = vectors.ideal[name];
      meets(tableStrengthBits(boxOf(E)), kl_bits);
      expect(contextualFraction(scaled(boxOf(E), 80))).toBe(cf);
    }
    const e = correlations(scaled(boxOf([1, 1, 1, -1]), 4));
    expect(cbd(chshS(e), 0)).toBe(vectors.ideal.pr.cbd);
    expect(cnt2(chshS(e), 0)).toBe(vectors.ideal.pr.cnt2);
    expect(arcsinCriterion(e).inside).toBe(false);
  });

  test('communication box, and its mixture with a PR box', () => {
    const { S, cf_raw, sf, delta, cbd } = vectors.ideal.comm_box;
    const a = analyseCounts(communicationBox(7));
    expect([a.S, a.contextualFraction, a.signallingFraction, a.delta, a.cbd]).toEqual([S, cf_raw, sf, delta, cbd]);
    const mixed = vectors.ideal.pr75_comm25;
    const box = boxOf([1, 1, 1, -1]);
    const m = analyseCounts(communicationBox(1).map((v, i) => 8 * (0.75 * box[i] + 0.25 * v)));
    expect([m.contextualFraction, m.signallingFraction, m.delta, m.cbd]).toEqual([
      mixed.cf_raw,
      mixed.sf,
      mixed.delta,
      mixed.cbd,
    ]);
    expect(signallingFraction(communicationBox(1))).toBe(1);
  });
});

describe('planning', () => {
  test('trials for S at alpha .05', () => {
    const wanted = { 2.02: 179344, 2.05: 28598, 2.1: 7109, 2.2: 1757 };
    for (const [s, n] of Object.entries(wanted)) expect(trialsForS(Number(s))).toBe(n);
    expect(trialsForS(2 * Math.SQRT2)).toBe(94);
  });

  test('the witness of the game is the strength of an isotropic box', () => {
    const e = 2.4 / 4;
    expect(gameDivergence((2.4 + 4) / 8) / Math.LN2).toBeCloseTo(tableStrengthBits(boxOf([e, e, e, -e])), 12);
  });
});

test('the analysis has exactly the documented keys', () => {
  const keys =
    'S seS signs SGls seSGls J JGls seJGls game eValue pbr wilks noSignalling delta sOdd cbd cnt2 contextualFraction signallingFraction klBits trialsNeeded quantum verdict warnings notes'.split(
      ' ',
    );
  expect(Object.keys(analyseCounts(delft))).toEqual(keys);
  const codes = Uint8Array.from(delft.flatMap((n, i) => new Array(n).fill(i)));
  expect(Object.keys(analyseTrials(codes))).toEqual(keys);
});
