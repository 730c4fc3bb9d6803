// Small curves for the terminal in braille dots, two panels side by side in 79 columns; readable without colour.

const COLUMNS = 29; // cells of a panel, each 2 x 4 dots
const LINES = 7;
const LABEL = 8;
const MARKS = 12; // measured points shown per panel
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

export interface Axis {
  from: number;
  to: number;
  log: boolean;
}

export interface Panel {
  title: string;
  values: ArrayLike<number>; // at plotTimes(axis)
  measured?: { t: ArrayLike<number>; values: ArrayLike<number> };
}

/** From the first to the last time; logarithmic where most times lie within the first tenth. Null for one time. */
export function axisFor(times: readonly number[]): Axis | null {
  const positive = times.filter((t) => t > 0);
  const to = times[times.length - 1];
  if (positive.length === 0) return null;
  const log = positive.length > 2 && positive[positive.length >> 1] <= to / 10 + times[0];
  if (!log) return { from: times.length > 1 ? times[0] : 0, to, log };
  return { from: positive[0], to, log };
}

/** The time of every column of dots. */
export function plotTimes({ from, to, log }: Axis): Float64Array {
  const last = 2 * COLUMNS - 1;
  return Float64Array.from({ length: last + 1 }, (_, i) => {
    if (i === last) return to;
    return log ? from * (to / from) ** (i / last) : from + ((to - from) * i) / last;
  });
}

export function plot(panels: readonly Panel[], axis: Axis): string {
  const drawn = panels.map((panel) => drawPanel(panel, axis));
  const text: string[] = [];
  for (let i = 0; i < drawn.length; i += 2) {
    const [left, right] = [drawn[i], drawn[i + 1]];
    left.forEach((line, row) => {
      text.push(`${line.padEnd(LABEL + 1 + COLUMNS + 3)}${right?.[row] ?? ''}`.trimEnd());
    });
  }
  return `${text.join('\n')}\n`;
}

function drawPanel({ title, values, measured }: Panel, axis: Axis): string[] {
  const marks = measured === undefined ? [] : marksOf(measured, axis);
  const all = [...Array.from(values), ...marks.map(({ value }) => value)];
  const range = rangeOf(Math.min(...all), Math.max(...all));
  const height = 4 * LINES - 1;
  const dotRow = (value: number): number =>
    range.flat ? height >> 1 : Math.round(((range.high - value) / (range.high - range.low)) * height);
  const cells = Array.from({ length: LINES }, () => new Uint8Array(COLUMNS));
  for (let x = 0; x < values.length; x++) {
    const row = dotRow(values[x]);
    const before = x === 0 ? row : dotRow(values[x - 1]);
    const near = before + Math.sign(row - before);
    for (let y = Math.min(near, row); y <= Math.max(near, row); y++) cells[y >> 2][x >> 1] |= DOTS[y & 3][x & 1];
  }
  const lines = cells.map((line) =>
    Array.from(line, (dots) => (dots === 0 ? ' ' : String.fromCharCode(0x2800 + dots))),
  );
  for (const { column, value } of marks) {
    const row = dotRow(value) >> 2;
    lines[row][column] = cells[row][column] === 0 ? 'o' : '●';
  }
  const labels = new Map<number, string>();
  if (range.flat) labels.set((height >> 1) >> 2, short(range.high, 6));
  else {
    labels.set(dotRow(0) >> 2, '0');
    const [top, bottom] = shortPair(range.high, range.low);
    labels.set(0, top).set(LINES - 1, bottom);
  }
  const ends = [short(axis.from, 6), short(axis.to, 6)];
  const name = axis.log ? 't (log)' : 't';
  const gap = COLUMNS - ends[0].length - ends[1].length;
  const middle = name.padStart((gap + name.length) >> 1).padEnd(gap);
  return [
    `${' '.repeat(LABEL + 1)}${title}`,
    ...lines.map((line, i) => `${(labels.get(i) ?? '').padStart(LABEL)}${labels.has(i) ? '┤' : '│'}${line.join('')}`),
    `${' '.repeat(LABEL)}└${'─'.repeat(COLUMNS)}`,
    `${' '.repeat(LABEL + 1)}${ends[0]}${middle}${ends[1]}`,
  ];
}

/** From 0 where the values come near it, else from the smallest; flat where no label could tell the ends apart. */
function rangeOf(low: number, high: number): { low: number; high: number; flat: boolean } {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= 1e-5 * size) return { low, high, flat: true };
  const bottom = low > 0 && low < high / 2 ? 0 : low;
  const top = high < 0 && high > low / 2 ? 0 : high;
  return { low: bottom, high: top, flat: false };
}

/** The measured values nearest to evenly spread columns. */
function marksOf(
  { t, values }: { t: ArrayLike<number>; values: ArrayLike<number> },
  { from, to, log }: Axis,
): { column: number; value: number }[] {
  const place = (time: number): number =>
    log ? Math.log(time / from) / Math.log(to / from) : (time - from) / (to - from);
  const nearest = new Map<number, { column: number; value: number; distance: number }>();
  for (let i = 0; i < t.length; i++) {
    const at = place(t[i]);
    if (!(at >= -1e-9 && at <= 1 + 1e-9)) continue;
    const bin = Math.round(at * (MARKS - 1));
    const distance = Math.abs(at * (MARKS - 1) - bin);
    const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor(at * COLUMNS)));
    if (distance < (nearest.get(bin)?.distance ?? 1)) nearest.set(bin, { column, value: values[i], distance });
  }
  return [...nearest.values()];
}

/** Two numbers in at most 8 characters each, with three digits or as many as it takes to tell them apart. */
function shortPair(one: number, other: number): [string, string] {
  for (let digits = 3; digits < 6; digits++) {
    const texts: [string, string] = [short(one, digits), short(other, digits)];
    if (texts[0] !== texts[1]) return texts;
  }
  return [short(one, 6), short(other, 6)];
}

function short(value: number, most: number): string {
  for (let digits = most; digits > 1; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= LABEL) return text;
  }
  return value.toExponential(0);
}
