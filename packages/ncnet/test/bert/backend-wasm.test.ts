// The kernels put before tfjs's on `wasm`, batched or transposed products and rows by index: against `cpu`, and against tfjs's own, whose calls are counted.
import tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBertBackend } from '../../src/bert/index.ts';
import { dice } from '../support.ts';

const TOLERANCE = 1e-6; // by the largest number
const roll = dice(5);

type Shape = readonly number[];
const size = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);
const numbers = (shape: Shape): Float32Array => Float32Array.from({ length: size(shape) }, () => roll(2001) / 1000 - 1);
const draw = (shape: Shape): tf.Tensor => tf.tensor(numbers(shape), [...shape]);

/** Before anything is put before them, tfjs's kernels learn to count. */
const calls = { BatchMatMul: 0, GatherV2: 0 };
const theirs = Object.fromEntries(
  (['BatchMatMul', 'GatherV2'] as const).map((name) => {
    const kernel = tf.getKernel(name, 'wasm');
    tf.unregisterKernel(name, 'wasm');
    const kernelFunc: typeof kernel.kernelFunc = (call) => {
      calls[name]++;
      return kernel.kernelFunc(call);
    };
    tf.registerKernel({ ...kernel, kernelFunc });
    return [name, kernel.kernelFunc];
  }),
);

let tensorsBefore: number;
beforeEach(async () => {
  await openBertBackend('wasm');
  Object.assign(calls, { BatchMatMul: 0, GatherV2: 0 });
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

/** What tfjs's own kernel computes on `wasm`. */
function byTheirs(name: string, inputs: Record<string, tf.Tensor>, attrs: Record<string, number | boolean>) {
  const backend = tf.backend();
  const { dataId, shape } = theirs[name]({ inputs, backend, attrs }) as tf.TensorInfo;
  const values = backend.readSync(dataId);
  backend.disposeData(dataId);
  return { shape, values };
}

/** The same numbers through `compute` on two backends; afterwards `wasm` is current. */
async function onBoth(shapes: readonly Shape[], compute: (...inputs: tf.Tensor[]) => tf.Tensor[]) {
  const inputs = shapes.map(numbers);
  const results = [];
  for (const backend of ['cpu', 'wasm'] as const) {
    await openBertBackend(backend);
    const tensors = tf.tidy(() => compute(...inputs.map((values, i) => tf.tensor(values, [...shapes[i]]))));
    results.push(tensors.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() })));
    tf.dispose(tensors);
  }
  return results;
}

function expectAgreement([cpu, wasm]: Awaited<ReturnType<typeof onBoth>>): void {
  expect(wasm.map(({ shape }) => shape)).toEqual(cpu.map(({ shape }) => shape));
  cpu.forEach(({ values }, i) => {
    const largest = Array.from(values, Math.abs).reduce((a, b) => Math.max(a, b));
    const distances = Array.from(values, (value, at) => Math.abs(value - wasm[i].values[at]));
    expect(largest).toBeGreaterThan(0.01);
    expect(Math.max(...distances) / largest).toBeLessThanOrEqual(TOLERANCE);
  });
}

const FLAGS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe('products', () => {
  const shapesOf = (outer: Shape, [m, k, n]: Shape, transposeA: boolean, transposeB: boolean): [Shape, Shape] => [
    [...outer, ...(transposeA ? [k, m] : [m, k])],
    [...outer, ...(transposeB ? [n, k] : [k, n])],
  ];

  describe.each(FLAGS)('transposeA %s, transposeB %s', (transposeA, transposeB) => {
    test.each<[Shape, Shape]>([
      [[6], [5, 7, 9]],
      [
        [2, 3],
        [13, 50, 6],
      ],
      [
        [2, 1],
        [1, 1, 1],
      ],
    ])('batched %j of %j: values and both gradients as on cpu', async (outer, sides) => {
      const [a, b] = shapesOf(outer, sides, transposeA, transposeB);
      const weights = [...outer, sides[0], sides[2]];
      const results = await onBoth([a, b, weights], (left, right, weight) => {
        const multiply = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.matMul(x, y, transposeA, transposeB);
        const loss = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(multiply(x, y), weight));
        return [multiply(left, right), ...tf.grads(loss)([left, right])];
      });
      expectAgreement(results);
      expect(calls.BatchMatMul).toBe(0);
    });

    test.each<[Shape, Shape]>([
      [[], [31, 65, 23]],
      [[1], [4, 48, 8]],
      [
        [4, 3],
        [24, 49, 10],
      ],
      [[40], [24, 97, 32]],
    ])("%j of %j have the bits of tfjs's own kernel", (outer, sides) => {
      const [a, b] = shapesOf(outer, sides, transposeA, transposeB).map(draw);
      const wanted = byTheirs('BatchMatMul', { a, b }, { transposeA, transposeB });
      const got = tf.matMul(a, b, transposeA, transposeB);
      expect({ shape: got.shape, values: got.dataSync() }).toEqual(wanted);
      expect(calls.BatchMatMul).toBe(size(outer) === 1 && !transposeA && !transposeB ? 1 : 0);
      tf.dispose([a, b, got]);
    });
  });

  test('a product that makes the heap grow, of a tensor from another backend', async () => {
    await openBertBackend('cpu');
    const b = draw([2, 4, 1500]);
    await openBertBackend('wasm');
    const a = draw([2, 1600, 4]);
    const got = tf.matMul(a, b);
    const wanted = byTheirs('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
    expect(got.dataSync().every((value, at) => Object.is(value, wanted.values[at]))).toBe(true);
    tf.dispose([a, b, got]);
  });

  test.each<[string, Shape, Shape]>([
    ['one plain product', [7, 5], [5, 9]],
    ['a batch of one', [1, 7, 5], [1, 5, 9]],
    ['a broadcast batch', [3, 7, 5], [1, 5, 9]],
    ['batches of unequal rank', [3, 7, 5], [5, 9]],
  ])("%s stays tfjs's", async (_, a, b) => {
    expectAgreement(await onBoth([a, b], (left, right) => [tf.matMul(left, right)]));
    expect(calls.BatchMatMul).toBe(1);
  });

  test('products without a term, and sides that do not fit, are answered as tfjs does', () => {
    const empty = tf.tidy(() => tf.matMul(tf.zeros([2, 3, 0]), tf.zeros([2, 0, 4])));
    expect([empty.shape, [...empty.dataSync()]]).toEqual([[2, 3, 4], new Array(24).fill(0)]);
    empty.dispose();
    const wrong = (): tf.Tensor => tf.tidy(() => tf.matMul(tf.zeros([2, 3, 4]), tf.zeros([2, 5, 3])));
    expect(wrong).toThrow('Error in matMul: inner shapes (4) and (5)');
    expect(calls.BatchMatMul).toBe(2);
  });

  test('the fused product stays as it is', async () => {
    const results = await onBoth([[7, 5], [9, 5], [9]], (left, right, bias) => {
      const [a, b] = [left as tf.Tensor2D, right as tf.Tensor2D];
      return [
        tf.fused.matMul({ a, b: tf.transpose(b), bias, activation: 'relu' }),
        tf.fused.matMul({ a, b, transposeB: true }),
      ];
    });
    expectAgreement(results);
    expect(calls.BatchMatMul).toBe(0);
  });
});

