// The measured tables of docs/ are those of the committed benches.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepRatios } from '../bench/kept-ratios.mjs';

it('docs/kernel.md, docs/data.md and docs/lora.md hold the numbers of bench/results', () => {
  const script = join(import.meta.dirname, '..', 'bench', 'docs.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('a bench without the prototypes keeps the ratios to them, with when and where they were measured', () => {
  const machine = (date: string) => ({ cpu: 'a processor', date });
  const ratio = (value: number) => ({ ratio: value, least: value, bar: 1 });
  const workload = (name: string, predicted: number, ratios = {}) => ({ name, predicted, ratios });
  const both = { direct: ratio(0.7), product: ratio(1) };
  const first = { machine: machine('d1'), kernel: 'k1', workloads: [workload('W', 1, both), workload('X', 1)] };
  const second = {
    machine: machine('d2'),
    kernel: 'k2',
    workloads: [workload('W', 2), workload('X', 2), workload('Y', 2)],
  };
  const measured = { date: 'd1', cpu: 'a processor', kernel: 'k1' };
  const kept = keepRatios(second, first);
  expect(kept).toMatchObject({
    kernel: 'k2',
    machine: { date: 'd2' },
    workloads: [{ predicted: 2 }, {}, { name: 'Y' }],
  });
  expect(kept.workloads.map((own: { ratios: unknown }) => own.ratios)).toEqual([
    { direct: { ...ratio(0.7), measured }, product: { ...ratio(1), measured } },
    {},
    {},
  ]);
  const third = { machine: machine('d3'), kernel: 'k3', workloads: [workload('W', 3, { product: ratio(1.1) })] };
  const { direct, product } = keepRatios(third, kept).workloads[0].ratios;
  expect(direct.measured).toEqual(measured); // not of the second result
  expect(product).toEqual(ratio(1.1));
});
