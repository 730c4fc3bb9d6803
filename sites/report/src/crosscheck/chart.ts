// The chart of the cross-check's page: how far each backend strays from float64 while it trains.
import type { ResultChart } from 'runner/result';
import { listed, scientific } from '../bench/numbers.ts';
import type { Crosscheck } from './results.ts';

const MILLION = 1e6;

export function strayingChart({ backends, tolerances, model }: Crosscheck): ResultChart {
  const data = backends.flatMap(({ backend, differences }) =>
    differences.steps.curve.map((share, i) => ({ backend, step: i + 1, millionths: MILLION * share })),
  );
  const allowed = MILLION * tolerances.steps;
  const values = data.map(({ millionths }) => millionths);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = {
    field: 'step',
    type: 'quantitative',
    scale: { domain: [1, model.steps], nice: false },
    axis: { title: 'step of gradient descent', tickMinStep: 1, grid: false },
  };
  const domain = [Math.max(least, most * 1e-4) / 1.5, Math.max(most, allowed) * 1.5];
  const y = {
    field: 'millionths',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { title: 'millionths of the way', tickCount: 4, format: '~g' },
  };
  const names = backends.map(({ backend }) => backend);
  const color = { field: 'backend', type: 'nominal', scale: { domain: names }, legend: { title: null, orient: 'top' } };
  const strokeDash = { ...color };
  const tooltip = [
    { field: 'backend', title: 'backend' },
    { field: 'step', title: 'step', format: 'd' },
    { field: 'millionths', title: 'millionths of the way', format: '.2f' },
  ];
  const verdict = most <= allowed ? 'within what is allowed' : 'more than is allowed';
  return {
    name: 'crosscheck-steps',
    title: `Over ${model.steps} steps the farthest backend strays ${scientific(Number((most / MILLION).toPrecision(2)))} of its way from float64, ${verdict} (${scientific(tolerances.steps)})`,
    alt: `Distance from float64 as millionths of the way from the start against the step, for ${listed(names)}: between ${least.toFixed(2)} and ${most.toFixed(2)}; the line of what is allowed lies at ${allowed.toFixed(0)}.`,
    data,
    spec: {
      data: { name: 'rows' },
      width: 'container',
      height: 300,
      layer: [
        { mark: { type: 'line', strokeWidth: 1.6 }, encoding: { x, y, color, strokeDash } },
        { mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: { x, y, color, tooltip } },
        {
          data: { values: [{ allowed }] },
          mark: { type: 'rule', strokeDash: [6, 4] },
          encoding: { y: { field: 'allowed', type: 'quantitative' } },
        },
        {
          data: { values: [{ allowed, text: 'allowed', step: model.steps }] },
          mark: { type: 'text', align: 'right', dy: 10 },
          encoding: {
            x: { field: 'step', type: 'quantitative' },
            y: { field: 'allowed', type: 'quantitative' },
            text: { field: 'text' },
          },
        },
      ],
    },
  };
}
