// Exact fractions of big integers, written as "3/7" or "2" so that they survive JSON.

/** An exact rational number; den > 0 and no common factor. */
export interface Fraction {
  num: bigint;
  den: bigint;
}

/** num/den in lowest terms. */
export function fraction(num: bigint, den: bigint = 1n): Fraction {
  const sign = den < 0n ? -1n : 1n;
  const g = gcd(num < 0n ? -num : num, den < 0n ? -den : den);
  return g === 0n ? { num: 0n, den: 1n } : { num: (sign * num) / g, den: (sign * den) / g };
}

export function add(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.num, a.den * b.den);
}

/** Negative, zero or positive as a < b, a = b, a > b. */
export function compare(a: Fraction, b: Fraction): number {
  const d = a.num * b.den - b.num * a.den;
  return d < 0n ? -1 : d > 0n ? 1 : 0;
}

export function format(a: Fraction): string {
  return a.den === 1n ? `${a.num}` : `${a.num}/${a.den}`;
}

/** Reads "-3/7" or "2"; throws one line on anything else. */
export function parseFraction(text: string): Fraction {
  const match = /^(-?\d+)(?:\/(\d+))?$/.exec(text);
  if (!match || (match[2] !== undefined && BigInt(match[2]) === 0n)) {
    throw new Error(`parseFraction: expected a fraction such as "3/7", got ${JSON.stringify(text)}; use whole numbers`);
  }
  return fraction(BigInt(match[1]), BigInt(match[2] ?? 1));
}

/** Nearest number to within 2 rounding errors, also where numerator and denominator are too large for numbers. */
export function toNumber(a: Fraction): number {
  const negative = a.num < 0n;
  const num = negative ? -a.num : a.num;
  if (num === 0n) return 0;
  const shift = 64 - (bits(num) - bits(a.den));
  const scaled = shift >= 0 ? (num << BigInt(shift)) / a.den : num / (a.den << BigInt(-shift));
  const value = Number(scaled) * 2 ** -shift;
  return negative ? -value : value;
}

export function gcd(a: bigint, b: bigint): bigint {
  let x = a;
  let y = b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function bits(a: bigint): number {
  return a.toString(16).length * 4;
}
