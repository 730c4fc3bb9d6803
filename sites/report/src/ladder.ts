// The verdict ladder as the pages show it. The words of a verdict itself come from the result, where chsh wrote them.

export const RUNGS = [
  {
    rung: 5,
    short: 'not explained by local models plus the measured signalling',
    means:
      'As rung 4, but no outcome changes when only the other party’s task changes. Where signalling is merely not detected the words say that instead. Shared parameters remain a possible hidden channel.',
  },
  {
    rung: 4,
    short: 'hidden influence',
    means:
      'S exceeds 2, and either no signalling is detected on average or s_odd − Δ exceeds 2 all the same; but with the seed fixed, outcomes change when only the other party’s task changes, or whether they do is not known.',
  },
  {
    rung: 3,
    short: 'explained by direct influence',
    means:
      'S exceeds 2, signalling is detected, and s_odd − Δ is not shown to exceed 2: its interval reaches down to 2, its test is not rejected once those of all cells are corrected (Holm), or too few replicas were there to test it.',
  },
  {
    rung: 2,
    short: 'S > 2 but within noise',
    means:
      'The interval of S reaches down to 2, or S ≤ 2 is not rejected once the tests of all cells are corrected (Holm).',
  },
  { rung: 1, short: 'S ≤ 2', means: 'Nothing to explain.' },
] as const;

export const CLAIM_SIGNS: Record<string, string> = {
  supported: '●',
  'partly supported': '◐',
  'not supported': '○',
  'not tested': '–',
};
