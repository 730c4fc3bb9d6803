// Powers and logarithms of LoRA training from IEEE + - * / alone: no number that is hashed depends on a host's Math library.
import { log1p } from '../elementary.ts';

// biome-ignore lint/suspicious/noApproximativeNumericConstant: spelled out, since these sources leave Math alone
const LN2 = 0.6931471805599453;

/** base^exponent for a whole exponent from 0, by repeated squaring. */
export function power(base: number, exponent: number): number {
  let product = 1;
  for (let square = base, left = exponent; left > 0; left = (left - (left % 2)) / 2, square *= square) {
    if (left % 2 === 1) product *= square;
  }
  return product;
}

/** ln x for finite x from 1; NaN for what is not a number. */
export function log(x: number): number {
  let halvings = 0;
  let rest = x;
  for (; rest > 2; halvings++) rest /= 2;
  return halvings * LN2 + log1p(rest - 1);
}
