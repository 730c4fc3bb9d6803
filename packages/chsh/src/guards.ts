// The five guards in words (memory, setting bias, signalling, multiplicity, optional stopping), the warnings and the notes.

import type { Analysis } from './analysis.ts';
import { type Counts, frequencies, SETTINGS, settingTotals } from './counts.ts';
import type { InfluenceBootstrap } from './influence-bootstrap.ts';
import { short, showP, showS } from './text.ts';

/** What the words need beside the analysis itself. */
export interface GuardFacts {
  counts: Counts;
  alpha: number;
  uniformity: { chi2: number; p: number };
  /** beta is the default 3/4, not given. */
  assumed: boolean;
  /** The settings are so uneven that the verdict uses the biased bound. */
  alarm: boolean;
  likelihoodRatio: boolean;
  logE: number;
  bootstrap: InfluenceBootstrap | null;
}

const VARIANT_NAMES = ['minus at 22', 'minus at 21', 'minus at 12', 'minus at 11'];

/** One sentence per guard, always all five. */
export function guardNotes(a: Analysis, f: GuardFacts): Record<string, string> {
  const ordered = a.game.pAnytime !== null;
  const p = showP({ p: a.game.pBinomial, log10P: a.game.log10P });
  const biasedP = showP({ p: a.game.biased.pBinomial, log10P: a.game.biased.log10P });
  return {
    memory: `pBinomial, pHoeffding and eValue${ordered ? ', pAnytime and pbr' : ''} hold for models that remember all earlier trials; standard errors, Wilks and the Wald test assume independent trials`,
    settingBias: `equal settings: chi2 = ${short(f.uniformity.chi2)} (3 df), ${showP(f.uniformity.p)}; ${p} at beta = ${short(a.game.beta)}, ${biasedP} at beta = ${short(a.game.biased.beta)} from the observed frequencies; the verdict uses ${f.alarm ? 'the latter' : 'the former'}, eValue${ordered ? ', pAnytime and pbr' : ''} beta = ${short(a.game.beta)}`,
    signalling: `no-signalling chi2 = ${short(a.noSignalling.chi2)} (${a.noSignalling.df} df), ${showP(a.noSignalling.p)}; Delta = ${short(a.delta)}, s_odd - Delta - 2 = ${short(a.cbd)}${f.bootstrap ? ` (bootstrap from ${short(f.bootstrap.cbdCi[0])})` : ''}`,
    multiplicity: `one data set and the sign placement fixed beforehand (minus at 22); for several data sets correct with Holm, for a placement chosen afterwards multiply p by 8`,
    optionalStopping: ordered
      ? `pAnytime (${showP(a.game.pAnytime as number)}) holds whenever one stopped; pBinomial needs the number of trials fixed in advance`
      : 'counts do not show when one stopped: pBinomial needs the number of trials fixed in advance, eValue (1/e is a p-value) does not',
  };
}

/** Reasons of nulls and of substituted statistics, under the name of the quantity. */
export function nullNotes(a: Analysis, f: GuardFacts): Record<string, string> {
  const notes: Record<string, string> = {};
  if (a.pbr === null) notes.pbr = 'needs ordered trials: the ratios for a trial are learned from earlier ones';
  if (a.noSignalling.pbr === null)
    notes['noSignalling.pbr'] = 'needs ordered trials: the ratios for a trial are learned from earlier ones';
  if (a.game.pAnytime === null)
    notes['game.pAnytime'] = 'needs ordered trials: counts give eValue only, with 1/eValue as p';
  if (a.trialsNeeded === null) {
    notes.trialsNeeded =
      a.S > 2
        ? 'the nearest local model fits exactly: no number of trials suffices'
        : 'S does not exceed 2: there is no effect to plan for';
  }
  if (f.likelihoodRatio) {
    notes['noSignalling.chi2'] =
      'an outcome shifts without any variance, so the Wald statistic is infinite: likelihood ratio 2 N KL(f || no-signalling) instead';
  }
  if (f.logE > Math.log(Number.MAX_VALUE))
    notes.eValue = `above the largest number; its log10 is ${short(f.logE / Math.LN10)}`;
  return notes;
}

/** What a reader must not overlook, one line each. */
export function warningsFor(a: Analysis, f: GuardFacts): string[] {
  const warnings: string[] = [];
  const totals = settingTotals(f.counts);
  if (f.uniformity.p < f.alpha) {
    const shares = totals.map((t) => short(t / a.game.n)).join(', ');
    const p = showP({ p: a.game.pBinomial, log10P: a.game.log10P });
    const biasedP = showP({ p: a.game.biased.pBinomial, log10P: a.game.biased.log10P });
    const advice = f.assumed ? '; give the known beta or predictability' : '';
    const others = a.game.pAnytime === null ? 'pHoeffding and eValue' : 'pHoeffding, eValue, pAnytime and pbr';
    const consequence = f.alarm
      ? `; the first is no finding, nor are ${others} at that beta; the verdict uses the second`
      : '';
    warnings.push(
      `setting frequencies ${shares} differ from equal (chi2 = ${short(f.uniformity.chi2)}, ${showP(f.uniformity.p)}): ${p} at beta = ${short(a.game.beta)} but ${biasedP} at beta = ${short(a.game.biased.beta)}${consequence}${advice}`,
    );
  }
  if (a.noSignalling.p < f.alpha) {
    warnings.push(
      `signalling: outcome frequencies depend on the other party's setting (chi2 = ${short(a.noSignalling.chi2)}, ${showP(a.noSignalling.p)}, Delta = ${short(a.delta)}); SGls, JGls and wilks assume that they do not`,
    );
  }
  const best = a.signs.indexOf(a.sOdd);
  if (best !== 0 && a.sOdd > 2) {
    const name = best < 4 ? VARIANT_NAMES[best] : `the negative of ${VARIANT_NAMES[best - 4]}`;
    warnings.push(
      `the CHSH expression with ${name} is ${showS(a.sOdd)}, S is ${showS(a.S)}: the verdict is on S; relabel only if the placement was fixed beforehand, else multiply p by 8`,
    );
  }
  const p = frequencies(f.counts);
  const sure = SETTINGS.filter((_, s) => [0, 1, 2, 3].some((o) => p[4 * s + o] === 1));
  if (sure.length > 0) {
    warnings.push(
      `setting ${sure.join(', ')}: one joint outcome only, so standard errors take its variance as 0 and are too small; the game's interval and p-values are exact`,
    );
  }
  if (Math.min(...totals) < 20) {
    warnings.push(
      `as few as ${Math.min(...totals)} trials in a setting: standard errors, Wilks and the no-signalling test are rough; the game's p-values are exact`,
    );
  }
  return warnings;
}
