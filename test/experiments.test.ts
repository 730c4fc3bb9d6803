// Every experiment's own file: it loads, its records become rows, claims and charts, and the numbers of mechanism, generalisation and controls are met.
import { readdirSync } from 'node:fs';
import { type CellRecords, type ExperimentModule, type ExperimentSummary, experimentCells } from 'ncnet';
import { type DenseExperimentModule, type DenseRecords, denseCells } from 'ncnet/dense';
import { type LoraExperimentModule, type LoraRecords, loraCells } from 'ncnet/lora';
import { openBackend, openTrainer, resolveCells } from 'ncnet/node';
import { anyStatistics } from 'ncnet/training';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { trainCell } from '../packages/ncnet/test/support.ts';

const all = readdirSync(new URL('../experiments/', import.meta.url));
const isDense = (name: string): boolean => name.startsWith('theory-');
const isLora = (name: string): boolean => name.startsWith('lora-');
const names = all.filter((name) => !isDense(name) && !isLora(name));
const load = async (name: string): Promise<ExperimentModule> => import(`../experiments/${name}/experiment.ts`);

async function train(module: ExperimentModule, replicas: number, hidden?: number[]): Promise<CellRecords[]> {
  const backend = await openBackend('wasm');
  return experimentCells(module.experiment, { hidden }).map((cell) => trainCell(backend, cell, replicas));
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

/** What every summary must be: charts that compile, numbers that are finite, words that the glossary allows. */
function checkSummary({ rows, claims, charts }: ExperimentSummary): void {
  expect(rows.length).toBeGreaterThan(0);
  expect(claims.length).toBeGreaterThan(0);
  expect(charts.length).toBeGreaterThan(0);
  for (const number of numbersIn({ rows, claims, charts })) expect(Number.isFinite(number)).toBe(true);
  expect(JSON.stringify({ rows, claims, charts })).not.toMatch(/quantum|nonlocal/i);
  for (const { title, alt, spec } of charts) {
    expect(`${title} ${alt}`).not.toMatch(/NaN|undefined|Infinity/);
    const { $schema: _, ...literal } = spec;
    expect(() => compile(literal as unknown as TopLevelSpec)).not.toThrow();
  }
}

describe.each(all.filter(isDense))('experiment %s', (name) => {
  it('summarises its quick records into rows, claims and charts that compile', { timeout: 120_000 }, async () => {
    const { experiment, summarize }: DenseExperimentModule = await import(`../experiments/${name}/experiment.ts`);
    expect(experiment.name).toBe(name);
    const trainer = await openTrainer('dense-wasm');
    const replicas = Math.min(2, experiment.quick.replicas);
    const cells: DenseRecords[] = [];
    for (const cell of denseCells(experiment.quick)) {
      const trained = await trainer.train(cell, { first: 0, count: replicas });
      const statistics = anyStatistics(cell, trained) as DenseRecords['statistics'];
      cells.push({ cell, replicas, recordHash: '0'.repeat(64), probeHash: null, blocks: [], statistics });
    }
    const summary = summarize(cells, experiment);
    checkSummary(summary);
    for (const { because } of summary.claims) expect(because).not.toMatch(/NaN|undefined|Infinity/);
    expect(denseCells(experiment.full).length).toBeGreaterThan(0);
  });
});

describe.each(all.filter(isLora))('experiment %s', (name) => {
  it('summarises records of its quick cells, cut to two steps, into rows, claims and charts that compile', async () => {
    const { experiment, summarize }: LoraExperimentModule = await import(`../experiments/${name}/experiment.ts`);
    expect(experiment.name).toBe(name);
    const trainer = await openTrainer('lora-wasm');
    const cells: LoraRecords[] = [];
    for (const cell of await resolveCells(
      loraCells(experiment, 'quick').map((own) => ({ ...own, steps: 2, rows: 32 })),
    )) {
      const trained = await trainer.train(cell, { first: 0, count: 1 });
      const statistics = anyStatistics(cell, trained) as LoraRecords['statistics'];
      cells.push({ cell, replicas: 1, recordHash: '0'.repeat(64), probeHash: null, blocks: [], statistics });
    }
    const summary = summarize(cells, experiment);
    const alone = cells.filter(({ cell }) => cell.alone);
    expect(alone).toHaveLength(experiment.success === undefined ? 0 : 1);
    expect(summary.rows).toHaveLength((2 + alone.length) * (cells.length - alone.length));
    expect(summary.alone === undefined).toBe(alone.length === 0);
    if (alone.length > 0) expect(summary.alone).toMatchObject({ rank: 8, recordHash: '0'.repeat(64) });
    checkSummary(summary);
    for (const { because } of summary.claims) expect(because).not.toMatch(/NaN|undefined|Infinity/);
    const full = loraCells(experiment, 'full');
    const { ranks } = experiment.full;
    expect(full.map(({ rank }) => rank)).toEqual([...ranks, ...alone.map(() => Math.max(...ranks))]);
    expect(full.map(({ alone }) => alone ?? false)).toEqual([...ranks.map(() => false), ...alone.map(() => true)]);
    expect(new Set(full.map(({ backend }) => backend))).toEqual(new Set(['lora-tensorflow']));
  });
});

describe.each(names)('experiment %s', (name) => {
  it('summarises its records into rows, claims and charts that compile', async () => {
    const module = await load(name);
    expect(module.experiment.name).toBe(name);
    const cells = await train(module, 8, [1, 3, 8]);
    const { rows, claims, charts } = module.summarize(cells, module.experiment);
    expect(rows).toHaveLength(cells.length * module.experiment.outcomes.length);
    checkSummary({ rows, claims, charts });
  });
});

describe('numbers of the mechanism (rates within 0.03)', () => {
  it('meets the published loss-rise rates and cosines', async () => {
    const module = await load('mechanism');
    const cells = await train(module, 512, [2, 3, 4, 8]);
    const { rows } = module.summarize(cells, module.experiment);
    const rises: Record<number, [number, number]> = {
      2: [0.037, 0.075],
      3: [0.014, 0.252],
      4: [0.011, 0.043],
      8: [0.007, 0.004],
    };
    const cosine22: Record<number, number> = { 2: -0.34, 3: -0.99, 4: -0.65, 8: -0.78 };
    for (const row of rows as { hidden: number; probes: { rises: number[]; cosine: number[] } }[]) {
      expect(Math.abs(row.probes.rises[4] - rises[row.hidden][0])).toBeLessThan(0.03);
      expect(Math.abs(row.probes.rises[6] - rises[row.hidden][1])).toBeLessThan(0.03);
      expect(Math.abs(row.probes.cosine[3] - cosine22[row.hidden])).toBeLessThan(0.08);
    }
  });
});

describe('numbers of generalisation (accuracies within 0.02, S and r within 0.08)', () => {
  it('meets S on both sides of the split, held-out accuracy and the pooled correlations', async () => {
    const module = await load('generalisation');
    const cells = await train(module, 512, [1, 2, 3, 4, 6, 8, 16]);
    const { rows, claims } = module.summarize(cells, module.experiment);
    const expected: Record<number, [number, number, number]> = {
      1: [1.54, 0.93, 0.738],
      2: [2.06, 1.97, 0.825],
      3: [2.24, 2.55, 0.901],
      4: [2.09, 2.45, 0.925],
      6: [2.02, 2.32, 0.953],
      8: [2.01, 2.24, 0.963],
      16: [2.0, 2.15, 0.976],
    };
    for (const row of rows as { hidden: number; outcome: string; S: { mean: number }; heldOutAccuracy: number }[]) {
      const [train, held, accuracy] = expected[row.hidden];
      expect(Math.abs(row.S.mean - (row.outcome === 'correct' ? train : held))).toBeLessThan(0.08);
      expect(Math.abs(row.heldOutAccuracy - accuracy)).toBeLessThan(0.02);
    }
    const [small, large] = [...claims[0].because.matchAll(/(-?\d\.\d+) for/g)].map((match) => Number(match[1]));
    expect(Math.abs(small - 0.61)).toBeLessThan(0.08);
    expect(Math.abs(large + 0.34)).toBeLessThan(0.08);
  });
});

describe('controls', () => {
  it('keep S <= 2 in every replica (frozen, separate), and Bob out of Alice (only-A)', async () => {
    const module = await load('controls');
    const { claims } = module.summarize(await train(module, 256, [1, 2, 3, 4, 6]), module.experiment);
    expect(claims.map((claim) => [claim.id, claim.verdict])).toEqual([
      ['control-frozen', 'supported'],
      ['control-separate', 'supported'],
      ['control-only-a', 'supported'],
      ['control-only-a-S', 'supported'],
    ]);
  });
});

describe('precision', () => {
  it('gives the same S in single and double precision where networks decide', async () => {
    const module = await load('precision');
    const { rows, claims } = module.summarize(await train(module, 128, [1, 2, 3]), module.experiment);
    expect(claims.map((claim) => claim.id)).toEqual(['precision-bump', 'precision-one-unit']);
    const shifts = (rows as { outcome: string; branch: string; hidden: number; shift: { mean: number } | null }[])
      .filter((row) => row.outcome === 'correct' && row.branch === 'f64')
      .map((row) => Math.abs(row.shift!.mean));
    expect(shifts[1]).toBeLessThan(0.01);
    expect(shifts[2]).toBeLessThan(0.001);
    expect(shifts[0], 'one unit, a parity: rounding decides').toBeGreaterThan(0);
  });
});
