// The vertices of the local polytope (16 deterministic strategies) and of the no-signalling polytope (8 PR boxes more).

/** Number of deterministic local strategies. */
export const LOCAL_VERTICES = 16;

/** Bit of setting s (0..3 for 11, 12, 21, 22) that is Alice's choice, and the one that is Bob's: 0 for 1, 1 for 2. */
export const aliceChoice = (setting: number): number => setting >> 1;
export const bobChoice = (setting: number): number => setting & 1;

/** Outcome sign of Alice (+1 or -1) of cell i = 4 * setting + outcome, and Bob's. */
export const aliceSign = (cell: number): number => (cell & 2 ? -1 : 1);
export const bobSign = (cell: number): number => (cell & 1 ? -1 : 1);

/**
 * The outcomes of deterministic strategy k = 0..15: bits 3, 2, 1, 0 of k are a1, a2, b1, b2, a set bit meaning -1.
 * A strategy fixes the outcome of each observable whatever the other party chooses (Fine 1982).
 */
export function strategyCell(k: number, setting: number): number {
  const a = (k >> (3 - aliceChoice(setting))) & 1;
  const b = (k >> (1 - bobChoice(setting))) & 1;
  return 4 * setting + 2 * a + b;
}

/** 16 x 16 zero-one rows: row k is the table p(ab | xy) of deterministic strategy k. */
export const LOCAL_TABLES: readonly (readonly number[])[] = Array.from({ length: LOCAL_VERTICES }, (_, k) => {
  const table = new Array<number>(16).fill(0);
  for (let s = 0; s < 4; s++) table[strategyCell(k, s)] = 1;
  return table;
});

/** Signs (11, 12, 21, 22) of the eight CHSH expressions, in the order of `signVariants`. */
export const CHSH_SIGNS: readonly (readonly number[])[] = [
  [1, 1, 1, -1],
  [1, 1, -1, 1],
  [1, -1, 1, 1],
  [-1, 1, 1, 1],
  [-1, -1, -1, 1],
  [-1, -1, 1, -1],
  [-1, 1, -1, -1],
  [1, -1, -1, -1],
];

/** 8 x 16 tables of the PR boxes: box v reaches 4 in CHSH expression v (Popescu, Rohrlich 1994), uniform marginals. */
export const PR_TABLES: readonly (readonly number[])[] = CHSH_SIGNS.map((signs) =>
  Array.from({ length: 16 }, (_, cell) => (aliceSign(cell) * bobSign(cell) === signs[cell >> 2] ? 0.5 : 0)),
);

/** The 24 vertices of the no-signalling polytope (Barrett et al. 2005). */
export const NO_SIGNALLING_TABLES: readonly (readonly number[])[] = [...LOCAL_TABLES, ...PR_TABLES];
