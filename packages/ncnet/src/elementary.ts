// exp, log1p, tanh and square root from IEEE + - * / alone, so that no hashed number depends on a host's Math library.

const LN2_HIGH = 0.6931471803691238; // ln 2 with 32 trailing zero bits (Cody and Waite 1980)
const LN2_LOW = 1.9082149292705877e-10;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: spelled out, since these sources leave Math alone
const LOG2E = 1.4426950408889634;
const ROUND = 6755399441055744; // 1.5 * 2^52: adding and subtracting it rounds to the nearest whole number

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for whole k in [-1022, 1023]. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x, relative error about 2e-16 for |x| <= 700; clamped beyond. */
export function exp(x: number): number {
  if (!(x >= -700)) return Number.isNaN(x) ? x : 0;
  if (x > 700) return Number.POSITIVE_INFINITY;
  const k = x * LOG2E + ROUND - ROUND;
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 14; i >= 1; i--) sum = 1 + (r / i) * sum; // Taylor, |r| <= ln(2)/2
  return sum * powerOfTwo(k);
}

/** ln(1 + x) for x in [0, 1], relative error about 4e-16: 2 atanh(x / (2 + x)). */
export function log1p(x: number): number {
  const s = x / (2 + x);
  const s2 = s * s;
  let sum = 0;
  for (let i = 41; i >= 1; i -= 2) sum = sum * s2 + 1 / i;
  return 2 * s * sum;
}

export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

export function tanh(x: number): number {
  const e = exp(-2 * (x < 0 ? -x : x));
  const magnitude = (1 - e) / (1 + e);
  return x < 0 ? -magnitude : magnitude;
}

/** Square root by Newton's iteration from a halved exponent; within 1 ulp. */
export function sqrt(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x < 0 ? Number.NaN : x;
  if (x < 2 ** -1000) return sqrt(x * 2 ** 104) * 2 ** -52;
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  bits.setUint32(0, (high >>> 1) + 0x1ff80000);
  bits.setUint32(4, 0);
  let root = bits.getFloat64(0);
  for (let i = 0; i < 5; i++) root = 0.5 * (root + x / root);
  return root;
}

/** ln(1 + e^-m), the cross-entropy of a logit with margin m, accurate for every m. */
export function softplusOfMinus(m: number): number {
  return m >= 0 ? log1p(exp(-m)) : log1p(exp(m)) - m;
}
