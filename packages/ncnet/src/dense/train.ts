// trainDense: a dense cell and a range of replicas to their records, on the dense kernel. Its text is part of every dense store key.
import { type Dense, type DenseNetwork, type DenseRows, openDense } from 'core-wasm/dense';
import type { DenseCell } from './cell.ts';
import type { DenseProbe, DenseRecord } from './record.ts';

export interface TrainedDense {
  records: DenseRecord[];
  probes: DenseProbe[];
}

/** Steps between two looks at the loss. */
const STRIDE = 10;

/** The kernel's view of a cell. */
export function denseNetwork(cell: DenseCell, replica: number): DenseNetwork {
  const { heads, activation, loss, reduction, optimizer, learningRate, initial, gain, bias, skip, dropout, seed } =
    cell;
  return {
    ...{ heads, activation, loss, reduction, optimizer, learningRate, initial, gain, bias, skip, dropout, seed },
    ...{ inputs: cell.inputs[0].length, hidden: new Array(cell.depth).fill(cell.width), headWeights: 'equal' },
    ...{ rows: cell.inputs.length, replica, restart: 0 },
  };
}

export const denseRows = (cell: DenseCell): DenseRows => ({
  inputs: Float32Array.from(cell.inputs.flat()),
  targets: Float32Array.from(cell.targets.flat()),
});

/**
 * Trains the replicas of a range one after the other.
 * @param sha256 hexadecimal SHA-256 of bytes
 */
export async function trainDense(
  cell: DenseCell,
  { first, count }: { first: number; count: number },
  module: WebAssembly.Module,
  sha256: (bytes: Uint8Array) => string,
): Promise<TrainedDense> {
  const records: DenseRecord[] = [];
  const probes: DenseProbe[] = [];
  for (let replica = first; replica < first + count; replica++) {
    const dense = await openDense(module, denseNetwork(cell, replica));
    const { record, probe } = trainReplica(cell, replica, dense, sha256);
    records.push(record);
    probes.push(probe);
  }
  return { records, probes };
}

function trainReplica(cell: DenseCell, replica: number, dense: Dense, sha256: (bytes: Uint8Array) => string) {
  const data = denseRows(cell);
  const { pairs, layers, samples } = cell;
  const heads = cell.heads.length;
  const perStep = { distances: pairs.length * layers.length, outputs: data.targets.length };
  const start = dense.evaluate(data.inputs, layers).hidden;
  const kept: Moment[] = [];
  let every = 1;
  let last: Moment | null = null;
  let stopped: DenseRecord['stopped'] = 'steps';
  for (let t = 0; t < cell.steps && stopped === 'steps'; ) {
    const steps = Math.min(STRIDE, cell.steps - t);
    const trace = dense.train(data, { steps }, { pairs, layers });
    for (let s = 0; s < steps; s++, t++) {
      last = {
        t,
        losses: trace.losses.slice(s * heads, (s + 1) * heads),
        distances: trace.distances!.slice(s * perStep.distances, (s + 1) * perStep.distances),
        outputs: trace.outputs!.slice(s * perStep.outputs, (s + 1) * perStep.outputs),
      };
      if (t % every === 0) kept.push(last);
      if (kept.length < 2 * samples) continue;
      every *= 2; // twice as far apart from here on, and so far
      for (let k = 0; k < samples; k++) kept[k] = kept[2 * k];
      kept.length = samples;
    }
    const loss = last!.losses.reduce((sum, value) => sum + value, 0);
    if (!Number.isFinite(loss)) stopped = 'diverged';
    else if (loss <= cell.stopLoss) stopped = 'loss';
  }
  if (kept[kept.length - 1] !== last) kept.push(last!);
  const end = dense.evaluate(data.inputs, layers).hidden;
  const weights = dense.weights();
  const record: DenseRecord = {
    losses: digits(last!.losses),
    replica,
    steps: last!.t + 1,
    stopped,
    weights: sha256(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength)),
  };
  const probe: DenseProbe = {
    distances: kept.flatMap((moment) => digits(moment.distances)),
    losses: kept.flatMap((moment) => digits(moment.losses)),
    moved: digits(layers.map((_, l) => Math.sqrt(squares(end[l], start[l]) / squares(start[l])))),
    outputs: kept.flatMap((moment) => digits(moment.outputs)),
    replica,
    t: kept.map((moment) => moment.t),
    turned: digits(
      pairs.flatMap(([r, s]) =>
        layers.map((_, l) => cosine(between(start[l], r, s, cell), between(end[l], r, s, cell))),
      ),
    ),
  };
  return { record, probe };
}

interface Moment {
  t: number;
  losses: Float64Array;
  distances: Float64Array;
  outputs: Float32Array;
}

/** Nine significant digits, which every f32 needs to come back; null where there is no number. */
const digits = (values: ArrayLike<number>): (number | null)[] =>
  Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : null));

function squares(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - (b?.[i] ?? 0)) ** 2;
  return sum;
}

const between = (hidden: Float32Array, r: number, s: number, { width }: DenseCell): number[] =>
  Array.from({ length: width }, (_, i) => hidden[s * width + i] - hidden[r * width + i]);

function cosine(a: number[], b: number[]): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}
