// Prediction-based ratios: a test that learns from earlier trials which inequality to bet on and stays valid with memory.

import { FAIR_BOUND } from './game.ts';
import { localProjection, projections } from './likelihood.ts';
import { LOCAL_TABLES, NO_SIGNALLING_TABLES } from './polytope.ts';

/** The hypothesis that the ratios test. */
export type PbrHypothesis = 'local' | 'no-signalling';

/** When the ratios are recomputed: first after `first` trials, then whenever the number of trials grew by `growth`. */
export interface PbrSchedule {
  first?: number;
  growth?: number;
}

/** Weight of the uniform table in the estimate from earlier trials: this many trials per cell. */
const PRIOR = 0.5;

/**
 * logR[cell] for the next trials, from the counts of earlier ones: R = f / q*, with f the (smoothed) maximum-likelihood
 * no-signalling table of the earlier trials and q* = argmin KL(f || local); against no-signalling f is the smoothed
 * frequencies themselves and q* their nearest no-signalling table. R is then divided by the largest expectation any vertex of the hypothesis can give it
 * when every setting has probability >= 1 - beta, so that E[R] <= 1 whatever q* was.
 * Source: Zhang, Glancy, Knill 2011 (Phys. Rev. A 84, 062118).
 */
export function predictionRatios(
  counts: ArrayLike<number>,
  hypothesis: PbrHypothesis = 'local',
  beta: number = FAIR_BOUND,
): Float64Array {
  const f: Float64Array = new Float64Array(16);
  for (let s = 0; s < 4; s++) {
    const total = counts[4 * s] + counts[4 * s + 1] + counts[4 * s + 2] + counts[4 * s + 3] + 4 * PRIOR;
    for (let o = 0; o < 4; o++) f[4 * s + o] = (counts[4 * s + o] + PRIOR) / total;
  }
  const local = hypothesis === 'local';
  const numerator = local ? projections(shares(counts, f), 1e-9).noSignalling : f;
  const denominator = local
    ? localProjection(numerator, 1e-9)
    : projections(
        f.map((v) => v / 4),
        1e-9,
      ).noSignalling;
  const ratio = numerator.map((v, i) => v / denominator[i]);
  const bound = largestExpectation(ratio, local ? LOCAL_TABLES : NO_SIGNALLING_TABLES, 1 - beta);
  return ratio.map((r) => Math.log(r / bound));
}

/** Largest mean of R over the vertices and over all setting distributions with every probability >= least. */
function largestExpectation(ratio: Float64Array, vertices: readonly (readonly number[])[], least: number): number {
  let largest = 0;
  for (const table of vertices) {
    let sum = 0;
    let most = 0;
    for (let s = 0; s < 4; s++) {
      let mean = 0;
      for (let i = 4 * s; i < 4 * s + 4; i++) mean += table[i] * ratio[i];
      sum += mean;
      most = Math.max(most, mean);
    }
    largest = Math.max(largest, least * sum + (1 - 4 * least) * most);
  }
  return largest;
}

/** Weights (share of the setting) x f of the likelihood of smoothed counts. */
function shares(counts: ArrayLike<number>, f: Float64Array): Float64Array {
  let n = 16 * PRIOR;
  for (let i = 0; i < 16; i++) n += counts[i];
  return f.map((_, i) => (counts[i] + PRIOR) / n);
}

/**
 * The running product of prediction-based ratios over ordered trials; p = min(1, 1 / prod R). Each trial is bet on with
 * ratios that only earlier trials have shaped, so the p-value holds for models with arbitrary memory.
 */
export class PredictionBasedRatios {
  /** log of the product of R now. */
  logRatio = 0;
  readonly counts = new Float64Array(16);
  private readonly hypothesis: PbrHypothesis;
  private readonly beta: number;
  private readonly growth: number;
  private logR: Float64Array = new Float64Array(16);
  private n = 0;
  private next: number;

  constructor(hypothesis: PbrHypothesis, beta: number = FAIR_BOUND, schedule: PbrSchedule = {}) {
    this.hypothesis = hypothesis;
    this.beta = beta;
    const { first = 32, growth = 1.1 } = schedule;
    if (!(Number.isInteger(first) && first >= 1 && growth > 1 && Number.isFinite(growth))) {
      throw new Error(
        `PredictionBasedRatios: expected a schedule with whole first >= 1 and growth above 1, got ${first} and ${growth}; leave it out for 32 and 1.1`,
      );
    }
    this.next = first;
    this.growth = growth;
  }

  /** Takes trials from `from` to `to` (exclusive), each coded as 4 * setting + outcome. */
  push(codes: Uint8Array, from = 0, to = codes.length): void {
    let at = from;
    while (at < to) {
      const end = Math.min(to, at + this.next - this.n);
      let sum = 0;
      for (let i = at; i < end; i++) {
        const code = codes[i];
        sum += this.logR[code];
        this.counts[code] += 1;
      }
      this.logRatio += sum;
      this.n += end - at;
      at = end;
      if (this.n >= this.next) {
        this.logR = predictionRatios(this.counts, this.hypothesis, this.beta);
        this.next = Math.max(this.n + 1, Math.ceil(this.n * this.growth));
      }
    }
  }

  /** min(1, 1 / prod R). */
  get p(): number {
    return Math.min(1, Math.exp(-this.logRatio));
  }
}
