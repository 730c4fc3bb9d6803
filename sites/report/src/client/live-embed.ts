// The live chart: Vega-Lite interpreted from its syntax tree, so that no code is made from text, with tooltips of our own.
import embed, { type VisualizationSpec } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import { fitSpec, LIGHT, NARROW, themeFor, WIDE } from '../theme.ts';

/** Replaces the drawn picture of a figure by a live one of the same size. */
export async function makeLive(picture: HTMLElement): Promise<void> {
  const response = await fetch(picture.dataset.specUrl!);
  if (!response.ok) throw new Error(`makeLive: ${response.status}`);
  const { title, config, ...spec } = withTokens(await response.text());
  const width = getComputedStyle(picture.querySelector('.chart-wide')!).display === 'none' ? NARROW : WIDE;
  const holder = document.createElement('div');
  holder.className = 'chart-live';
  holder.ariaHidden = 'true';
  await embed(holder, fitSpec(spec, width) as unknown as VisualizationSpec, {
    ...{ config: themeFor(width) as never, renderer: 'svg', actions: false, defaultStyle: false, ast: true },
    expr: expressionInterpreter,
    tooltip: showTip,
  });
  const svg = holder.querySelector('svg')!;
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  picture.append(holder);
  picture.dataset.live = 'yes';
}

/** The file holds light colours; in the page they become the theme's variables again. */
function withTokens(text: string): Record<string, unknown> {
  let named = text;
  for (const [name, value] of Object.entries(LIGHT)) named = named.replaceAll(`"${value}"`, `"var(--${name})"`);
  return JSON.parse(named);
}

let tip: HTMLElement | null = null;

function showTip(_handler: unknown, event: MouseEvent, _item: unknown, value: unknown): void {
  if (value === null || value === undefined || value === '') {
    if (tip !== null) tip.hidden = true;
    return;
  }
  if (tip === null) {
    tip = document.createElement('div');
    tip.className = 'chart-tip';
    document.body.append(tip);
  }
  const list = document.createElement('dl');
  for (const [key, item] of Object.entries(typeof value === 'object' ? value : { '': value })) {
    const term = document.createElement('dt');
    term.textContent = key;
    const description = document.createElement('dd');
    description.textContent = String(item);
    list.append(term, description);
  }
  tip.replaceChildren(list);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, window.innerWidth - width - 8))}px`;
  tip.style.top = `${event.clientY + 18 + height > window.innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
}
