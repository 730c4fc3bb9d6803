// Times of the theory's curves: lists and ranges as --t takes them, and default times from the rates.
import { fixedPoint, timeToReach } from 'theory';
import { type Reader, UsageError } from './flags.ts';
import type { Problem } from './theory-curves.ts';

export const TIMES_FORM = 'times: a list 0,1,10, a range from:to:step, or log:from:to:count';
const MOST = 10_000;
const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Increasing times from 0 on, at most 10000. */
export const timesReader: Reader<number[]> = (name, text) => {
  const wrong = (expected: string, got: string, remedy: string): never => {
    throw new UsageError(`${name}: expected ${expected}, got ${got}; ${remedy}`);
  };
  const number = (part: string): number => {
    const value = NUMBER.test(part.trim()) ? Number(part) : Number.NaN;
    if (value <= 1e30) return value;
    return wrong('times that are numbers from 0 on', `"${part}"`, `write them as in ${name} 0,1,10 or ${name} 0:100:5`);
  };
  const atMost = (count: number): void => {
    if (!(count <= MOST)) wrong(`at most ${MOST} times`, `${count}`, 'take a larger step or fewer times');
  };
  if (text.trim().startsWith('log:')) {
    const parts = text.trim().slice(4).split(':').map(number);
    const [from, to, count] = parts;
    if (parts.length !== 3 || !(from > 0 && to > from && Number.isInteger(count) && count >= 2))
      wrong('log:from:to:count with 0 < from < to and 2 times or more', `"${text}"`, `as in ${name} log:0.1:1000:40`);
    atMost(count);
    return Array.from({ length: count }, (_, i) => {
      if (i === 0 || i === count - 1) return i === 0 ? from : to;
      return Number((from * (to / from) ** (i / (count - 1))).toPrecision(12));
    });
  }
  if (text.includes(':')) {
    const parts = text.split(':').map(number);
    const [from, to, step] = parts;
    if (parts.length !== 3 || !(step > 0 && to > from))
      wrong('from:to:step with from < to and a step above 0', `"${text}"`, `write it as in ${name} 0:100:5`);
    const count = Math.floor((to - from) / step + 1e-9) + 1;
    atMost(count);
    return Array.from({ length: count }, (_, i) => Number((from + i * step).toPrecision(12)));
  }
  const times = text.split(',').map(number);
  atMost(times.length);
  const late = times.findIndex((value, i) => i > 0 && !(value > times[i - 1]));
  if (late > 0) wrong('increasing times', `${times[late]} after ${times[late - 1]}`, 'sort them and write each once');
  return times;
};

/**
 * About a dozen round times that show every process: equally spaced, or 1, 2, 5, 10 ... where the fastest process
 * needs less than a hundredth of the whole.
 */
export function defaultTimes({ point, start, mean }: Problem): number[] {
  const { H, dy } = start;
  const { rate } = fixedPoint(point, { H, Y: dy * dy });
  const reached = point.dyStar > 0 ? timeToReach(point, start, 0.99) : 0;
  const meanRate = mean.e0 === 0 ? 0 : mean.etaYbar;
  const ends = [
    Number.isFinite(reached) ? 1.2 * reached : 0,
    rate > 0 ? 6 / rate : 50 / (point.etaY * H), // with dy* = A_high = 0 the distance falls as 1 / t
    meanRate > 0 ? 2 / meanRate : 0,
  ];
  const end = Math.max(...ends);
  const fastest = Math.max(rate, meanRate, point.etaY * H, (point.etaH * point.dx2 * dy * dy) / H);
  if (!(end > 0 && end < 1e300 && fastest < 1e300)) return [0];
  if (end * fastest < 200) return evenly(end);
  return [0, ...rounded(0.1 / fastest, end)];
}

function evenly(end: number): number[] {
  const [step] = [1, 2, 5, 10]
    .map((digit) => digit * 10 ** Math.floor(Math.log10(end / 12)))
    .filter((size) => size >= (end / 12) * (1 - 1e-9));
  return Array.from({ length: Math.ceil(end / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function rounded(from: number, to: number): number[] {
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const digits = last - first > 6 ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil((last - first) / 20));
  const times: number[] = [];
  for (let power = first; power <= last; power += every) {
    for (const digit of digits) times.push(Number(`${digit}e${power}`));
  }
  const enough = times.findIndex((value) => value >= to);
  return enough < 0 ? times : times.slice(0, enough + 1);
}
