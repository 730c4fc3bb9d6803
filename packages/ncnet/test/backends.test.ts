// One suite over both backends: the reference is the meaning, the kernel must follow it for every option.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../src/backend.ts';
import { tableBits } from '../src/boolean-task.ts';
import type { CellInput, NcnetCell } from '../src/cell.ts';
import { asReference, cellOf, dice, OPTIONS, openBoth, randomTask } from './support.ts';

let wasm: Backend;
let reference: Backend;
beforeAll(async () => {
  ({ wasm, reference } = await openBoth());
});

const TASK_SETS = 20;
const STEPS = 50;
const REPLICAS = 6;

/** The cells of one task set: every value of every option once, the other options drawn. */
function cellsOf(seed: number): NcnetCell[] {
  const roll = dice(seed);
  const draw = <T>(values: readonly T[]): T => values[roll(values.length)];
  const cells: NcnetCell[] = [];
  for (const [key, values] of Object.entries(OPTIONS)) {
    for (const value of values) {
      const inputs = 1 + (cells.length % 6);
      const options: Record<string, unknown> = {
        inputs,
        alice: [randomTask(roll, inputs), randomTask(roll, inputs)],
        bob: [randomTask(roll, inputs), randomTask(roll, inputs)],
        hidden: draw([1, 2, 3, 4, 5, 8, 16, 33, 64]),
        steps: STEPS,
        seed: seed * 1000 + cells.length,
        gain: draw([0.5, 1, 2]),
        trainRows: inputs > 1 && roll(2) ? 1 + roll(2 ** inputs) : 'all',
      };
      for (const [other, choices] of Object.entries(OPTIONS)) options[other] = draw<unknown>(choices);
      options[key] = value;
      // Steps that descend: a rate above 2 / curvature makes every backend diverge, and diverging paths part.
      const scale = options.activation === 'relu' ? 8 : 2;
      const gentle = 1 / (scale * ((options.hidden as number) + 1) * (options.optimizer === 'momentum' ? 10 : 1));
      options.learningRate = options.optimizer === 'adam' ? 0.02 : gentle;
      cells.push(cellOf(options as Partial<CellInput> & { hidden: number }));
    }
  }
  return cells;
}

const requestOf = (cell: NcnetCell, restart = 0) => ({
  alice: tableBits(cell.alice[1]),
  bob: tableBits(cell.bob[0]),
  firstReplica: 1000 * (cell.seed % 7),
  replicas: REPLICAS,
  restart,
});

describe('wasm follows the reference', () => {
  it.each(Array.from({ length: TASK_SETS }, (_, k) => k + 1))('task set %i, every option', (seed) => {
    let far32 = 0;
    let total = 0;
    for (const cell of cellsOf(seed)) {
      const restart = cell.seed % 3;
      const meaning = reference.train(asReference(cell), requestOf(cell, restart));
      const start = reference.initialWeights(asReference(cell), requestOf(cell, restart));
      for (const dtype of ['f32', 'f64'] as const) {
        const trained = wasm.train({ ...cell, dtype }, requestOf(cell, restart));
        expect([...wasm.initialWeights({ ...cell, dtype }, requestOf(cell, restart))]).toEqual([...start]);
        expect(trained.trainingRows).toEqual(meaning.trainingRows);
        let far = 0;
        for (let p = 0; p < meaning.weights.length; p++) {
          const bound = dtype === 'f32' ? 1e-5 : 1e-10;
          if (!(Math.abs(trained.weights[p] - meaning.weights[p]) <= bound)) far++;
        }
        if (dtype === 'f32') {
          far32 += far;
          total += meaning.weights.length;
        } else {
          expect(far / meaning.weights.length, describeCell(cell)).toBeLessThanOrEqual(0.01);
        }
      }
    }
    expect(far32 / total).toBeLessThanOrEqual(0.01);
  });

  it('keeps a restart apart from another and the four contexts together', () => {
    const cell = cellOf({ hidden: 3 });
    const at = (restart: number) => [...wasm.initialWeights(cell, { firstReplica: 5, replicas: 2, restart })];
    expect(at(0)).not.toEqual(at(1));
    expect(at(1)).toEqual([
      ...reference.initialWeights(asReference(cell), { firstReplica: 5, replicas: 2, restart: 1 }),
    ]);
  });

  it.each([
    { activation: 'sigmoid', loss: 'bce', optimizer: 'adam', batch: 'full' },
    { activation: 'tanh', loss: 'mse', optimizer: 'adam', batch: 'full', coding: '01', learningRate: 0.02 },
    { activation: 'sigmoid', loss: 'bce', optimizer: 'momentum', batch: 1, learningRate: 0.05 },
  ] as Partial<CellInput>[])('agrees on probes and losses: %o', (options) => {
    const cell = cellOf({ ...options, hidden: 3, steps: 60, lossSteps: 'all', cosine: true });
    const meaning = reference.train(asReference(cell), requestOf(cell));
    const exact = wasm.train({ ...cell, dtype: 'f64' }, requestOf(cell));
    const fast = wasm.train(cell, requestOf(cell));
    expect(exact.rises).toEqual(meaning.rises);
    expect(exact.lossStep).toEqual(meaning.lossStep);
    for (let r = 0; r < REPLICAS; r++) {
      expect(exact.cosine![r]).toBeCloseTo(meaning.cosine![r], 9);
      expect(fast.cosine![r]).toBeCloseTo(meaning.cosine![r], 3);
      for (const head of [0, 1]) {
        expect(exact.losses[2 * r + head]).toBeCloseTo(meaning.losses[2 * r + head], 10);
        expect(fast.losses[2 * r + head]).toBeCloseTo(meaning.losses[2 * r + head], 4);
      }
    }
    for (let k = 0; k < meaning.outputs.length; k++) expect(exact.outputs[k]).toBeCloseTo(meaning.outputs[k], 9);
  });
});

function describeCell(cell: NcnetCell): string {
  const { inputs, hidden, activation, loss, optimizer, batch, coding, sharing, trainRows, gain } = cell;
  return JSON.stringify({ inputs, hidden, activation, loss, optimizer, batch, coding, sharing, trainRows, gain });
}
