// Times of the theory's curves as --t takes them: lists and ranges. Apart from the default times, which need the theory.
import { decimal, type Reader, UsageError } from './flags.ts';

export const TIMES_FORM = 'times: a list 0,1,10, a range from:to:step, or log:from:to:count';
const MOST = 10_000;

/** Increasing times from 0 on, at most 10000. */
export const timesReader: Reader<number[]> = (name, text) => {
  const wrong = (expected: string, got: string, remedy: string): never => {
    throw new UsageError(`${name}: expected ${expected}, got ${got}; ${remedy}`);
  };
  const number = (part: string): number => {
    const value = decimal(part);
    if (value >= 0 && value <= 1e30) return value;
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
