// Training on rows that a cell names: batches in a fresh order each epoch, a few rows watched. Its text is part of every dense store key.
import type { Dense } from 'core-wasm/dense';
import type { DenseCell } from './cell.ts';
import { type DenseData, readRows } from './data.ts';
import type { DenseRecord } from './record.ts';

/** What is read at one step, before its update. */
export interface Moment {
  t: number;
  losses: ArrayLike<number>; // [heads]
  distances: ArrayLike<number>; // [pairs][layers]
  outputs: ArrayLike<number>; // [rows][outputs]
}

export interface Course {
  kept: Moment[];
  steps: number;
  stopped: DenseRecord['stopped'];
}

/** Batches between two gathers of rows. */
const GATHER = 64;

/** Batches of an epoch, as lists of rows; the rows that do not fill a batch wait for another epoch. */
function* batchesOf(dense: Dense, rows: number, batch: number): Generator<Uint32Array> {
  for (let epoch = 0; ; epoch++) {
    const order = dense.order(rows, epoch);
    for (let from = 0; from + batch <= rows; from += batch) yield order.subarray(from, from + batch);
  }
}

/**
 * Trains and looks at the watched rows at the start, `samples` times, evenly spaced, on the way, and at the end.
 * The loss of a moment is the mean over the batches since the last one; that of the start is the first batch's.
 */
export function trainBatches(cell: DenseCell, dense: Dense, data: DenseData): Course {
  const { batch, watch } = cell.data!;
  const heads = cell.heads.length;
  const every = Math.max(1, Math.floor(cell.steps / cell.samples));
  const watched = readRows(data, watch).inputs;
  const batches = batchesOf(dense, data.rows, batch);
  const kept: Moment[] = [];
  const since = new Float64Array(heads);
  let stopped: DenseRecord['stopped'] = 'steps';
  let t = 0;
  while (t < cell.steps && stopped === 'steps') {
    const before = kept.length === 0 ? look(cell, dense, watched) : null;
    const end = Math.min(t + every, cell.steps);
    since.fill(0);
    for (let from = t; from < end; from += GATHER) {
      const count = Math.min(GATHER, end - from);
      const rows: number[] = [];
      for (let k = 0; k < count; k++) rows.push(...batches.next().value!);
      const order = Uint32Array.from(rows, (_, place) => place);
      const { losses } = dense.train(readRows(data, rows), { batch, order });
      if (from === 0) kept.push({ t: 0, losses: losses.slice(0, heads), ...before! });
      for (let s = 0; s < losses.length; s++) since[s % heads] += losses[s];
    }
    const mean = since.map((sum) => sum / (end - t));
    t = end;
    kept.push({ t, losses: mean, ...look(cell, dense, watched) });
    const loss = mean.reduce((sum, value) => sum + value, 0);
    if (!Number.isFinite(loss)) stopped = 'diverged';
    else if (loss <= cell.stopLoss) stopped = 'loss';
  }
  return { kept, steps: t, stopped };
}

function look({ layers, width, data }: DenseCell, dense: Dense, watched: Float32Array) {
  const { hidden, outputs } = dense.evaluate(watched, layers);
  const rows = data!.watch.length;
  const distances: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let s = r + 1; s < rows; s++) {
      for (const values of hidden) {
        let sum = 0;
        for (let i = 0; i < width; i++) {
          const d = values[s * width + i] - values[r * width + i];
          sum += d * d;
        }
        distances.push(sum);
      }
    }
  }
  return { distances, outputs };
}

/** Share of the rows whose largest output is that of the largest target. */
export function shareRight(dense: Dense, data: DenseData): number {
  let right = 0;
  const all = Array.from({ length: data.rows }, (_, row) => row);
  for (let from = 0; from < data.rows; from += 500) {
    const rows = all.slice(from, from + 500);
    const { inputs, targets } = readRows(data, rows);
    const { outputs } = dense.evaluate(inputs);
    for (let r = 0; r < rows.length; r++) {
      const of = (values: Float32Array) => largest(values.subarray(r * data.outputs, (r + 1) * data.outputs));
      if (of(outputs) === of(targets)) right++;
    }
  }
  return right / data.rows;
}

/** Place of the first largest value; -1 where none is a number. */
function largest(values: Float32Array): number {
  let best = -1;
  for (let k = 0; k < values.length; k++) {
    if (!Number.isNaN(values[k]) && (best < 0 || values[k] > values[best])) best = k;
  }
  return best;
}
