// Vega-Lite literals of matrices and of points in a plane. Colours belong to the site's theme, which CSS variables carry: shades are opacities.
import type { Chart } from '../experiment.ts';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** One number of a matrix. */
export interface Entry {
  panel: string;
  row: string | number;
  column: string | number;
  value: number;
}

/** Matrices side by side, each with shades of its own from 0 to its largest value. */
export function heatChart(options: {
  name: string;
  title: string;
  alt: string;
  axisTitle: string; // of rows and columns
  unit: string; // of a value
  labels?: 'all' | 'none'; // of rows and columns
  entries: Entry[];
}): Chart {
  const { name, title, alt, axisTitle, unit, labels = 'all', entries } = options;
  const panels = [...new Set(entries.map(({ panel }) => panel))];
  const largest = new Map(
    panels.map((panel) => [panel, Math.max(...entries.filter((e) => e.panel === panel).map(({ value }) => value))]),
  );
  const data = entries.map((entry) => ({ ...entry, shade: entry.value / largest.get(entry.panel)! }));
  const order = [...new Set(entries.map(({ row }) => row))];
  const axis = labels === 'none' ? { labels: false, ticks: false, domain: false } : { labelAngle: 0, domain: false };
  const band = { type: 'ordinal', title: axisTitle, sort: order, axis, scale: { paddingInner: 0, paddingOuter: 0 } };
  return {
    name,
    title,
    alt,
    data,
    spec: {
      $schema: SCHEMA,
      data: { name: 'rows' },
      facet: { field: 'panel', type: 'nominal', title: null, sort: panels },
      columns: 2,
      spec: {
        width: 280,
        height: 280,
        mark: { type: 'rect', color: '@1' },
        encoding: {
          x: { field: 'column', ...band },
          y: { field: 'row', ...band },
          fillOpacity: {
            field: 'shade',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0, 1] },
            legend: { title: 'share of the largest value', values: [0, 0.5, 1] },
          },
          tooltip: [
            { field: 'row', title: `row, ${axisTitle}` },
            { field: 'column', title: `column, ${axisTitle}` },
            { field: 'value', title: unit, format: '.4~g' },
          ],
        },
      },
    },
  };
}

/** Points in planes side by side, one colour a series. */
export function planesChart(options: {
  name: string;
  title: string;
  alt: string;
  xTitle: string;
  yTitle: string;
  points: { panel: string; series: string; x: number; y: number; shade?: number }[]; // shade from 0 to 1
  shadeTitle?: string;
  columns?: number;
}): Chart {
  const { name, title, alt, xTitle, yTitle, points, shadeTitle, columns = 2 } = options;
  const panels = [...new Set(points.map(({ panel }) => panel))];
  const series = [...new Set(points.map((point) => point.series))];
  const color = { field: 'series', type: 'nominal', title: null, sort: series, scale: { domain: series } };
  const shade = {
    field: 'shade',
    type: 'quantitative',
    scale: { domain: [0, 1], range: [0.15, 1] },
    legend: { title: shadeTitle ?? 'shade', values: [0, 0.5, 1] },
  };
  return {
    name,
    title,
    alt,
    data: points,
    spec: {
      $schema: SCHEMA,
      data: { name: 'rows' },
      facet: { field: 'panel', type: 'nominal', title: null, sort: panels },
      columns,
      resolve: { scale: { x: 'independent', y: 'independent' } },
      spec: {
        width: 280,
        height: 220,
        mark: { type: 'point', filled: true, size: 30 },
        encoding: {
          x: { field: 'x', type: 'quantitative', title: xTitle, axis: { tickCount: 4 } },
          y: { field: 'y', type: 'quantitative', title: yTitle, axis: { tickCount: 4 } },
          color,
          shape: color,
          ...(shadeTitle === undefined ? {} : { fillOpacity: shade }),
          tooltip: [
            { field: 'series', title: 'series' },
            { field: 'x', format: '.3~g' },
            { field: 'y', format: '.3~g' },
          ],
        },
      },
    },
  };
}
