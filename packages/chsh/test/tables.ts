// Tables and seeded draws that several tests use.

import { readFileSync } from 'node:fs';
import { random32, randomUnit, seedKey } from '../src/numeric/random.ts';
import { aliceSign, bobSign } from '../src/polytope.ts';

/** A JSON file below test/fixtures. */
// biome-ignore lint/suspicious/noExplicitAny: fixtures are read as they are
export const fixture = (name: string): any =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'));

export const vectors = fixture('chsh-vectors.json');
export const delft: number[] = vectors.sets.Delft2015.counts.flat();
export const nist: number[] = vectors.sets.NIST2015.counts.flat();

/** Counts of the communication box: A = + always, B = + except - at setting 22. */
export const communicationBox = (n: number): number[] => vectors.ideal.comm_box.table.flat().map((v: number) => v * n);

/** Table p(ab | xy) with uniform marginals and the given correlations. */
export const boxOf = (e: number[]): number[] =>
  Array.from({ length: 16 }, (_, i) => (1 + aliceSign(i) * bobSign(i) * e[i >> 2]) / 4);

/** A stream of uniform draws in [0, 1). */
export function uniforms(seed: number): () => number {
  const key = seedKey(seed);
  let i = 0;
  return () => randomUnit(key, i++);
}

/** A stream of 32-bit words. */
export function words(seed: number): () => number {
  const key = seedKey(seed);
  let i = 0;
  return () => random32(key, i++);
}
