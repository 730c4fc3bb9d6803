// Vega-Lite literals of matrices and of points in a plane. Colours belong to the site's theme, which CSS variables carry: shades are opacities.
import type { Chart } from '../experiment.ts';

/** One number of a matrix. */
export interface Entry {
  panel: string;
  row: string | number;
  column: string | number;
  value: number;
}

/** The same square view of each panel, two in a row. */
function squares(chart: Omit<Chart, 'spec'>, panels: string[], view: Record<string, unknown>): Chart {
  const header = { labelAnchor: 'end' }; // the title of the axis is on the left
  return {
    ...chart,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      data: { name: 'rows' },
      facet: { field: 'panel', type: 'nominal', title: null, sort: panels, header },
      columns: 2,
      spec: { width: 280, height: 280, ...view },
    },
  };
}

/** Matrices side by side, shades from 0 to `top` or, where it is left out, to the largest value of each. */
export function heatChart(options: {
  name: string;
  title: string;
  alt: string;
  axisTitle: string; // of rows and columns
  unit: string; // of a value
  shown?: (string | number)[]; // rows and columns that have labels; all if left out
  top?: number;
  entries: Entry[];
}): Chart {
  const { name, title, alt, axisTitle, unit, shown, top, entries } = options;
  const panels = [...new Set(entries.map(({ panel }) => panel))];
  const largest = (panel: string) =>
    top ?? Math.max(...entries.filter((e) => e.panel === panel).map(({ value }) => value));
  const full = new Map(panels.map((panel) => [panel, largest(panel)]));
  const data = entries.map((entry) => ({ ...entry, shade: Math.max(0, entry.value / full.get(entry.panel)!) }));
  const order = [...new Set(entries.map(({ row }) => row))];
  const axis = { labelAngle: 0, domain: false, ticks: false, ...(shown === undefined ? {} : { values: shown }) };
  const band = { type: 'ordinal', title: axisTitle, sort: order, axis, scale: { paddingInner: 0, paddingOuter: 0 } };
  return squares({ name, title, alt, data }, panels, {
    mark: { type: 'rect', color: '@1' },
    encoding: {
      x: { field: 'column', ...band },
      y: { field: 'row', ...band },
      opacity: {
        field: 'shade',
        type: 'quantitative',
        scale: { domain: [0, 1], range: [0, 1] },
        legend: {
          title: top === undefined ? 'share of the largest value' : unit,
          values: [0.2, 0.4, 0.6, 0.8, 1],
          symbolFillColor: '@1',
          symbolType: 'square',
        },
      },
      tooltip: [
        { field: 'row', title: `row, ${axisTitle}` },
        { field: 'column', title: `column, ${axisTitle}` },
        { field: 'value', title: unit, format: '.4~g' },
      ],
    },
  });
}

/**
 * Points in planes side by side, one colour a series. Both axes have one scale, so that distances are what they look like:
 * in each panel 1 is the farthest coordinate.
 */
export function planesChart(options: {
  name: string;
  title: string;
  alt: string;
  xTitle: string;
  yTitle: string;
  points: { panel: string; series: string; x: number; y: number; shade: number }[]; // shade from 0 to 1
  shadeTitle: string;
}): Chart {
  const { name, title, alt, xTitle, yTitle, points, shadeTitle } = options;
  const panels = [...new Set(points.map(({ panel }) => panel))];
  const series = [...new Set(points.map((point) => point.series))];
  const color = { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } };
  const far = (panel: string) =>
    Math.max(...points.filter((point) => point.panel === panel).flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));
  const unit = new Map(panels.map((panel) => [panel, far(panel)]));
  const data = points.map((point) => {
    const size = unit.get(point.panel)!;
    return { ...point, x: point.x / size, y: point.y / size };
  });
  const axis = { type: 'quantitative', scale: { domain: [-1.1, 1.1], nice: false }, axis: { values: [-1, 0, 1] } };
  return squares({ name, title, alt, data }, panels, {
    mark: { type: 'point', filled: true, size: 34 },
    encoding: {
      x: { field: 'x', title: xTitle, ...axis },
      y: { field: 'y', title: yTitle, ...axis },
      color,
      shape: color,
      opacity: {
        field: 'shade',
        type: 'quantitative',
        scale: { domain: [0, 1], range: [0.15, 1] },
        legend: { title: shadeTitle, values: [0, 0.5, 1], symbolFillColor: '@muted' },
      },
      tooltip: [
        { field: 'series', title: 'series' },
        { field: 'x', title: xTitle, format: '.3~g' },
        { field: 'y', title: yTitle, format: '.3~g' },
      ],
    },
  });
}