describe('rows by index', () => {
  const rows = [4, 0, 4, 2, 2, 4];
  const index = (values: number[], shape: number[] = [values.length]): tf.Tensor => tf.tensor(values, shape, 'int32');
  const gather = (x: tf.Tensor, indices: tf.Tensor, axis?: number): tf.Tensor =>
    tf.gather(x, indices as tf.Tensor1D, axis);

  test.each<[Shape, number[]]>([
    [[5], [6]],
    [[5, 3], [6]],
    [
      [5, 2, 33],
      [2, 3],
    ],
    [
      [5, 1],
      [1, 6, 1],
    ],
  ])('%j at indices %j: as on cpu', async (shape, places) => {
    expectAgreement(await onBoth([shape], (x) => [gather(x, index(rows, places))]));
    expect(calls.GatherV2).toBe(0);
  });

  test('one row, by a scalar, and one that makes the heap grow, from another backend', async () => {
    await openBertBackend('cpu');
    const [x, places] = [
      tf.tensor2d(
        Float32Array.from({ length: 6_000_000 }, (_, i) => i),
        [3, 2_000_000],
      ),
      index([2, 1]),
    ];
    await openBertBackend('wasm');
    const got = tf.tidy(() => [gather(x, places), gather(x, tf.scalar(1, 'int32'))]);
    expect(got.map(({ shape }) => shape)).toEqual([[2, 2_000_000], [2_000_000]]);
    const [all, two, one] = [x, ...got].map((tensor) => Buffer.from(tensor.dataSync().buffer));
    const row = (i: number): Buffer => all.subarray(i * 8_000_000, (i + 1) * 8_000_000);
    expect(Buffer.concat([row(2), row(1)]).equals(two)).toBe(true);
    expect(row(1).equals(one)).toBe(true);
    tf.dispose([x, places, ...got]);
  });

  test('other axes and types stay with tfjs', async () => {
    const results = await onBoth([[3, 5]], (x) => [
      gather(x, index([1, 4, 1]), 1),
      gather(tf.cast(tf.mul(x, 100), 'int32'), index([2, 2])),
    ]);
    expectAgreement(results);
    expect(calls.GatherV2).toBe(2);
  });

  test.each([5, -1])('index %i of 5 rows is named', (place) => {
    const at = (): tf.Tensor => tf.tidy(() => gather(draw([5, 3]), index([0, place, 2])));
    expect(at).toThrow(`gather: expected indices from 0 to 4, got ${place}; mend the indices`);
  });

  test('the gradient adds up the rows that were taken from one', async () => {
    const weights = numbers([6, 2, 3]);
    const results = await onBoth([[5, 2, 3]], (x) => [
      tf.grad((given) => tf.sum(tf.mul(gather(given, index(rows)), tf.tensor3d(weights, [6, 2, 3]))))(x),
      tf.unsortedSegmentSum(gather(x, index([0, 1, 2])), index([1, -1, 1]) as tf.Tensor1D, 4),
    ]);
    expectAgreement(results);
    expect(() => tf.tidy(() => tf.unsortedSegmentSum(index([1, 2]), index([0, 0]) as tf.Tensor1D, 1))).toThrow(
      'unsortedSegmentSum: expected float32, got int32; cast it',
    );
  });

  test('no index gives no row', () => {
    const none = tf.tidy(() => gather(draw([5, 3]), index([])));
    expect([none.shape, none.dataSync().length]).toEqual([[0, 3], 0]);
    none.dispose();
  });
});

test('opened twice, the kernels are put there once', async () => {
  const kernels = (): tf.KernelConfig[] => ['BatchMatMul', 'GatherV2'].map((name) => tf.getKernel(name, 'wasm'));
  const before = kernels();
  await Promise.all([openBertBackend('wasm'), openBertBackend('wasm')]);
  kernels().forEach((kernel, i) => {
    expect(kernel).toBe(before[i]);
  });
});
