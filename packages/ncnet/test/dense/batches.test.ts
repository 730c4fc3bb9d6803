// Rows that a cell names: what they hold, how they are trained in batches, and what is read on the way.
import { openDense } from 'core-wasm/dense';
import { readDense } from 'core-wasm/dense-node';
import { describe, expect, it } from 'vitest';
import {
  blobOf,
  DenseProbe,
  DenseRecord,
  denseNetwork,
  makeDenseCell,
  openBlobs,
  pairConstants,
  pairCurves,
  readRows,
  trainDense,
  withWatchedRows,
} from '../../src/dense/index.ts';
import { openMnist, readMnist } from '../../src/dense/mnist.ts';
import { recordLine } from '../../src/index.ts';
import { openTrainer, sha256 } from '../../src/node.ts';

const module = new WebAssembly.Module(readDense().bytes);
const blobs = { source: 'blobs', side: 6, pixels: 5, batch: 16, watch: [0, 5, 35, 36, 71] } as const;
const small = { ...{ depth: 3, width: 9, learningRate: 0.05, stopLoss: 0, layers: [0, 2] }, samples: 4 };
const context = makeDenseCell({ ...small, steps: 10, data: { ...blobs, watch: [...blobs.watch] } });
const source = { ...blobs, watch: [...blobs.watch] };

describe('blobs', () => {
  it('are Gaussians of standard deviation 1 that add up to 1, with a context', () => {
    const data = openBlobs(source);
    expect(data.rows).toBe(72);
    const { inputs, targets } = readRows(data, [...new Array(72).keys()]);
    for (let row = 0; row < 72; row++) {
      const blob = row % 36;
      const [x, y] = [Math.floor(blob / 6), blob % 6].map((k) => -1 + (2 * k) / 5);
      const { context, ...centre } = blobOf(source, row);
      expect([centre.x, centre.y, context]).toEqual([expect.closeTo(x, 12), expect.closeTo(y, 12), row < 36 ? 0 : 1]);
      const pixels = Array.from({ length: 25 }, (_, p) =>
        Math.exp(-((-1 + (p % 5) / 2 - x) ** 2 + (-1 + Math.floor(p / 5) / 2 - y) ** 2) / 2),
      );
      const sum = pixels.reduce((a, b) => a + b);
      for (const [p, value] of pixels.entries()) expect(inputs[27 * row + p]).toBeCloseTo(value / sum, 7);
      expect([...inputs.slice(27 * row + 25, 27 * row + 27)]).toEqual(row < 36 ? [1, 0] : [0, 1]);
      expect(targets[row]).toBeCloseTo(row < 36 ? x : y, 6);
    }
  });
});

