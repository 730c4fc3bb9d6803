// trainDense: a dense cell and a range of replicas to their records, on the dense kernel. Its text is part of every dense store key.
import { type Dense, type DenseNetwork, type DenseRows, openDense } from 'core-wasm/dense';
import { type Course, type Moment, shareRight, trainBatches } from './batches.ts';
import type { DenseCell } from './cell.ts';
import { type DenseData, type OpenData, openLightData, readRows } from './data.ts';
import type { DenseProbe, DenseRecord } from './record.ts';
import { allPairs, denseSize } from './size.ts';
import { openTangents, type TangentProbe } from './tangents.ts';

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
    ...{
      hidden: new Array(cell.convolution ? 1 : cell.depth).fill(cell.width),
      headWeights: 'equal',
      replica,
      restart: 0,
    },
    ...{ inputs: denseSize(cell).inputs, rows: denseSize(cell).batch },
    ...(cell.convolution && { convolution: { ...cell.convolution, layers: cell.depth + 1 } }),
  };
}

export const denseRows = (cell: DenseCell): DenseRows => ({
  inputs: Float32Array.from(cell.inputs.flat()),
  targets: Float32Array.from(cell.targets.flat()),
});

/**
 * Trains the replicas of a range one after the other.
 * @param sha256 hexadecimal SHA-256 of bytes
 * @param open the rows of cells that name them; by default those that need no files
 */
export async function trainDense(
  cell: DenseCell,
  { first, count }: { first: number; count: number },
  module: WebAssembly.Module,
  sha256: (bytes: Uint8Array) => string,
  open: OpenData = openLightData,
): Promise<TrainedDense> {
  const records: DenseRecord[] = [];
  const probes: DenseProbe[] = [];
  const data = cell.data === undefined ? null : await open(cell.data);
  for (let replica = first; replica < first + count; replica++) {
    const dense = await openDense(module, denseNetwork(cell, replica));
    const { record, probe } = trainReplica(cell, replica, dense, data, sha256);
    records.push(record);
    probes.push(probe);
  }
  return { records, probes };
}

function trainReplica(
  cell: DenseCell,
  replica: number,
  dense: Dense,
  data: DenseData | null,
  sha256: (bytes: Uint8Array) => string,
) {
  const watched = data === null ? denseRows(cell).inputs : readRows(data, cell.data!.watch).inputs;
  const { layers } = cell;
  const { watched: rows } = denseSize(cell);
  const start = dense.evaluate(watched, layers).hidden;
  const tangents = data === null ? openTangents(cell, dense, denseRows(cell)) : null;
  const { kept, steps, stopped } = data === null ? trainRows(cell, dense, tangents) : trainBatches(cell, dense, data);
  const end = dense.evaluate(watched, layers).hidden;
  const weights = dense.weights();
  const record: DenseRecord = {
    ...(data?.heldOut === undefined ? {} : { heldOutAccuracy: shareRight(dense, data.heldOut) }),
    losses: digits(kept[kept.length - 1].losses),
    replica,
    steps,
    stopped,
    weights: sha256(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength)),
  };
  const pairs = data === null ? cell.pairs : allPairs(cell.data!.watch.length);
  const probe: DenseProbe = {
    distances: kept.flatMap((moment) => digits(moment.distances)),
    losses: kept.flatMap((moment) => digits(moment.losses)),
    moved2: digits(layers.map((_, l) => squares(end[l], start[l]) / squares(start[l]))),
    outputs: kept.flatMap((moment) => digits(moment.outputs)),
    replica,
    t: kept.map((moment) => moment.t),
    ...(tangents === null ? {} : { tangents: tangentsOf(tangents, steps) }),
    turned2: digits(
      pairs.flatMap(([r, s]) =>
        layers.map((_, l) => signedSquare(between(start[l], r, s, rows), between(end[l], r, s, rows))),
      ),
    ),
  };
  return { record, probe };
}

function tangentsOf(probe: TangentProbe, steps: number): NonNullable<DenseProbe['tangents']> {
  const { gradients, kernel, overlap2, t } = probe.close(steps);
  return { gradients: digits(gradients), kernel: digits(kernel), overlap2: digits(overlap2), t };
}

/** All rows in every step; the moments kept are evenly spaced, and the last. */
function trainRows(cell: DenseCell, dense: Dense, tangents: TangentProbe | null): Course {
  const data = denseRows(cell);
  const { pairs, layers, samples } = cell;
  const heads = cell.heads.length;
  const perStep = { distances: pairs.length * layers.length, outputs: data.targets.length };
  const kept: Moment[] = [];
  let every = 1;
  let last: Moment | null = null;
  let stopped: DenseRecord['stopped'] = 'steps';
  for (let t = 0; t < cell.steps && stopped === 'steps'; ) {
    const steps = Math.min(STRIDE - (t % STRIDE), cell.steps - t, tangents?.look(t) ?? STRIDE);
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
    if (t % STRIDE > 0 && t < cell.steps) continue; // cut short for a look at the tangents
    const loss = Array.from(last!.losses).reduce((sum, value) => sum + value, 0);
    if (!Number.isFinite(loss)) stopped = 'diverged';
    else if (loss <= cell.stopLoss) stopped = 'loss';
  }
  if (kept[kept.length - 1] !== last) kept.push(last!);
  return { kept, steps: last!.t + 1, stopped };
}

/** Nine significant digits, which every f32 needs to come back; null where there is no number. */
const digits = (values: ArrayLike<number>): (number | null)[] =>
  Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : null));

function squares(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - (b?.[i] ?? 0)) ** 2;
  return sum;
}

/** The difference of two of [rows][width]. */
function between(hidden: Float32Array, r: number, s: number, rows: number): number[] {
  const width = hidden.length / rows;
  return Array.from({ length: width }, (_, i) => hidden[s * width + i] - hidden[r * width + i]);
}

/** The square of the cosine of two vectors, with the cosine's sign: without a root, which a host need not round as another does. */
function signedSquare(a: number[], b: number[]): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return (ab * (ab < 0 ? -ab : ab)) / (aa * bb);
}
