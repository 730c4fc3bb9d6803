// Dense cells: records are a pure function of the cell, meet the schema, and the curves are the network's own.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openDense } from 'core-wasm/dense';
import { readDense } from 'core-wasm/dense-node';
import { describe, expect, it } from 'vitest';
import {
  type DenseCell,
  DenseProbe,
  DenseRecord,
  denseNetwork,
  denseRows,
  makeDenseCell,
  pairConstants,
  pairCurves,
  trainDense,
} from '../../src/dense/index.ts';
import { AnyCell, canonicalJson, recordLine, schemasOf } from '../../src/index.ts';
import { openTrainer, sha256, TRAINING_SOURCES } from '../../src/node.ts';

const module = new WebAssembly.Module(readDense().bytes);
const small = { depth: 3, width: 9, gain: 0.9, learningRate: 0.05, samples: 8 } as const;
const train = (cell: ReturnType<typeof makeDenseCell>, first = 0, count = 1) =>
  trainDense(cell, { first, count }, module, sha256);

describe('trainDense', () => {
  it('gives the bytes of two ranges in one, and other bytes for other replicas', async () => {
    const cell = makeDenseCell({ ...small, steps: 57 });
    const [whole, left, right] = [await train(cell, 0, 3), await train(cell, 0, 1), await train(cell, 1, 2)];
    expect(JSON.stringify([...left.records, ...right.records])).toBe(JSON.stringify(whole.records));
    expect(JSON.stringify([...left.probes, ...right.probes])).toBe(JSON.stringify(whole.probes));
    expect(new Set(whole.records.map(({ weights }) => weights)).size).toBe(3);
  });

  it('writes records and probes in canonical form that meet their schemas', async () => {
    const { records, probes } = await train(makeDenseCell({ ...small, steps: 40 }));
    expect(DenseRecord.parse(records[0])).toEqual(records[0]);
    expect(DenseProbe.parse(probes[0])).toEqual(probes[0]);
    for (const line of [records[0], probes[0]]) expect(recordLine(line as never)).toBe(`${canonicalJson(line)}\n`);
  });

  it('is the training of the kernel, step for step', async () => {
    const cell = makeDenseCell({ ...small, steps: 30, samples: 30 });
    const { records, probes } = await train(cell, 4);
    const dense = await openDense(module, denseNetwork(cell, 4));
    const rows = denseRows(cell);
    const trace = dense.train(rows, { steps: 30 }, { pairs: [[0, 1]], layers: [0, 1, 2] });
    expect(probes[0].t).toEqual([...new Array(30).keys()]);
    expect(probes[0].distances).toHaveLength(90);
    for (const [k, value] of probes[0].distances.entries()) expect(value! / trace.distances![k]).toBeCloseTo(1, 8);
    const weights = dense.weights();
    expect(records[0].weights).toBe(sha256(new Uint8Array(weights.buffer)));
  });

  it('keeps evenly spaced moments, at least `samples`, and the last', async () => {
    const { records, probes } = await train(makeDenseCell({ ...small, steps: 1000, stopLoss: 0 }));
    const { t } = probes[0];
    expect(records[0]).toMatchObject({ steps: 1000, stopped: 'steps' });
    expect(t.length).toBeGreaterThanOrEqual(8);
    expect(t.length).toBeLessThanOrEqual(17);
    expect(new Set(t.slice(1, -1).map((step, k) => step - t[k])).size).toBe(1);
    expect(t.at(-1)).toBe(999);
  });

  it('stops at the loss asked for and says when a loss is no number', async () => {
    const done = await train(makeDenseCell({ ...small, steps: 5000, stopLoss: 1e-4 }));
    expect(done.records[0].stopped).toBe('loss');
    expect(done.records[0].steps % 10).toBe(0);
    expect(done.records[0].losses[0]).toBeLessThan(1e-4);
    const lost = await train(makeDenseCell({ ...small, learningRate: 1000, steps: 500 }));
    expect(lost.records[0].stopped).toBe('diverged');
    expect(lost.records[0].losses).toEqual([null]);
  });
});

