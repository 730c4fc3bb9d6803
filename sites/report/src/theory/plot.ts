// Small line plots as SVG text, drawn at build time and again in the page: classes carry the colours, nothing is measured.

export interface PlotCurve {
  kind: 'theory' | 'network';
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface Plot {
  title: string;
  xTitle: string;
  curves: PlotCurve[];
}

const WIDTH = 330;
const HEIGHT = 210;
const LEFT = 48;
const RIGHT = 10;
const TOP = 26;
const BOTTOM = 34;

const finite = (values: ArrayLike<number>): number[] => Array.from(values).filter(Number.isFinite);

/** About `count` round numbers within a range. */
export function ticks([low, high]: [number, number], count = 4): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(10)),
  );
}

function rangeOf(curves: PlotCurve[], axis: 'x' | 'y'): [number, number] {
  const values = curves.flatMap((curve) => finite(curve[axis]));
  if (values.length === 0) return [0, 1];
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return high > low ? [low, high] : [low, low + 1];
}

const short = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(0) : String(value);

/** One plot; both axes hold 0, and curves of a kind share a class. */
export function plotSvg({ title, xTitle, curves }: Plot): string {
  const [x0, x1] = rangeOf(curves, 'x');
  const [y0, y1] = rangeOf(curves, 'y');
  const px = (x: number) => (LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const py = (y: number) => (HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const [left, right] = [LEFT.toFixed(1), (WIDTH - RIGHT).toFixed(1)];
  const grid = ticks([y0, y1]).map(
    (y) =>
      `<line class="plot-grid" x1="${left}" x2="${right}" y1="${py(y)}" y2="${py(y)}"/><text class="plot-label" x="${LEFT - 6}" y="${py(y)}" dy="4" text-anchor="end">${short(y)}</text>`,
  );
  const below = ticks([x0, x1]).map(
    (x) => `<text class="plot-label" x="${px(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(x)}</text>`,
  );
  const lines = curves.map(({ kind, x, y }) => {
    const points = Array.from(x, (value, k) => [value, y[k]]).filter(
      ([a, b]) => Number.isFinite(a) && Number.isFinite(b),
    );
    const path = points.map(([a, b], k) => `${k === 0 ? 'M' : 'L'}${px(a)} ${py(b)}`).join('');
    return `<path class="plot-${kind}" d="${path}"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><text class="plot-title" x="0" y="14">${title}</text>${grid.join('')}${below.join('')}<text class="plot-label" x="${right}" y="${HEIGHT - 3}" text-anchor="end">${xTitle}</text>${lines.join('')}</svg>`;
}
