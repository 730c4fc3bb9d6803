// The file and its border: no imports, arrays of the caller's own, errors that name the field.

import { describe, expect, it } from 'vitest';
import { openDense } from '../src/dense.ts';
import {
  type DenseNetwork,
  type DenseRows,
  type DenseSchedule,
  type DenseWatch,
  denseShapes,
} from '../src/dense-network.ts';
import { readDense } from '../src/dense-node.ts';
import { base, bytes, module, open, rowsFor } from './dense-open.ts';

describe('dense.wasm', () => {
  it('imports nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  it('is the file that its hash names', async () => {
    const digest = await crypto.subtle.digest('SHA-256', bytes);
    expect(readDense().sha256).toBe(Buffer.from(digest).toString('hex'));
  });

  it('opens from bytes and from a module alike', async () => {
    const [one, two] = await Promise.all([openDense(bytes, base), openDense(module, base)]);
    expect(one.weights()).toEqual(two.weights());
    expect(one.parameters).toBe(denseShapes(base).reduce((sum, [inputs, outputs]) => sum + (inputs + 1) * outputs, 0));
  });

  it('gives back arrays of its own, and keeps a network of its own', async () => {
    const network = { ...base, hidden: [7, 5] };
    const dense = await openDense(module, network);
    network.hidden[0] = 9;
    const data = rowsFor(base, 4);
    const first = [
      dense.weights(),
      dense.evaluate(data.inputs, [0, 1]),
      dense.gradient(data),
      dense.train(data, { steps: 2 }),
    ];
    const copy = structuredClone(first);
    dense.train(rowsFor(base, 9), { steps: 3 });
    dense.evaluate(rowsFor(base, 16).inputs);
    expect(first).toEqual(copy);
  });

  it('takes no steps', async () => {
    const dense = await open();
    const before = dense.weights();
    expect(dense.train(rowsFor(base, 3), { steps: 0 }).losses.length).toBe(0);
    expect(dense.weights()).toEqual(before);
  });
});

