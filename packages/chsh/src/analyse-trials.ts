// The analysis of ordered trials, streamed: 16 counts, a bettor and two families of ratios are all that is kept.

import { analyse } from './analyse-counts.ts';
import type { Analysis, AnalysisOptions } from './analysis.ts';
import { EProcess } from './e-value.ts';
import { localBound, WINNING_CELL } from './game.ts';
import { TrialReader } from './parse-trials.ts';
import { PredictionBasedRatios } from './pbr.ts';

const WINS = Uint8Array.from(WINNING_CELL);

/** Code of one trial, 4 * setting + outcome. @param x,y settings 1 or 2 @param a,b outcomes +1 or -1 */
export function trialCode(x: number, y: number, a: number, b: number): number {
  const setting = (n: number) => n === 1 || n === 2;
  const outcome = (n: number) => n === 1 || n === -1;
  if (!setting(x) || !setting(y) || !outcome(a) || !outcome(b)) {
    throw new Error(
      `trialCode: expected settings 1 or 2 and outcomes +1 or -1, got ${x},${y},${a},${b}; recode the trial`,
    );
  }
  return 8 * (x - 1) + 4 * (y - 1) + (1 - a) + (1 - b) / 2;
}

/** Takes trials in order, in chunks of any size, and gives the analysis at any time. Memory does not grow with trials. */
export class TrialAnalysis {
  readonly counts = new Float64Array(16);
  private readonly options: AnalysisOptions;
  private readonly bettor: EProcess;
  private readonly ratios: PredictionBasedRatios;
  private readonly signallingRatios: PredictionBasedRatios;

  constructor(options: AnalysisOptions = {}) {
    this.options = options;
    const beta = localBound(options);
    this.bettor = new EProcess(beta);
    this.ratios = new PredictionBasedRatios('local', beta, options.pbrSchedule);
    this.signallingRatios = new PredictionBasedRatios('no-signalling', beta, options.pbrSchedule);
  }

  /** Number of trials so far. */
  get n(): number {
    return this.bettor.n;
  }

  /**
   * Takes the next trials, each coded as `trialCode`: 4 * setting (11, 12, 21, 22) + outcome (++, +-, -+, --).
   * @throws one line on a code above 15, before any trial of the chunk is taken
   */
  push(codes: Uint8Array): void {
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] > 15) {
        throw new Error(
          `TrialAnalysis: expected codes 0 to 15, got ${codes[i]} for trial ${this.n + i + 1}; code trials with trialCode`,
        );
      }
    }
    for (let i = 0; i < codes.length; i++) {
      this.counts[codes[i]] += 1;
      this.bettor.push(WINS[codes[i]]);
    }
    this.ratios.push(codes);
    this.signallingRatios.push(codes);
  }

  /**
   * The analysis of the trials so far; more may follow.
   * @throws one line if a setting has had no trial
   */
  finish(): Analysis {
    return analyse(this.counts, this.options, {
      logE: this.bettor.logE,
      pAnytime: this.bettor.p,
      pbr: { logRatio: this.ratios.logRatio, p: this.ratios.p },
      noSignallingPbr: { logRatio: this.signallingRatios.logRatio, p: this.signallingRatios.p },
    });
  }
}

/**
 * Analysis of ordered trials held in memory: everything `analyseCounts` gives, and the p-values that use the order.
 * @param codes one trial per entry, coded as `trialCode`
 * @throws one line on impossible codes or an empty setting
 */
export function analyseTrials(codes: Uint8Array, options: AnalysisOptions = {}): Analysis {
  const analysis = new TrialAnalysis(options);
  analysis.push(codes);
  return analysis.finish();
}

/**
 * Analysis of a CSV of ordered trials (header x,y,a,b; settings 1/2, outcomes +1/-1) given as chunks of bytes, for
 * instance a Node read stream or the body of a fetch. Memory stays flat: 1e8 trials are no trouble.
 * @param fileName used in errors, which name file and line
 * @throws one line on malformed input
 */
export async function analyseTrialStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  fileName: string,
  options: AnalysisOptions = {},
): Promise<Analysis> {
  const analysis = new TrialAnalysis(options);
  const reader = new TrialReader(fileName, (codes) => analysis.push(codes));
  for await (const chunk of chunks) reader.push(chunk);
  reader.end();
  return named(fileName, () => analysis.finish());
}

function named<T>(fileName: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${fileName}: ${(error as Error).message}`);
  }
}
