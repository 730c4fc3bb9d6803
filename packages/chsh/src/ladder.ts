// The verdict ladder: five rungs, none skipped, with the words of each.

/** Rung of the ladder: 1 the lowest claim, 5 the highest. */
export type Rung = 1 | 2 | 3 | 4 | 5;

/** A rung, its fixed words, and the reason in numbers why it is this one. */
export interface Verdict {
  rung: Rung;
  words: string;
  reason: string;
}

/** The words of the rungs. Nothing stronger is ever said: no rung names a physical theory. */
export const WORDS = {
  1: 'S <= 2',
  2: 'S > 2 but within noise',
  3: 'explained by direct influence',
  4: "hidden influence: with the seed fixed, outcomes change when only the other party's task changes",
  5: 'not explained by local models plus the measured signalling',
} as const;

/** Words of rung 4 where an influence of the other party's choice is possible but was not observed directly. */
export const WORDS_UNKNOWN =
  "hidden influence not excluded: outcomes may change when only the other party's task changes";

/** Words of rung 5 where it rests on a test of no-signalling that did not reject: Delta may explain S all the same. */
export const WORDS_UNDETECTED = 'not explained by local models; no signalling is detected';

/** What rung 5 adds for networks that were trained together. */
export const WORDS_SHARED = 'shared parameters remain a possible hidden channel';

/** The facts from which a rung follows; tests whose rejection raises the rung are already corrected for multiplicity. */
export interface Evidence {
  /** The statistic S exceeds 2 by more than rounding. */
  above: boolean;
  /** The excess is significant at alpha by a valid (exact or anytime) test. */
  significant: boolean;
  /** The no-signalling test rejects, uncorrected: not to reject raises the rung. */
  signalling: boolean;
  /** s_odd - Delta - 2 has its lower limit above 0. */
  beyondInfluence: boolean;
  /** Mean same-seed flips; null when unknown. */
  flips: number | null;
  /** Counts or trials of parties declared separated. */
  separated: boolean;
}

/** The rung that the evidence reaches; each rung is left only when its condition fails. */
export function climb(e: Evidence): Rung {
  if (!e.above) return 1;
  if (!e.significant) return 2;
  if (e.signalling && !e.beyondInfluence) return 3;
  if (e.flips === null) return e.separated ? 5 : 4;
  return e.flips === 0 ? 5 : 4;
}

/** The words of a rung: rung 4 says whether flips were seen, rung 5 what it rests on. */
export function wordsOf(rung: Rung, { flips, beyondInfluence }: Pick<Evidence, 'flips' | 'beyondInfluence'>): string {
  if (rung === 4 && flips === null) return WORDS_UNKNOWN;
  return rung === 5 && !beyondInfluence ? WORDS_UNDETECTED : WORDS[rung];
}

/** What is known of s_odd - Delta - 2, in words. @param numbers what stands in brackets behind it */
export function excessWords(beyond: boolean, numbers: string): string {
  return `${beyond ? 'is above 0' : 'may be 0 or less'} (${numbers})`;
}

/** Both tests of direct influence in words. @param p of no signalling, in words @param excess see `excessWords` */
export function influenceWords(signalling: boolean, p: string, beyond: boolean, excess: string): string {
  const joint = signalling === beyond ? (signalling ? ' but' : ', though') : ' and';
  return `${signalling ? '' : 'no '}signalling is detected (${p})${joint} s_odd - Delta - 2 ${excess}`;
}
