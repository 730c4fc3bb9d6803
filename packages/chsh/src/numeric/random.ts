// A small counter-based generator (splitmix32): the value depends on seed and index only, so every result is repeatable.

/** Mixes any finite seed into a 32-bit key. */
export function seedKey(seed: number): number {
  const low = seed >>> 0;
  const high = Math.floor(seed / 4294967296) >>> 0;
  return mix32(low ^ mix32(high + 0x9e3779b9));
}

/** The index-th 32-bit value of the stream of a key (Steele, Lea and Flood 2014, with Wellons' 32-bit mixer). */
export function random32(key: number, index: number): number {
  return mix32(key + Math.imul(index + 1, 0x9e3779b9));
}

/** A uniform number in [0, 1) with 32 bits. */
export function randomUnit(key: number, index: number): number {
  return random32(key, index) / 4294967296;
}

function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
