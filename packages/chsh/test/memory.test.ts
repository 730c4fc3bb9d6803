// Local models with memory: an adversary sees all earlier settings and outcomes, the analyst stops at the best moment.

import { describe, expect, test, vi } from 'vitest';
import { binomialPValue, EProcess, predictionRatios } from '../src/index.ts';
import { LOCAL_TABLES, strategyCell } from '../src/polytope.ts';
import { words } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

const RUNS = 100_000;
const ALPHA = 0.05;
/** alpha of the runs, and four standard deviations for their number. */
const ALLOWED = RUNS * ALPHA + 4 * Math.sqrt(RUNS * ALPHA * (1 - ALPHA));

/** For each setting the two deterministic strategies that lose the game there only. */
const LOSES_AT = [0, 1, 2, 3].map((lost) =>
  LOCAL_TABLES.map((_, k) => k).filter((k) =>
    [0, 1, 2, 3].every((s) => {
      const cell = strategyCell(k, s);
      const equal = (((cell >> 1) ^ cell) & 1) === 0;
      return (equal === (s !== 3)) === (s !== lost);
    }),
  ),
);
/** A strategy that throws trials away: another outcome for Bob's second observable. */
const WORST = LOSES_AT[0][0] ^ 1;

interface History {
  trials: number;
  wins: number;
  settings: Float64Array;
  last: number;
}

/** Adversaries: each chooses the deterministic strategy of the next trial from the whole past. */
const adversaries: Record<string, (h: History, word: number) => number> = {
  'loses where the setting came least often': (h) => LOSES_AT[rarest(h.settings)][h.trials & 1],
  'loses where the setting came last, sacrifices trials when ahead': (h, word) =>
    h.wins > 0.82 * h.trials && h.trials > 20 ? WORST : LOSES_AT[(h.last + 1) & 3][word & 1],
  'random best strategy, doubles back after losses': (h, word) =>
    LOSES_AT[h.wins < 0.7 * h.trials ? h.last : word & 3][(word >> 2) & 1],
};

function rarest(settings: Float64Array): number {
  let best = 0;
  for (let s = 1; s < 4; s++) if (settings[s] < settings[best]) best = s;
  return best;
}

/** One run of `trials` trials with fair settings; `seen` gets each cell. */
function play(
  choose: (h: History, word: number) => number,
  trials: number,
  next: () => number,
  seen: (cell: number) => void,
) {
  const h: History = { trials: 0, wins: 0, settings: new Float64Array(4), last: 0 };
  for (let i = 0; i < trials; i++) {
    const word = next();
    const setting = word >>> 30;
    const cell = strategyCell(choose(h, word), setting);
    seen(cell);
    const equal = (((cell >> 1) ^ cell) & 1) === 0;
    h.trials += 1;
    h.wins += equal === (setting !== 3) ? 1 : 0;
    h.settings[setting] += 1;
    h.last = setting;
  }
  return h;
}

describe('P(p <= .05) <= .05 for 100,000 local models with memory', () => {
  for (const [name, choose] of Object.entries(adversaries)) {
    test(`exact binomial after 120 trials, e-value at its best moment: ${name}`, () => {
      const next = words(11);
      let binomial = 0;
      let anytime = 0;
      const rejects = Array.from({ length: 121 }, (_, wins) => binomialPValue(wins, 120, 0.75).p <= ALPHA);
      for (let run = 0; run < RUNS; run++) {
        const bettor = new EProcess(0.75);
        const h = play(choose, 120, next, (cell) =>
          bettor.push((((cell >> 1) ^ cell ^ (cell >> 2 === 3 ? 1 : 0)) & 1) === 0),
        );
        if (rejects[h.wins]) binomial += 1;
        if (bettor.p <= ALPHA) anytime += 1;
      }
      expect(binomial).toBeLessThanOrEqual(ALLOWED);
      expect(anytime).toBeLessThanOrEqual(ALLOWED);
      // The adversaries that always play a best strategy get close to the level: the test is not idle.
      if (name.startsWith('random')) expect(binomial).toBeGreaterThan(0.5 * RUNS * ALPHA);
    });
  }

  test('prediction-based ratios at their best moment, against the strategies with the largest expected ratio', () => {
    const next = words(12);
    // The analyst comes with a calibration that makes him bet high, and learns once more from the adversary's first trials.
    const calibration = [9, 1, 1, 9, 9, 1, 1, 9, 9, 1, 1, 9, 1, 9, 9, 1];
    const learned = new Map<string, { log: Float64Array; best: number[] }>();
    const ratiosAfter = (counts: Float64Array) => {
      const key = counts.join();
      const known = learned.get(key);
      if (known) return known;
      const log = predictionRatios(counts.map((n, i) => n + calibration[i]));
      const means = LOCAL_TABLES.map((v) => v.reduce((sum, p, i) => sum + (p * Math.exp(log[i])) / 4, 0));
      const largest = Math.max(...means);
      expect(largest).toBeLessThanOrEqual(1 + 1e-12);
      const fresh = { log, best: means.flatMap((m, k) => (m > largest - 0.02 ? [k] : [])) };
      learned.set(key, fresh);
      return fresh;
    };
    const counts = new Float64Array(16);
    let rejected = 0;
    for (let run = 0; run < RUNS; run++) {
      counts.fill(0);
      let { log, best } = ratiosAfter(counts);
      let capital = 0;
      let most = 0;
      const choose = (h: History, word: number) => best[(h.last + h.wins + (word & 1)) % best.length];
      const take = (cell: number) => {
        capital += log[cell];
        if (capital > most) most = capital;
        counts[cell] += 1;
      };
      play(choose, 6, next, take);
      ({ log, best } = ratiosAfter(counts));
      play(choose, 120, next, take);
      if (most >= Math.log(1 / ALPHA)) rejected += 1;
    }
    expect(rejected).toBeLessThanOrEqual(ALLOWED);
    expect(rejected).toBeGreaterThan(0.4 * RUNS * ALPHA);
  });
});
