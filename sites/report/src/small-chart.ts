// The small picture of S by width or rank of a report on the index page, from its rows; of other reports their first plot.
import type { Result, ResultChart } from 'runner/result';
import { branchName, rowGroups, sizeOf } from './cells.ts';
import { fixed } from './format.ts';
import { valueAt } from './lookup.ts';

/** A picture of more marks would weigh more than the rest of its card many times over. */
const MOST_MARKS = 150;

/** The first chart that is one plot of few marks, made low. */
function firstPlot({ charts }: Result): ResultChart | null {
  const plot = charts.find(({ spec, data }) => Array.isArray(spec.layer) && data.length <= MOST_MARKS);
  return plot === undefined ? null : { ...plot, name: 'small', spec: { ...plot.spec, height: 120 } };
}

/** S against width for the first outcome rule, one line per branch; null where the rows hold no S. */
export function smallChart(result: Result): ResultChart | null {
  const groups = rowGroups(result.rows.filter((row) => typeof valueAt(row, 'S.mean') === 'number'));
  if (groups.length === 0) return firstPlot(result);
  const { key, letter, title } = sizeOf(result.rows);
  const shown = groups.filter(({ outcome }) => outcome === groups[0].outcome);
  const data = shown.flatMap(({ branch, rows }) =>
    rows.map((row) => ({
      [key]: Number(row[key]),
      S: Number(valueAt(row, 'S.mean')),
      branch: branch === null ? 'S' : branchName(branch),
    })),
  );
  const widths = [...new Set(data.map((row) => Number(row[key])))];
  const low = Math.min(0, ...data.map(({ S }) => S));
  const x = {
    field: key,
    type: 'quantitative',
    scale: { type: 'log', base: 2, domain: [widths[0] * 0.88, widths[widths.length - 1] * 1.14], nice: false },
    axis: {
      values: widths.filter((n) => [1, 2, 3, 4, 8, 16, 32, 64].includes(n)),
      format: 'd',
      title: null,
      grid: false,
    },
  };
  const y = {
    field: 'S',
    type: 'quantitative',
    scale: { domain: [low, Math.max(3, ...data.map(({ S }) => S))], nice: false },
    axis: { values: [0, 2, 4], title: null, grid: false, labelOverlap: false },
  };
  const several = shown.length > 1;
  const names = [...new Set(data.map(({ branch }) => branch))];
  const color = several ? { color: { field: 'branch', type: 'nominal', scale: { domain: names }, legend: null } } : {};
  return {
    name: 'small',
    title: `S against ${title}`,
    alt: `S against ${title}, outcome rule ${groups[0].outcome}: ${data.map((row) => `${several ? `${row.branch} ` : ''}${letter}=${row[key]} ${fixed(Number(row.S))}`).join(', ')}`,
    data,
    spec: {
      height: 120,
      layer: [
        {
          data: { values: [{ y: 2 }] },
          mark: { type: 'rule', strokeDash: [4, 3] },
          encoding: { y: { field: 'y', type: 'quantitative' } },
        },
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, ...color } },
        { mark: { type: 'point', filled: true, size: 26, opacity: 1 }, encoding: { x, y, ...color } },
      ],
    },
  };
}
