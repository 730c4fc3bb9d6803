// One look for every chart. Colours are CSS variables, so the same SVG serves light and dark pages; a file that stands alone gets the light values.

/** Widths of a chart in pixels, on a wide page and on a phone. */
export const WIDE = 680;
export const NARROW = 345;

/** Colour tokens of charts and their values on a light page: hues of Okabe and Ito (2008), adjusted for contrast. */
export const LIGHT: Record<string, string> = {
  'chart-ink': '#22272e',
  'chart-muted': '#6b7280',
  'chart-grid': '#e4e2dc',
  'chart-1': '#0b66a8',
  'chart-2': '#c2500a',
  'chart-3': '#007d5c',
  'chart-4': '#a8447f',
  'chart-5': '#8a6a00',
  'chart-6': '#5b6b7b',
};

const DARK: Record<string, string> = {
  'chart-ink': '#e7e5df',
  'chart-muted': '#9aa2ac',
  'chart-grid': '#2c3138',
  'chart-1': '#6db3ea',
  'chart-2': '#f5935a',
  'chart-3': '#4fc7a0',
  'chart-4': '#e58dc2',
  'chart-5': '#d9b64c',
  'chart-6': '#a6b3c0',
};

const declarations = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** The tokens as CSS for the page, and for a picture that is a file of its own. */
export const TOKENS_CSS = `:root{${declarations(LIGHT)}}@media screen and (prefers-color-scheme:dark){:root{${declarations(DARK)}}}`;

export const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
const token = (name: string): string => `var(--${name})`;
const SERIES = [1, 2, 3, 4, 5, 6].map((k) => token(`chart-${k}`));

// Vega-Lite configuration in CSS variables.
const THEME = {
  background: 'transparent',
  font: FONT,
  aria: false,
  padding: 4,
  view: { stroke: null },
  axis: {
    domainColor: token('chart-muted'),
    tickColor: token('chart-muted'),
    gridColor: token('chart-grid'),
    labelColor: token('chart-muted'),
    titleColor: token('chart-ink'),
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    titlePadding: 8,
    labelPadding: 4,
    tickSize: 4,
  },
  axisY: {
    domain: false,
    ticks: false,
    titleAngle: 0,
    titleAlign: 'left',
    titleAnchor: 'end',
    titleX: 0,
    titleY: -12,
    titleBaseline: 'bottom',
  },
  axisX: { grid: false },
  header: { labelColor: token('chart-ink'), titleColor: token('chart-ink'), labelFontSize: 12, titleFontSize: 12.5 },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    offset: 34,
    labelColor: token('chart-ink'),
    titleColor: token('chart-muted'),
    labelFontSize: 12.5,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    labelLimit: 260,
    symbolSize: 90,
    symbolStrokeWidth: 0,
    columnPadding: 14,
  },
  title: { color: token('chart-ink'), fontSize: 13, fontWeight: 600, anchor: 'start' },
  mark: { color: token('chart-1') },
  line: { strokeJoin: 'round' },
  bar: { opacity: 0.88 },
  rule: { color: token('chart-muted') },
  text: { color: token('chart-muted'), fontSize: 12 },
  range: { category: SERIES, ordinal: SERIES },
} as const;

/** The configuration at a width in pixels: legends wrap where it is narrow. */
export const themeFor = (width: number) =>
  width < 480 ? { ...THEME, legend: { ...THEME.legend, columns: 2, rowPadding: 3 } } : THEME;

/** Tokens that a chart's literal may name, "@muted" or "@chart-2", as CSS variables. */
export function nameTokens(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('@')) {
    const name = value.slice(1).startsWith('chart-') ? value.slice(1) : `chart-${value.slice(1)}`;
    return name in LIGHT ? token(name) : value;
  }
  if (Array.isArray(value)) return value.map(nameTokens);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, nameTokens(item)]));
  }
  return value;
}

/** CSS variables replaced by their light values, for files that are opened outside the site. */
export function lightValues(text: string): string {
  return text.replace(/var\(--(chart-[a-z0-9]+)\)/g, (whole, name: string) => LIGHT[name] ?? whole);
}

type Spec = Record<string, unknown>;

// Vega-Lite has no configuration for dashes, and its own fourth pattern is too faint for a line that matters.
const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2.5],
  [10, 3, 2, 3],
  [4, 3],
  [1, 3],
];

/** Layers as the theme wants them: legible dashes. */
export function themeLayers(spec: Spec): Spec {
  if (!Array.isArray(spec.layer)) return spec;
  const layer = spec.layer.map((view) => {
    const encoding = (view.encoding ?? {}) as Record<string, Spec>;
    if (encoding.strokeDash?.field === undefined) return view;
    const scale = { range: DASHES, ...(encoding.strokeDash.scale as Spec) };
    return { ...view, encoding: { ...encoding, strokeDash: { ...encoding.strokeDash, scale } } };
  });
  return { ...spec, layer };
}

/** Whether the vertical axis is a list of names, which needs its height at every width. */
const listsNames = (spec: Spec): boolean =>
  [spec, ...((spec.layer ?? []) as Spec[])].some(
    (view) => (view.encoding as Record<string, Spec>)?.y?.type === 'nominal',
  );

/** A chart's literal at a width in pixels: single views fill it, facets wrap, rows of views become columns where it is narrow. */
export function fitSpec(spec: Spec, width: number): Spec {
  const narrow = width < 480;
  if (Array.isArray(spec.hconcat) && narrow) {
    const { hconcat, ...rest } = spec;
    return fitSpec({ ...rest, vconcat: hconcat }, width);
  }
  for (const key of ['vconcat', 'hconcat', 'concat'] as const) {
    if (!Array.isArray(spec[key])) continue;
    const views = spec[key] as Spec[];
    const columns = key === 'vconcat' ? 1 : key === 'concat' ? Number(spec.columns ?? views.length) : views.length;
    return { ...spec, [key]: views.map((view) => ({ ...view, width: Math.floor((width - 60 * columns) / columns) })) };
  }
  if (spec.spec !== undefined) {
    const columns = narrow ? 1 : Number(spec.columns ?? 2);
    return { ...spec, columns, spec: { ...(spec.spec as Spec), width: Math.floor((width - 60 * columns) / columns) } };
  }
  const fitted: Spec = { ...spec, width, autosize: { type: 'fit-x', contains: 'padding' } };
  if (narrow && typeof spec.height === 'number' && !listsNames(spec))
    fitted.height = Math.round(Math.min(spec.height, width * 0.78));
  return fitted;
}
