// The shared outline of the theory experiments: ratios, predictions and verdicts from records, with a theory that is known by hand.
import { openDense } from 'core-wasm/dense';
import { readDense } from 'core-wasm/dense-node';
import { describe, expect, it } from 'vitest';
import {
  byGain,
  converged,
  DEFAULT_NETWORKS,
  type DenseRecords,
  type DenseRun,
  denseNetwork,
  denseRows,
  endDistances,
  graded,
  gradedCount,
  makeDenseCell,
  medianRatio,
  movedShare,
  predictDistances,
  predictEnd,
  sameOverOther,
  trainDense,
  turnedCosine,
} from '../../src/dense/index.ts';
import { sha256 } from '../../src/node.ts';

const module = new WebAssembly.Module(readDense().bytes);
const small = { depth: 2, width: 7, learningRate: 0.05, samples: 10, steps: 40, layers: [1] };

async function recordsOf(input: Parameters<typeof makeDenseCell>[0], count: number): Promise<DenseRecords> {
  const cell = makeDenseCell(input);
  const { records, probes } = await trainDense(cell, { first: 0, count }, module, sha256);
  const runs: DenseRun[] = records.map((record, k) => ({ record, probe: probes[k] }));
  return { cell, replicas: count, recordHash: '', probeHash: null, blocks: [], statistics: { runs } };
}

describe('medianRatio', () => {
  it('is the median over all runs of all cells at the first probed layer, without those that no rates follow', async () => {
    const cells = [await recordsOf(small, 2), await recordsOf({ ...small, seed: 2 }, 2)];
    const seen: number[] = [];
    const ratio = medianRatio(cells, ({ dx2, dyStar }, [{ H }]) => {
      expect([dx2, dyStar]).toEqual([1, expect.closeTo(Math.SQRT1_2, 12)]);
      seen.push(H[0]);
      return { fits: [seen.length === 4 ? null : { ratio: { value: seen.length * 10 } }] };
    });
    expect(ratio).toBe(20);
    const starts = cells.flatMap(({ statistics }) => statistics.runs.map(({ probe }) => probe.distances[0]));
    expect(seen).toEqual(starts);
  });
});

describe('predictions', () => {
  it('start from each pair’s own H and Y', async () => {
    const inputs = [[-1], [0], [2]];
    const records = await recordsOf({ ...small, inputs, targets: [[0], [1], [1]] }, 1);
    const [run] = records.statistics.runs;
    const starts = [0, 1, 2].map((pair) => predictEnd(records, run, 0.5, (point, start) => ({ point, start }), pair));
    expect(starts.map(({ point }) => point.dx2)).toEqual([1, 9, 4]);
    expect(starts.map(({ point }) => point.dyStar)).toEqual([1, 1, 0]);
    for (const [pair, { point, start }] of starts.entries()) {
      expect([point.etaH, point.etaY]).toEqual([0.5, 1]);
      expect(start.H).toBe(run.probe.distances[pair]);
      const [r, s] = records.cell.pairs[pair];
      expect(start.Y).toBeCloseTo((run.probe.outputs[s]! - run.probe.outputs[r]!) ** 2, 12);
    }
    const lazy = predictDistances(records, run, 0.5, (_point, { H }) => ({ hInf: H }));
    expect(lazy).toEqual(endDistances(records.cell, run, 1).start);
  });

  it('count the runs that converged only', async () => {
    const records = await recordsOf({ ...small, steps: 3000, stopLoss: 1e-3 }, 3);
    const kept = converged(records);
    expect(kept).toEqual(records.statistics.runs.filter(({ record }) => record.losses[0]! <= 1e-3));
    expect(kept.length).toBeGreaterThan(0);
    expect(converged(await recordsOf(small, 1))).toEqual([]);
  });
});

describe('measures', () => {
  it('take the roots that probes leave out', async () => {
    const input = { ...small, steps: 400, gain: 3 };
    const [run] = (await recordsOf(input, 1)).statistics.runs;
    const cell = makeDenseCell(input);
    const dense = await openDense(module, denseNetwork(cell, 0));
    const rows = denseRows(cell);
    const [start] = dense.evaluate(rows.inputs, [1]).hidden;
    dense.train(rows, { steps: run.record.steps });
    const [end] = dense.evaluate(rows.inputs, [1]).hidden;
    const moved = Math.hypot(...end.map((value, i) => value - start[i])) / Math.hypot(...start);
    expect(movedShare(run)).toBeCloseTo(moved, 6);
    const [from, to] = [start, end].map((hidden) => [...hidden.slice(7)].map((value, i) => value - hidden[i]));
    const inner = from.reduce((sum, value, i) => sum + value * to[i], 0);
    expect(turnedCosine(run)).toBeCloseTo(inner / Math.hypot(...from) / Math.hypot(...to), 6);
    const away = { ...run, probe: { ...run.probe, turned2: [-0.25] } };
    expect(turnedCosine(away)).toBe(-0.5);
  });

  it('compare pairs of one target with the others', () => {
    expect(sameOverOther([1, 2, 4, 6], [true, true, false, false])).toBeCloseTo(0.3, 12);
  });

  it('grade', () => {
    expect([graded(true, true), graded(false, true), graded(false, false)]).toEqual([
      'supported',
      'partly supported',
      'not supported',
    ]);
    expect([gradedCount(3, 3), gradedCount(1, 3), gradedCount(0, 3), gradedCount(0, 0)]).toEqual([
      'supported',
      'partly supported',
      'not supported',
      'not tested',
    ]);
  });
});

describe('networks', () => {
  it('are those of the paper and a small one', () => {
    const [{ cell: full }] = DEFAULT_NETWORKS.full.cells;
    expect(makeDenseCell(full)).toMatchObject({ depth: 20, width: 500, gain: 1, learningRate: 0.01 });
    const [{ cell: quick }] = DEFAULT_NETWORKS.quick.cells;
    expect(makeDenseCell(quick)).toMatchObject({ depth: 8, width: 100 });
    expect(byGain('XOR, ', small, [[0.7, 0.02]])).toEqual([
      { name: 'XOR, gain 0.7', cell: { ...small, gain: 0.7, learningRate: 0.02 } },
    ]);
  });
});
