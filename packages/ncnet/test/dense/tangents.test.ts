// Tangent probes: Jacobians against finite differences of a plain network, conflict and kernel movement where they are known, and nothing moved.
import { openDense } from 'core-wasm/dense';
import { readDense } from 'core-wasm/dense-node';
import { describe, expect, it } from 'vitest';
import {
  type DenseCell,
  DenseProbe,
  type DenseRun,
  denseNetwork,
  denseRows,
  gradientConflict,
  headOverlap,
  jacobian,
  kernelMovement,
  makeDenseCell,
  openTangents,
  trainDense,
} from '../../src/dense/index.ts';
import { canonicalJson, recordLine } from '../../src/index.ts';
import { sha256, TRAINING_SOURCES } from '../../src/node.ts';

const module = new WebAssembly.Module(readDense().bytes);
const ROWS = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];
const tiny = { depth: 1, width: 3, activation: 'tanh', learningRate: 0.2, samples: 4, steps: 40 } as const;
const square = (targets: number[][], more: Partial<DenseCell> = {}) =>
  makeDenseCell({ ...tiny, stopLoss: 0, inputs: ROWS, targets, heads: [1, 1], tangents: 4, ...more });

async function train(cell: DenseCell, replica = 0): Promise<DenseRun> {
  const { records, probes } = await trainDense(cell, { first: replica, count: 1 }, module, sha256);
  return { record: records[0], probe: probes[0] };
}

const FUNCTIONS: Record<string, (z: number) => number> = {
  linear: (z) => z,
  relu: (z) => Math.max(0, z),
  'leaky-relu': (z) => (z < 0 ? 0.01 * z : z),
  tanh: Math.tanh,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  elu: (z) => (z < 0 ? Math.expm1(z) : z),
  swish: (z) => z / (1 + Math.exp(-z)),
};

/** Outputs of one row by plain loops over weights as `Dense.weights` lists them. */
function outputsOf(cell: DenseCell, weights: ArrayLike<number>, row: number[]): number[] {
  let place = 0;
  let values = row;
  for (let layer = 0; layer <= cell.depth; layer++) {
    const wide = layer < cell.depth ? cell.width : cell.heads.reduce((sum, head) => sum + head, 0);
    const sums = Array.from({ length: wide }, () => values.reduce((sum, value) => sum + value * weights[place++], 0));
    if (cell.bias) for (let k = 0; k < wide; k++) sums[k] += weights[place++];
    values = layer < cell.depth ? sums.map(FUNCTIONS[cell.activation]) : sums;
  }
  return values;
}

describe('jacobian', () => {
  const targets = ROWS.map(([x, y]) => [x, y, x * y]);
  const cases = (['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid', 'elu', 'swish'] as const).flatMap((activation) =>
    [1, 3].map((depth) => ({ activation, depth })),
  );
  it.each(cases)('is that of finite differences: $activation, depth $depth', async ({ activation, depth }) => {
    for (const [loss, reduction, bias] of [
      ['half-mse', 'mean', true],
      ['mse', 'sum', false],
    ] as const) {
      const cell = makeDenseCell({
        ...{ depth, activation, loss, reduction, bias, width: 4, gain: 1.5, inputs: ROWS, targets, heads: [1, 2] },
      });
      const dense = await openDense(module, denseNetwork(cell, 3));
      dense.train(denseRows(cell), { steps: 3 });
      const weights = Float64Array.from(dense.weights());
      const found = jacobian(cell, dense, denseRows(cell).inputs);
      expect(found).toHaveLength(12);
      const h = 1e-6;
      for (const [p, weight] of weights.entries()) {
        const at = (value: number) => {
          weights[p] = value;
          return ROWS.flatMap((row) => outputsOf(cell, weights, row));
        };
        const [below, above] = [at(weight - h), at(weight + h)];
        weights[p] = weight;
        for (const [k, one] of found.entries())
          expect(Math.abs(one[p] - (above[k] - below[k]) / (2 * h))).toBeLessThan(2e-6);
      }
    }
  });
});

describe('a cell with tangents', () => {
  it('trains as the one without: the record and the rest of the probe are the same', async () => {
    const cell = square(ROWS);
    const { tangents: _, ...without } = cell;
    const [looked, plain] = [await train(cell), await train(without)];
    expect(looked.record).toEqual(plain.record);
    const { tangents, ...rest } = looked.probe;
    expect(rest).toEqual(plain.probe);
    expect(plain.probe).not.toHaveProperty('tangents');
    expect(tangents!.t).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33, 40]);
    expect(tangents!.gradients).toHaveLength(3 * 17);
    expect(DenseProbe.parse(looked.probe)).toEqual(looked.probe);
    expect(recordLine(looked.probe as never)).toBe(`${canonicalJson(looked.probe)}\n`);
  });

  it('stops where the one without stops', async () => {
    const cell = square(ROWS, { steps: 4000, stopLoss: 0.01 });
    const { tangents: _, ...without } = cell;
    const [looked, plain] = [await train(cell), await train(without)];
    expect(looked.record).toEqual(plain.record);
    expect(looked.record.stopped).toBe('loss');
    expect(looked.probe.tangents!.t.at(-1)).toBe(looked.record.steps);
  });

  it('holds the products of the heads’ gradients over the trunk', async () => {
    const cell = square(ROWS, { depth: 2 });
    const run = await train(cell, 5);
    const dense = await openDense(module, denseNetwork(cell, 5));
    dense.train(denseRows(cell), { steps: 12 });
    const trunk = 3 * 3 + 4 * 3;
    const [a, b] = [0, 1].map((head) => dense.gradient(denseRows(cell), head).slice(0, trunk));
    const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, k) => sum + value * y[k], 0);
    for (const [k, value] of [product(a, a), product(a, b), product(b, b)].entries())
      expect(run.probe.tangents!.gradients[3 * 10 + k]! / value).toBeCloseTo(1, 6);
  });

  it('refuses what it has no meaning for, naming the field', () => {
    expect(() => square(ROWS, { dropout: 0.1 })).toThrow('expected 0 with tangents');
    expect(() => square(ROWS, { tangents: 0 })).toThrow(/tangents/);
    const data = { source: 'blobs' as const, side: 3, pixels: 2, batch: 4, watch: [0, 1] };
    expect(() => makeDenseCell({ ...tiny, data, tangents: 4 })).toThrow('expected listed rows, got data blobs');
  });

  it('is hashed into the keys', () => expect(TRAINING_SOURCES['dense-wasm']).toContain('dense/tangents.ts'));
});