describe('a convolutional cell', () => {
  const cell = makeDenseCell({ ...small, width: 21, convolution: { channels: 4, kernel: 5 }, steps: 60, samples: 60 });

  it('has depth + 1 convolutions after the first hidden layer, all of them probed', async () => {
    expect(cell.layers).toEqual([0, 1, 2, 3, 4]);
    const { records, probes } = await train(cell, 2);
    const dense = await openDense(module, denseNetwork(cell, 2));
    const start = dense.evaluate(denseRows(cell).inputs, cell.layers).hidden;
    expect(start.map(({ length }) => length / 2)).toEqual([21, 4 * 17, 4 * 13, 4 * 9, 5]);
    const { distances } = dense.train(denseRows(cell), { steps: 60 }, { pairs: [[0, 1]], layers: cell.layers });
    const end = dense.evaluate(denseRows(cell).inputs, cell.layers).hidden;
    expect(records[0].weights).toBe(sha256(new Uint8Array(dense.weights().buffer)));
    expect(probes[0].distances).toHaveLength(300);
    for (const [k, value] of probes[0].distances.entries()) expect(value! / distances![k]).toBeCloseTo(1, 8);
    for (const [l, values] of end.entries()) {
      const width = values.length / 2;
      const dh = (hidden: Float32Array) => Array.from({ length: width }, (_, i) => hidden[width + i] - hidden[i]);
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
      const [a, b] = [dh(start[l]), dh(values)];
      const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      expect(probes[0].turned2[l]).toBeCloseTo(cosine * Math.abs(cosine), 6);
    }
  });

  it('gives the bytes of two ranges in one', async () => {
    const [whole, left, right] = [await train(cell, 0, 3), await train(cell, 0, 1), await train(cell, 1, 2)];
    expect(JSON.stringify([...left.records, ...right.records])).toBe(JSON.stringify(whole.records));
    expect(JSON.stringify([...left.probes, ...right.probes])).toBe(JSON.stringify(whole.probes));
  });

  it('is refused where the kernel could not train it', () => {
    const make = (more: object) => () => makeDenseCell({ ...small, width: 21, ...more });
    const convolution = { channels: 4, kernel: 5 };
    expect(make({ convolution, width: 16 })).toThrow(
      'expected at least 17, so that 4 convolutions of 5 leave a position',
    );
    expect(make({ convolution, optimizer: 'adam' })).toThrow('expected gd with convolution, got adam');
    expect(make({ convolution, skip: true })).toThrow('expected false with convolution, got true');
    expect(make({ convolution, dropout: 0.1 })).toThrow('expected 0 with convolution, got 0.1');
    expect(make({ convolution, layers: [5] })).toThrow('expected hidden layers below 5, got 5');
    expect(make({ convolution: { channels: 4 } })).toThrow(/kernel/);
    const data = { source: 'blobs', side: 4, pixels: 3, batch: 8, watch: [0, 3] };
    expect(make({ convolution, data })).toThrow('expected none with convolution, got blobs; list the rows');
  });
});

describe('published records', () => {
  // Cells, records and probes of dense networks: a change of this hash takes the proof from what is published.
  it('keep their bytes', async () => {
    const hash = createHash('sha256');
    const options = [
      {},
      { optimizer: 'adam', activation: 'tanh' },
      { skip: true, activation: 'elu' },
      { dropout: 0.2 },
    ];
    for (const more of options as object[]) {
      const cell = makeDenseCell({ ...small, ...more, steps: 60 });
      hash.update(canonicalJson(cell)).update(JSON.stringify(await train(cell, 0, 2)));
    }
    const data: DenseCell['data'] = { source: 'blobs', side: 4, pixels: 3, batch: 8, watch: [0, 3, 17] };
    const blobs = makeDenseCell({ ...small, steps: 40, data });
    hash.update(canonicalJson(blobs)).update(JSON.stringify(await train(blobs)));
    expect(hash.digest('hex')).toBe('2431122f63774204ec632f0f4675745f595395ad8a1710628cc91ee5dd8493c6');
  });
});

