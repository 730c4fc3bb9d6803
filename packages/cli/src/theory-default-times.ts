// Default times of the theory's curves, from the rates.
import { fixedPoint, timeToReach } from 'theory';
import type { Problem } from './theory-curves.ts';

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
