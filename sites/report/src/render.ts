// A chart, a Vega-Lite literal with its data, to SVG at build time. No browser, no canvas, no clock: equal input gives equal bytes.
import type { ResultChart } from 'runner/result';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { escapeHtml } from './format.ts';
import { FONT, fitSpec, lightValues, NARROW, nameTokens, TOKENS_CSS, themeFor, themeLayers, WIDE } from './theme.ts';

// Advance widths of a grotesque typeface in thousandths of an em, since no canvas can measure here (Helvetica's AFM table, rounded).
const NARROW_GLYPHS = new Set("iljtfrI.,:;'|!()[] ·");
const WIDE_GLYPHS = new Set('mwMW@%√ΔSCABDGHNOQRUVXKE−+=<>');
const { textMetrics } = vega as unknown as { textMetrics: { width: (item: unknown, text: string) => number } };
textMetrics.width = (item, text) => {
  const { fontSize = 11 } = item as { fontSize?: number };
  let em = 0;
  for (const glyph of String(text ?? '')) em += NARROW_GLYPHS.has(glyph) ? 0.3 : WIDE_GLYPHS.has(glyph) ? 0.7 : 0.56;
  return em * fontSize;
};

/** The chart as a self-contained Vega-Lite file: literal, data, title, alt text; colours by token. */
function chartSpec(chart: ResultChart): Record<string, unknown> {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: chart.alt,
    ...themeLayers(nameTokens(chart.spec) as Record<string, unknown>),
    data: { name: 'rows', values: chart.data },
  };
}

/** The file that a reader downloads: opens in any Vega-Lite viewer with the light colours. */
export function standaloneSpec(chart: ResultChart): string {
  const { width, ...spec } = chartSpec(chart);
  const title = { text: chart.title, anchor: 'start' };
  const file = { ...spec, width: width === 'container' ? WIDE : width, title, config: themeFor(WIDE) };
  return `${lightValues(JSON.stringify(file, null, 1))}\n`;
}

/** SVG text of a spec at a width, with CSS variables as colours. */
async function toSvg(spec: Record<string, unknown>, width: number): Promise<string> {
  const compiled = compile(fitSpec(spec, width) as unknown as TopLevelSpec, {
    config: themeFor(width) as never,
    logger: strictLogger,
  });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** Markup for the page: no inline styles, short numbers; the label is the figure's. `id` makes clip paths unique in a page. */
export async function inlineSvg(chart: ResultChart, width: number, id: string): Promise<string> {
  return slim(await toSvg(chartSpec(chart), width), id).replace(
    /^<svg[^>]*?viewBox="([^"]*)"[^>]*>/,
    '<svg viewBox="$1">',
  );
}

/** The picture for narrow pages, a file of its own that follows the reader's light or dark. */
export async function narrowSvg(chart: ResultChart): Promise<string> {
  const svg = slim(await toSvg(chartSpec(chart), NARROW), 'n');
  const head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `${svg.replace(/^<svg[^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>/, `${head} width="$1" height="$2" viewBox="0 0 $1 $2"><style>${TOKENS_CSS}text{font-family:${FONT.replaceAll('"', "'")}}</style>`)}\n`;
}

/** A file that stands alone: light colours, title as text, white ground. */
export async function standaloneSvg(chart: ResultChart): Promise<string> {
  const spec = { ...chartSpec(chart), title: { text: chart.title, anchor: 'start', offset: 12, limit: WIDE } };
  const svg = await toSvg(spec, WIDE);
  const box = svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/);
  const ground = box === null ? '' : `<rect width="${box[1]}" height="${box[2]}" fill="#ffffff"/>`;
  return `${lightValues(svg).replace(/^(<svg[^>]*>)/, `$1<title>${escapeHtml(chart.title)}</title>${ground}`)}\n`;
}

function slim(svg: string, id: string): string {
  const short = svg
    .replace(/<rect width="[\d.]+" height="[\d.]+" fill="(?:transparent|white)"\/>/, '')
    .replace(/ (?:d|transform|[xy]2?)="[^"]*"/g, (attribute) => attribute.replace(/-?\d+\.\d{2,}/g, tenth))
    .replace(/ font-family="[^"]*"/g, '')
    .replace(/ font-size="([\d.]+)px"/g, ' font-size="$1"')
    .replace(/ (?:pointer-events|stroke-miterlimit|aria-hidden|aria-roledescription)="[^"]*"/g, '')
    .replace(/ class="(?:mark-[^"]*|root)"| role="graphics-[^"]*"/g, '')
    .replace(/<path class="(?:background|foreground)"[^>]*>(?:<\/path>)?/g, '')
    .replace(/ (?:opacity|stroke-width)="1"/g, '')
    .replace(/(<line[^>]*?) ([xy]2)="0"/g, '$1')
    .replace(/ transform="translate\(0,0\)"/g, '')
    .replace(/(<text[^>]*?) transform="translate\(([-\d.]+),([-\d.]+)\)"/g, '$1 x="$2" y="$3"')
    .replace(/<path([^>]*) d="M([\d.]+),0A\2,\2,0,1,1,-\2,0A\2,\2,0,1,1,\2,0(?:Z)?"/g, '<circle$1 r="$2"')
    .replace(/(<circle[^>]*?) transform="translate\(([-\d.]+),([-\d.]+)\)"/g, '$1 cx="$2" cy="$3"')
    .replace(/(id="|url\(#)(clip|gradient_?)(\d+)/g, `$1${id}-$2$3`);
  return unwrap(hoist(short));
}

const tenth = (number: string): string => String(Math.round(Number(number) * 10) / 10);

/** Attributes that all children of a group share move to the group, whose children inherit them. */
function hoist(svg: string): string {
  const leaves = /<g>((?:<(?:line|path|circle)[^<>]*\/>|<text[^<>]*>[^<>]*<\/text>){2,})<\/g>/g;
  return svg.replace(leaves, (_group, inner: string) => {
    const tags = inner.match(/<(?:line|path|circle|text)[^>]*>/g)!;
    let rest = inner;
    let attributes = '';
    for (const name of [
      'fill',
      'stroke',
      'stroke-width',
      'stroke-dasharray',
      'font-size',
      'font-weight',
      'text-anchor',
    ]) {
      const values = new Set(tags.map((tag) => tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1]));
      const [value] = values;
      if (values.size !== 1 || value === undefined) continue;
      attributes += ` ${name}="${value}"`;
      rest = rest.replaceAll(` ${name}="${value}"`, '');
    }
    return `<g${attributes}>${rest}</g>`;
  });
}

/** Groups that hold nothing, or one other group, add nothing. */
function unwrap(svg: string): string {
  let before = '';
  let after = svg;
  while (after !== before) {
    before = after;
    after = before.replace(/<g><\/g>/g, '').replace(/<g>(<g[^>]*>(?:(?!<\/?g\b)[\s\S])*<\/g>)<\/g>/g, '$1');
  }
  return after;
}

// A warning of the compiler means that a chart does not show what its literal says, so it stops the build.
const strictLogger = {
  level() {
    return this;
  },
  error(...args: readonly unknown[]) {
    throw new Error(`renderChart: ${args.join(' ')}`);
  },
  warn(...args: readonly unknown[]) {
    throw new Error(`renderChart: ${args.join(' ')}`);
  },
  info() {
    return this;
  },
  debug() {
    return this;
  },
} as never;