describe('pairCurves', () => {
  it('gives Y and w of the outputs and the loss of the theory', async () => {
    const cell = makeDenseCell({ ...small, steps: 200, samples: 400 });
    const { records, probes } = await train(cell);
    const curves = pairCurves(cell, { record: records[0], probe: probes[0] }, 1);
    const { dyStar, dx2 } = pairConstants(cell);
    expect([dx2, dyStar]).toEqual([1, expect.closeTo(Math.SQRT1_2, 12)]);
    for (const [k, Y] of curves.Y.entries()) {
      const [y1, y2] = probes[0].outputs.slice(2 * k, 2 * k + 2) as number[];
      expect(Y).toBeCloseTo((y2 - y1) ** 2, 12);
      // one output: w = Y -+ |dy*| sqrt(Y), an identity of networks and theory alike
      expect(Math.abs(Math.abs(Y - curves.w[k]) - dyStar * Math.sqrt(Y))).toBeLessThan(1e-12);
      const loss = ((y1 - 0.6) ** 2 + (y2 - 0.6 - Math.SQRT1_2) ** 2) / 4;
      expect(curves.loss[k]).toBeCloseTo(loss, 6);
    }
    expect(curves.t[1]).toBeCloseTo(0.05, 12);
  });

  it('splits the outputs by head', async () => {
    const cell = makeDenseCell({
      ...{ ...small, steps: 20, heads: [1, 2] },
      targets: [
        [0, 1, 0],
        [1, 1, 2],
      ],
    });
    const { records, probes } = await train(cell);
    const run = { record: records[0], probe: probes[0] };
    const [all, a, b] = [undefined, 0, 1].map((head) => pairCurves(cell, run, 2, 0, head));
    for (const k of all.t.keys()) {
      expect(a.Y[k] + b.Y[k]).toBeCloseTo(all.Y[k], 12);
      expect(a.w[k] + b.w[k]).toBeCloseTo(all.w[k], 12);
    }
    expect(pairConstants(cell, 0, 0).dyStar).toBe(1);
    expect(pairConstants(cell, 0, 1).dyStar).toBe(2);
    expect(() => pairCurves(cell, run, 7)).toThrow('expected a probed layer (0, 1, 2), got 7');
  });
});

describe('kinds', () => {
  it('dispatches schemas and trainers on the kind', async () => {
    const cell = makeDenseCell({ ...small, steps: 10 });
    expect(AnyCell.parse(cell)).toEqual(cell);
    expect(schemasOf(cell).record).toBe(DenseRecord);
    const trainer = await openTrainer('dense-wasm');
    const { records } = await trainer.train(cell, { first: 2, count: 1 });
    expect(records[0].replica).toBe(2);
    expect(trainer.kernelTime()).toBeGreaterThan(0);
  });

  it('refuses what the kernel cannot train, naming the field', () => {
    expect(() => makeDenseCell({ ...small, depth: 0 })).toThrow(/depth/);
    expect(() => makeDenseCell({ ...small, layers: [3] })).toThrow('expected hidden layers below 3, got 3');
    expect(() =>
      makeDenseCell({
        ...small,
        targets: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toThrow('expected rows of 1 numbers');
    expect(() => makeDenseCell({ ...small, skip: true, dropout: 0.1 })).toThrow('expected 0 with skip');
  });

  it('leaves the sources of the other backends as the committed results have them', () => {
    const text = readFileSync(new URL('../../../../experiments/capacity/result.json', import.meta.url), 'utf8');
    const hashes = JSON.parse(readFileSync(new URL('../../dist/training-sources.json', import.meta.url), 'utf8'));
    expect(hashes.wasm).toBe(JSON.parse(text).provenance.sources);
    expect(TRAINING_SOURCES['dense-wasm']).toContain('dense/train.ts');
  });
});
