// The verdict ladder as the pages show it. The words of a verdict itself come from the result, where chsh wrote them.

export const RUNGS = [
  {
    rung: 5,
    short: 'not explained by local models plus the measured signalling',
    means:
      'As rung 4, but no outcome changes when only the other party’s task changes, and an exact test rejects. Shared parameters remain a possible hidden channel.',
  },
  {
    rung: 4,
    short: 'hidden influence',
    means:
      'S exceeds 2 by more than the averaged signalling accounts for, but with the seed fixed, outcomes change when only the other party’s task changes.',
  },
  {
    rung: 3,
    short: 'explained by direct influence',
    means: 'S exceeds 2, signalling is detected, and s_odd − Δ does not exceed 2.',
  },
  { rung: 2, short: 'S > 2 but within noise', means: 'The interval of S reaches down to 2.' },
  { rung: 1, short: 'S ≤ 2', means: 'Nothing to explain.' },
] as const;

export const CLAIM_SIGNS: Record<string, string> = {
  supported: '●',
  'partly supported': '◐',
  'not supported': '○',
  'not tested': '–',
};