describe('gradientConflict', () => {
  it('is 0 for two heads that are the same and 1 for one against its mirror', () => {
    const of = (gradients: number[]) => {
      const tangents = { gradients, kernel: [1, 1, 1], overlap2: [], t: [0, 1] };
      return gradientConflict({ heads: [1, 1] }, [{ probe: { tangents } } as unknown as DenseRun]);
    };
    expect(of([4, 4, 4, 1, 1, 1])).toBe(0);
    expect(of([4, -4, 4, 1, -1, 1])).toBe(1);
    expect(of([4, -2, 4, 1, 0.5, 1])).toBeCloseTo(2 / 5, 15);
  });

  it('is 0 of two equal heads with one task, and above 0 where their tasks are opposite', async () => {
    for (const opposite of [false, true]) {
      const cell = square(ROWS.map(([x, y]) => [x * y, opposite ? -x * y : x * y]));
      const dense = await openDense(module, denseNetwork(cell, 0));
      const weights = dense.weights();
      weights.copyWithin(12, 9, 12); // head B starts as head A; the biases are 0
      dense.reset(weights);
      const probe = openTangents(cell, dense, denseRows(cell))!;
      for (let t = 0; t < 40; ) {
        const steps = Math.min(probe.look(t), 40 - t);
        dense.train(denseRows(cell), { steps });
        t += steps;
      }
      const tangents = probe.close(40);
      const conflict = gradientConflict(cell, [{ probe: { tangents } } as unknown as DenseRun]);
      if (opposite) expect(conflict).toBeGreaterThan(0.2);
      else expect(conflict).toBe(0);
      expect(tangents.overlap2[0]).toBeCloseTo(1, 12);
    }
  });

  it('is, by trapezoids between few looks, that of all steps within .02', async () => {
    const targets = ROWS.map(([x, y]) => [x, -x * y]);
    for (const gain of [0.05, 1]) {
      for (const replica of [0, 1, 2, 3]) {
        const cell = square(targets, { width: 2, gain, steps: 3000 });
        const of = async (tangents: number) => gradientConflict(cell, [await train({ ...cell, tangents }, replica)]);
        expect(Math.abs((await of(48)) - (await of(3000)))).toBeLessThan(0.02);
      }
    }
  });
});

describe('kernelMovement and headOverlap', () => {
  it('the kernel of a linear map does not move, and that of a network does', async () => {
    // a hidden layer so wide that it is all but linear in its parameters against one of small weights
    const lazy = square(ROWS, { width: 400, gain: 8, learningRate: 1e-4 });
    const rich = square(ROWS, { width: 4, gain: 0.1, steps: 400 });
    expect(kernelMovement(await train(lazy))).toBeLessThan(0.01);
    expect(kernelMovement(await train(rich))).toBeGreaterThan(0.2);
  });

  it('is the cosine of the heads’ weights at the end', async () => {
    const cell = square(ROWS, { heads: [1, 1] });
    const run = await train(cell, 2);
    const dense = await openDense(module, denseNetwork(cell, 2));
    const cosine = () => {
      const [a, b] = [0, 1].map((head) => [...dense.weights().slice(9 + 3 * head, 12 + 3 * head)]);
      const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    expect(headOverlap(run).start).toBeCloseTo(cosine(), 6);
    dense.train(denseRows(cell), { steps: 40 });
    expect(headOverlap(run).end).toBeCloseTo(cosine(), 6);
  });

  it('says what is missing from a run without tangents', async () => {
    const { tangents: _, ...without } = square(ROWS);
    const run = await train(without);
    expect(() => kernelMovement(run)).toThrow('expected a probe with tangents, got one without');
  });
});

it('cells without tangents keep their bytes: cell, records and probes', async () => {
  const cell = makeDenseCell({
    ...{ depth: 3, width: 9, gain: 0.9, learningRate: 0.05, samples: 8, steps: 57, heads: [1, 2] },
    targets: [
      [0, 1, 0],
      [1, 1, 2],
    ],
  });
  const { records, probes } = await trainDense(cell, { first: 0, count: 2 }, module, sha256);
  // taken before there were tangents
  expect([cell, records, probes].map((value) => sha256(canonicalJson(value)))).toEqual([
    '069a2a49bf135141ad822e05952bb43fef563ca676c5101566a6ae1211c6e2dc',
    '4598b09a0602ecd97ee83a1e9f235438177159e1f83bc1b9a7278ec7f53a0de4',
    '8b9bbcff813b56eb3dcfbb1c901d2b513b2fad49eb39b5bbf67636ea85b64b93',
  ]);
});
