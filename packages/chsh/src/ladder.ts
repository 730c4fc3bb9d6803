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

/** What rung 5 adds for networks that were trained together. */
export const WORDS_SHARED = 'shared parameters remain a possible hidden channel';

/** The facts from which a rung follows, each already corrected for multiplicity. */
export interface Evidence {
  /** The statistic S exceeds 2 by more than rounding. */
  above: boolean;
  /** The excess is significant at alpha by a valid (exact or anytime) test. */
  significant: boolean;
  /** The no-signalling test rejects. */
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
  if (e.separated || e.flips === 0) return 5;
  return 4;
}