describe('errors', () => {
  const networks: [Record<string, unknown>, string][] = [
    [{ inputs: 0 }, 'core-wasm: inputs must be an integer from 1 to 65536, got 0'],
    [{ hidden: [3, 0] }, 'core-wasm: hidden[1] must be an integer from 1 to 65536, got 0'],
    [{ hidden: 5 }, 'core-wasm: hidden must be a list of 0 to 1023 entries, got 5'],
    [{ heads: [] }, 'core-wasm: heads must be a list of 1 to 1023 entries, got "a list of 0"'],
    [{ heads: [1.5] }, 'heads[0] must be an integer'],
    [{ headWeights: [1, 2] }, 'core-wasm: headWeights must be "equal" or a list of 1 numbers (one a head), got 1,2'],
    [{ headWeights: [Number.NaN] }, 'headWeights[0] must be a finite number, got NaN'],
    [{ activation: 'gelu' }, 'core-wasm: activation must be "linear" or "relu" or "leaky-relu"'],
    [{ loss: 'hinge' }, 'loss must be "mse" or "half-mse" or "bce", got "hinge"'],
    [{ reduction: 'max' }, 'reduction must be'],
    [{ optimizer: 'sgd' }, 'optimizer must be "gd" or "momentum" or "adam", got "sgd"'],
    [{ learningRate: 0 }, 'core-wasm: learningRate must be a positive number, got 0'],
    [{ learningRate: '1' }, 'learningRate must be a positive number, got "1"'],
    [{ gain: -1 }, 'gain must be a number that is not negative, got -1'],
    [{ initial: 'he' }, 'initial must be'],
    [{ bias: 1 }, 'core-wasm: bias must be true or false, got 1'],
    [{ skip: true }, 'core-wasm: hidden must be of one width with skip (the skip is an identity), got "7, 5"'],
    [{ skip: true, hidden: [5, 5], dropout: 0.1 }, 'core-wasm: dropout must be 0 with skip, got 0.1'],
    [{ dropout: 1 }, 'core-wasm: dropout must be a number from 0 up to, but not, 1, got 1'],
    [{ rows: 0 }, 'rows must be an integer from 1'],
    [{ seed: 2 ** 32 }, 'seed must be an integer from 0 to 4294967295, got 4294967296'],
    [{ replica: -1 }, 'replica must be'],
    [{ restart: 0.5 }, 'restart must be'],
    [{ momentum: 0.9 }, 'core-wasm: a field of the dense network must be inputs, hidden, heads'],
    [{ hidden: [60000, 60000] }, 'core-wasm: the number of parameters must be below 2^29 (2 GB), got'],
    [
      { hidden: [16000, 16000], optimizer: 'adam', rows: 65536 },
      'core-wasm: the network must be small enough for 4 GB',
    ],
  ];

  it.each(networks)('%o', async (options, message) => {
    await expect(open(options as Partial<DenseNetwork>)).rejects.toThrow(message);
  });

  const good = rowsFor(base, 4);
  const calls: [string, DenseRows, DenseSchedule, DenseWatch | undefined, string][] = [
    [
      'short inputs',
      { ...good, inputs: new Float32Array(5) },
      { steps: 1 },
      undefined,
      'inputs must be one or more rows of 3 numbers',
    ],
    ['no rows', { ...good, inputs: new Float32Array(0) }, { steps: 1 }, undefined, 'inputs must be one or more rows'],
    ['f64 inputs', { ...good, inputs: [1, 2, 3] as never }, { steps: 1 }, undefined, 'inputs must be a Float32Array'],
    [
      'fewer targets',
      { ...good, targets: new Float32Array(6) },
      { steps: 1 },
      undefined,
      'targets must be 4 rows, as many as inputs, got "3 rows"',
    ],
    [
      'too many rows',
      rowsFor(base, 17),
      { steps: 1 },
      undefined,
      'a batch must be at most 16 rows (network.rows), got 17',
    ],
    ['steps', good, { steps: -1 }, undefined, 'steps must be an integer from 0'],
    [
      'batch',
      good,
      { batch: 17, order: new Uint32Array(17) },
      undefined,
      'batch must be an integer from 1 to 16, got 17',
    ],
    [
      'order',
      good,
      { batch: 2, order: new Uint32Array(3) },
      undefined,
      'order must be a Uint32Array of whole batches of 2, got 3',
    ],
    [
      'order beyond',
      good,
      { batch: 1, order: Uint32Array.of(4) },
      undefined,
      'order must be of row numbers below 4, got 4',
    ],
    [
      'pair',
      good,
      { steps: 1 },
      { pairs: [[0, 4]], layers: 'all' },
      'a row of watch.pairs[0] must be an integer from 0 to 3, got 4',
    ],
    ['layer', good, { steps: 1 }, { pairs: [], layers: [3] }, 'watch.layers[0] must be an integer from 0 to 2, got 3'],
  ];

  it.each(calls)('%s', async (_, data, schedule, watch, message) => {
    const dense = await open();
    expect(() => dense.train(data, schedule, watch)).toThrow(`core-wasm: ${message}`);
  });

  it('names bad weights, layers, heads, orders and targets', async () => {
    const dense = await open();
    expect(() => dense.reset(new Float32Array(3))).toThrow('core-wasm: weights must be a Float32Array of 80 numbers');
    expect(() => dense.evaluate(good.inputs, [2])).toThrow(
      'core-wasm: layers[0] must be an integer from 0 to 1, got 2',
    );
    expect(() => dense.gradient(good, 1)).toThrow(
      'core-wasm: head must be a head from 0 to 0, or left out for all, got 1',
    );
    expect(() => dense.gradient(rowsFor(base, 17))).toThrow('core-wasm: a batch must be at most 16 rows');
    expect(() => dense.order(0, 0)).toThrow('core-wasm: rows must be an integer from 1');
    expect(() => dense.order(3, 2 ** 32)).toThrow('core-wasm: epoch must be an integer from 0');
    const bce = await open({ loss: 'bce' });
    expect(() => bce.train({ ...good, targets: new Float32Array(8).fill(1.5) }, { steps: 1 })).toThrow(
      'core-wasm: targets must be from 0 to 1 with bce, got 1.5',
    );
  });
});