describe('mnist', () => {
  it('has the published counts of digits', () => {
    const count = ({ labels }: { labels: Uint8Array }) => {
      const counts = new Array<number>(10).fill(0);
      for (const label of labels) counts[label]++;
      return counts;
    };
    // LeCun, Cortes and Burges: the database's own tables
    expect(count(readMnist('train'))).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(count(readMnist('t10k'))).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('gives pixels of mean 0 and variance 1, and targets of 0 and 1', () => {
    const data = openMnist({ source: 'mnist', images: 5000, batch: 64, watch: [0, 1] });
    const { inputs, targets } = readRows(data, [...new Array(5000).keys()]);
    const mean = inputs.reduce((sum, x) => sum + x, 0) / inputs.length;
    const variance = inputs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / inputs.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect([...targets.slice(0, 20)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(targets.reduce((sum, value) => sum + value, 0)).toBe(5000);
    expect(data.heldOut!.rows).toBe(10_000);
  });
});

describe('training in batches', () => {
  it('is the training of the kernel, batch for batch, and reads the watched rows', async () => {
    const { records, probes } = await trainDense(context, { first: 3, count: 1 }, module, sha256);
    expect(DenseRecord.parse(records[0])).toEqual(records[0]);
    expect(DenseProbe.parse(probes[0])).toEqual(probes[0]);
    expect(JSON.parse(recordLine(records[0] as never))).toEqual(records[0]);
    expect(probes[0].t).toEqual([0, 2, 4, 6, 8, 10]);

    const data = openBlobs(source);
    const dense = await openDense(module, denseNetwork(context, 3));
    const all = readRows(data, [...new Array(72).keys()]);
    const order = [...new Array(3).keys()].flatMap((epoch) => [...dense.order(72, epoch).slice(0, 64)]);
    const watched = readRows(data, blobs.watch).inputs;
    const start = dense.evaluate(watched, [0, 2]);
    const { losses } = dense.train(all, { batch: 16, order: Uint32Array.from(order.slice(0, 160)) });
    const end = dense.evaluate(watched, [0, 2]);
    const weights = dense.weights();
    expect(records[0].weights).toBe(sha256(new Uint8Array(weights.buffer)));
    expect(records[0].losses[0]).toBeCloseTo((losses[8] + losses[9]) / 2, 8);
    expect(probes[0].losses[0]).toBeCloseTo(losses[0], 8);

    const distance = (values: Float32Array, r: number, s: number) =>
      values.slice(9 * r, 9 * r + 9).reduce((sum, value, i) => sum + (value - values[9 * s + i]) ** 2, 0);
    // pairs 01, 02, 03, 04, 12, ...: the last of ten is 34, layers 0 and 2 beside each other
    expect(probes[0].distances).toHaveLength(6 * 10 * 2);
    expect(probes[0].distances[1]).toBeCloseTo(distance(start.hidden[1], 0, 1), 7);
    expect(probes[0].distances.at(-2)).toBeCloseTo(distance(end.hidden[0], 3, 4), 7);
    for (const [k, value] of end.outputs.entries()) expect(probes[0].outputs.slice(-5)[k]).toBeCloseTo(value, 7);
  });

  it('gives the bytes of two ranges in one', async () => {
    const [whole, left, right] = await Promise.all(
      [
        [0, 2],
        [0, 1],
        [1, 1],
      ].map(([first, count]) => trainDense(context, { first, count }, module, sha256)),
    );
    expect([...left.records, ...right.records]).toEqual(whole.records);
    expect([...left.probes, ...right.probes]).toEqual(whole.probes);
  });

  it('stops at the loss asked for', async () => {
    const cell = makeDenseCell({ ...small, steps: 400, samples: 40, stopLoss: 0.2, data: source });
    const { records } = await trainDense(cell, { first: 0, count: 1 }, module, sha256);
    expect(records[0]).toMatchObject({ stopped: 'loss' });
    expect(records[0].losses[0]).toBeLessThanOrEqual(0.2);
    expect(records[0].steps % 10).toBe(0);
    expect(records[0].steps).toBeLessThan(400);
  });

  it('counts the held-out rows that are classified right', { timeout: 60_000 }, async () => {
    const data = { source: 'mnist' as const, images: 64, batch: 64, watch: [0, 1] };
    const cell = makeDenseCell({ ...small, layers: [0], steps: 20, heads: [10], data });
    const trainer = await openTrainer('dense-wasm');
    const [record] = (await trainer.train(cell, { first: 0, count: 1 })).records as DenseRecord[];
    const dense = await openDense(module, denseNetwork(cell, 0));
    const rows = readRows(openMnist(data), [...new Array(64).keys()]);
    const order = [...new Array(20).keys()].flatMap((epoch) => [...dense.order(64, epoch)]);
    dense.train(rows, { batch: 64, order: Uint32Array.from(order) });
    const test = openMnist(data).heldOut!;
    const { inputs } = readRows(test, [...new Array(test.rows).keys()]);
    const { outputs } = dense.evaluate(inputs);
    const { labels } = readMnist('t10k');
    let right = 0;
    for (let r = 0; r < 10_000; r++) {
      const row = [...outputs.slice(10 * r, 10 * r + 10)];
      if (row.indexOf(Math.max(...row)) === labels[r]) right++;
    }
    expect(record.heldOutAccuracy).toBe(right / 10_000);
    await expect(trainDense(cell, { first: 0, count: 1 }, module, sha256)).rejects.toThrow(
      'trainDense: expected rows that need no files, got mnist',
    );
  });
});

describe('the watched rows', () => {
  it('make curves and constants of a cell that lists them', async () => {
    const { records, probes } = await trainDense(context, { first: 0, count: 1 }, module, sha256);
    const listed = withWatchedRows(context, openBlobs(source));
    expect(listed.pairs).toHaveLength(10);
    // rows 0 and 5: centres (-1, -1) and (-1, 1), both asked for x
    expect(pairConstants(listed, 0).dyStar).toBe(0);
    // rows 0 and 36: the same blob in both contexts
    const { dx2, dyStar } = pairConstants(listed, 2);
    expect(dx2).toBeCloseTo(2, 12);
    expect(dyStar).toBeCloseTo(0, 6);
    const curves = pairCurves(listed, { record: records[0], probe: probes[0] }, 2, 1);
    expect([...curves.t]).toEqual([0, 2, 4, 6, 8, 10].map((step) => step * 0.05));
    const [y0, , y2] = probes[0].outputs as number[];
    expect(curves.Y[0]).toBeCloseTo((y2 - y0) ** 2, 12);
    expect(curves.w[0]).toBeCloseTo((y2 - y0) * (y2 - y0 - 2), 12);
  });
});

describe('cells', () => {
  it('refuse what does not fit the data, naming the field', () => {
    const cell = (over: object) => () => makeDenseCell({ ...small, steps: 10, data: source, ...over });
    expect(cell({ heads: [2] })).toThrow('expected 1 outputs with blobs, got 2');
    expect(cell({ inputs: [[1], [2]] })).toThrow('expected none with data, got 2');
    expect(cell({ data: { ...source, watch: [0, 72] } })).toThrow('expected rows below 72, got 72');
    expect(cell({ data: { ...source, batch: 80 } })).toThrow('expected at most 72, got 80');
    expect(() => makeDenseCell({ ...small, steps: 10, inputs: [[1]], targets: [[1]] })).toThrow('two rows or more');
  });
});
