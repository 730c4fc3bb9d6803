// Numbers of the benches as the kernel page prints them.
import { fixed, typeset } from '../format.ts';

/** Three digits where that says enough: 0.38, 39.4, 3 556. */
export function digits(value: number): string {
  const decimals = Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
  return fixed(value, decimals);
}

export const percent = (share: number, decimals = 0): string => `${fixed(100 * share, decimals)}\u00a0%`;

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (exponent: number): string =>
  `${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;

/** A ratio that is held against a bar: three decimals, so that a near miss does not look like the bar. */
export const ratio = (value: number): string => (value < 100 ? fixed(value, 3) : digits(value));

/** A ratio to the kernel's time: beside 1 with three decimals, so that a narrow lead shows. */
export function share(value: number): string {
  if (value === 1) return '1';
  return Math.abs(value - 1) < 0.05 ? fixed(value, 3) : digits(value);
}

/** A bar as it was set: 0.8, 1.05, 20. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

/** "1.53 × 10⁻⁷", "10³⁰", "20", "0". */
export function scientific(value: number): string {
  if (value === 0 || (value >= 0.1 && value < 1e4)) return short(value);
  const [mantissa, exponent] = value.toExponential(2).split('e');
  const power = `10${raised(Number(exponent))}`;
  return Number(mantissa) === 1 ? power : `${Number(mantissa)}\u00a0×\u00a0${power}`;
}

/** A sentence as HTML: signs of print, and raised digits as markup, since not every typeface draws all of them alike. */
export function sentence(text: string): string {
  const sign = (raisedSign: string) => (raisedSign === '⁻' ? '−' : String(SUPERSCRIPTS.indexOf(raisedSign)));
  return typeset(text).replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (run) => `<sup>${[...run].map(sign).join('')}</sup>`);
}

/** A count for a sentence: 5 200, "12.3 million", "1.2 billion". */
export function counted(value: number): string {
  if (value >= 999.5e6) return `${short(value / 1e9)} billion`;
  return value >= 999_500 ? `${short(value / 1e6)} million` : fixed(Math.ceil(value), 0);
}

/** "a", "a and b", "a, b and c". */
export function listed(items: string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** "none of 19", "6 of 19". */
export const outOf = (count: number, all: number): string => `${count === 0 ? 'none' : count} of ${all}`;

/** A reason without the folders of the machine that gave it. */
export const withoutFolders = (text: string): string => text.replace(/(?:\/[\w.@+-]+){2,}\/?/g, '…');
