// E-values against local models: the capital of a bettor on the CHSH game, valid however long one goes on.

import { localBound } from './game.ts';

/** cos^2(pi/8), the chance to win with the best correlations of the Tsirelson bound: the default bet on counts. */
export const TSIRELSON_WIN = (2 + Math.SQRT2) / 4;

/**
 * e = (theta/beta)^wins ((1 - theta)/(1 - beta))^(n - wins), natural logarithm. theta must be fixed before the data are
 * seen; counts have no order, so the default cos^2(pi/8) stays. E[e] <= 1 for every local model with memory, and
 * P(max e >= 1/u) <= u. Source: Ville 1939; Grunwald, de Heide, Koolen 2024 (likelihood-ratio e-values).
 * A theta below beta would bet on losses and is raised to beta, where e = 1.
 */
export function logEValue(wins: number, n: number, beta: number, theta: number = TSIRELSON_WIN): number {
  if (!(theta > 0 && theta < 1))
    throw new Error(`logEValue: expected theta between 0 and 1, got ${theta}; use cos^2(pi/8)`);
  const t = Math.max(theta, beta);
  return wins * Math.log(t / beta) + (n - wins) * Math.log((1 - t) / (1 - beta));
}

/** exp(log), the largest finite number where it overflows. */
export function finiteExp(log: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(log));
}

/** Strength of the prior guess of theta, in trials. */
const PRIOR_TRIALS = 20;

/**
 * The e-process of ordered trials: theta_i = max(beta, running win rate before trial i, started at cos^2(pi/8) with the
 * weight of 20 trials), refreshed whenever the number of trials has grown by 1/64. Predictable, hence anytime-valid:
 * p = 1 / max e may be read after every trial, and stopping at the best moment costs nothing (Ville 1939).
 */
export class EProcess {
  /** Natural logarithm of the capital now, and its running maximum. */
  logE = 0;
  maxLogE = 0;
  wins = 0;
  n = 0;
  private readonly beta: number;
  private next = 0;
  private logWin = 0;
  private logLoss = 0;

  /** @param beta bound on a local model's chance to win a trial, see `localBound` */
  constructor(beta: number) {
    this.beta = localBound({ beta });
  }

  /** Takes one trial: did it win the game? */
  push(win: boolean | number): void {
    if (this.n >= this.next) this.refresh();
    this.n += 1;
    if (win) {
      this.wins += 1;
      this.logE += this.logWin;
      if (this.logE > this.maxLogE) this.maxLogE = this.logE;
    } else {
      this.logE += this.logLoss;
    }
  }

  /** Anytime-valid p-value: 1 / max e so far. */
  get p(): number {
    return Math.exp(-this.maxLogE);
  }

  private refresh(): void {
    const guess = (this.wins + PRIOR_TRIALS * TSIRELSON_WIN) / (this.n + PRIOR_TRIALS);
    const theta = Math.max(this.beta, guess);
    this.logWin = Math.log(theta / this.beta);
    this.logLoss = Math.log((1 - theta) / (1 - this.beta));
    this.next = this.n + 1 + (this.n >> 6);
  }
}
