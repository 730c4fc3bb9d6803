// Where a table lies: contextual and signalling fraction, and an exact certificate for or against a local model.

import { type Counts, checkCounts, settingTotals } from './counts.ts';
import {
  add,
  compare,
  type Fraction,
  format,
  fraction,
  gcd,
  multiply,
  parseFraction,
  toNumber,
} from './numeric/fraction.ts';
import { type ExactOptimum, maximiseSum } from './numeric/integer-simplex.ts';
import { LOCAL_TABLES, NO_SIGNALLING_TABLES } from './polytope.ts';

/**
 * Exact proof about the relative frequencies of counts, as fractions in text ("3/7").
 * local: the weights of the 16 deterministic strategies that reproduce the table (strategy k: bits 3..0 are a1, a2, b1, b2,
 * 1 for outcome -1). violation: coefficients c >= 0 with sum_i c_i p_i >= bound for every local model, which the table breaks.
 */
export type Certificate =
  | { kind: 'local'; weights: string[] }
  | { kind: 'violation'; coefficients: string[]; bound: string; value: string };

/**
 * Contextual fraction CF = 1 - max { 1.b : M b <= v, b >= 0 }: the least share of the table that no local model explains.
 * M: the 16 deterministic strategies, v: the table. CF = max(0, (S - 2)/2) without signalling, S the largest sign variant.
 * Solved exactly. Source: Abramsky, Barbosa, Mansfield 2017.
 */
export function contextualFraction(counts: Counts): number {
  const { optimum, scale } = largestShare(counts, LOCAL_ROWS, 'contextualFraction');
  return toNumber(fraction(scale * optimum.den - optimum.value, scale * optimum.den));
}

/**
 * Signalling fraction SF: as CF with b >= 0 replaced by M b >= 0, that is 1 minus the largest no-signalling share of the
 * table (24 vertices). Solved exactly. Source: Emeriau, Howard, Mansfield 2022.
 */
export function signallingFraction(counts: Counts): number {
  const { optimum, scale } = largestShare(counts, NO_SIGNALLING_ROWS, 'signallingFraction');
  return toNumber(fraction(scale * optimum.den - optimum.value, scale * optimum.den));
}

/**
 * Decides exactly whether the relative frequencies have a local model, and proves it: either the weights of the 16
 * deterministic strategies, or an inequality that every local model keeps and the table breaks. Sampling noise alone
 * makes nearly every finite table signal a little, and such a table has no exact local model: this is geometry, not a test.
 * Source: Pitowsky 1989; Fine 1982 (the polytope); linear programming duality (the inequality).
 */
export function certificate(counts: Counts): Certificate {
  const { optimum, scale } = largestShare(counts, LOCAL_ROWS, 'certificate');
  const whole = scale * optimum.den;
  if (optimum.value === whole) {
    return { kind: 'local', weights: optimum.x.map((w) => format(fraction(w, whole))) };
  }
  return {
    kind: 'violation',
    coefficients: optimum.y.map((c) => format(fraction(c, optimum.den))),
    bound: '1',
    value: format(fraction(optimum.value, whole)),
  };
}

/**
 * Checks a certificate against counts in exact rational arithmetic, trusting nothing of how it was found.
 * local: weights >= 0, sum 1, and they give each relative frequency. violation: each of the 16 strategies reaches the
 * bound, the table's value is as stated and below the bound.
 * @throws one line if a number is not a fraction
 */
export function verifyCertificate(counts: Counts, proof: Certificate): boolean {
  checkCounts(counts, 'verifyCertificate');
  const totals = settingTotals(counts);
  const zero = fraction(0n);
  const table = Array.from({ length: 16 }, (_, i) => fraction(BigInt(counts[i]), BigInt(totals[i >> 2])));
  const numbers = (proof.kind === 'local' ? proof.weights : proof.coefficients).map(parseFraction);
  if (numbers.length !== 16 || numbers.some((v) => compare(v, zero) < 0)) return false;
  if (proof.kind === 'local') {
    if (compare(numbers.reduce(add, zero), fraction(1n)) !== 0) return false;
    return table.every((p, i) => {
      const share = numbers.reduce((sum, w, k) => (LOCAL_TABLES[k][i] ? add(sum, w) : sum), zero);
      return compare(share, p) === 0;
    });
  }
  const bound = parseFraction(proof.bound);
  const evaluate = (p: readonly Fraction[]) => p.reduce((sum, v, i) => add(sum, multiply(numbers[i], v)), zero);
  const kept = LOCAL_TABLES.every((vertex) => compare(evaluate(vertex.map((v) => fraction(BigInt(v)))), bound) >= 0);
  const value = evaluate(table);
  return kept && compare(value, parseFraction(proof.value)) === 0 && compare(value, bound) < 0;
}

/** Row i of the program: twice the weight that each vertex gives to cell i, so that PR boxes are whole numbers too. */
const LOCAL_ROWS = cellRows(LOCAL_TABLES, 1);
const NO_SIGNALLING_ROWS = cellRows(NO_SIGNALLING_TABLES, 2);

function cellRows(vertices: readonly (readonly number[])[], factor: number): number[][] {
  return Array.from({ length: 16 }, (_, i) => vertices.map((table) => factor * table[i]));
}

/** max 1.b with M b <= v: v times `scale` is whole; the optimum's value / (den * scale) is the share. */
function largestShare(counts: Counts, rows: number[][], who: string): { optimum: ExactOptimum; scale: bigint } {
  checkCounts(counts, who);
  const totals = settingTotals(counts).map((t) => BigInt(t));
  const common = totals.reduce((a, b) => (a / gcd(a, b)) * b, 1n);
  const factor = rows === NO_SIGNALLING_ROWS ? 2n : 1n;
  const right = Array.from({ length: 16 }, (_, i) => (BigInt(counts[i]) * common * factor) / totals[i >> 2]);
  return { optimum: maximiseSum(rows, right), scale: common };
}
