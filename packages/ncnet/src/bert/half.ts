// IEEE 754 binary16, the numbers of F16 tensors.

/** Subnormal numbers and infinities included. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The nearest binary16 number, ties to even, of a float32 that is below its largest. */
export function toHalf(value: number): number {
  const size = Math.abs(value);
  const sign = value < 0 ? 0x8000 : 0;
  if (size === 0) return sign;
  asFloat[0] = size;
  const exponent = Math.max((asBits[0] >>> 23) - 127, -14);
  const units = size / 2 ** (exponent - 10); // 1024 to 2047; fewer: subnormal
  const floor = Math.floor(units);
  const rest = units - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (rounded < 1024 ? rounded : rounded + ((exponent + 14) << 10)); // 2048 carries into the exponent
}
