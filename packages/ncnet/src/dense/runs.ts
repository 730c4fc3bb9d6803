// Records of dense replicas as curves: H, Y and w of a pair of rows at a layer, for the theory's fits. Pure arithmetic.
import type { DenseCell } from './cell.ts';
import type { DenseProbe, DenseRecord } from './record.ts';

/** One trained replica: its record and what was read on the way. */
export interface DenseRun {
  record: DenseRecord;
  probe: DenseProbe;
}

/** The statistics of a dense block are its runs. */
export interface DenseStatistics {
  runs: DenseRun[];
}

/** A dense cell with all its replicas, in order. */
export interface DenseRecords {
  cell: DenseCell;
  replicas: number;
  recordHash: string;
  probeHash: string | null;
  blocks: string[];
  statistics: DenseStatistics;
}

export function denseStatistics(records: DenseRecord[], probes: DenseProbe[]): DenseStatistics {
  return { runs: records.map((record, index) => ({ record, probe: probes[index] })) };
}

export const joinDense = (parts: DenseStatistics[]): DenseStatistics => ({ runs: parts.flatMap(({ runs }) => runs) });

/** Curves of two rows, time in steps x learning rate. */
export interface DenseCurves {
  t: Float64Array;
  /** |dh|^2 */
  H: Float64Array;
  /** |dy|^2 */
  Y: Float64Array;
  /** dy . (dy - dy*) */
  w: Float64Array;
  /** summed over heads */
  loss: Float64Array;
}

/** The constants of a pair of rows: |dx|^2, |dy*|, and of one head alone if it is named. */
export function pairConstants(cell: DenseCell, pair = 0, head?: number): { dx2: number; dyStar: number } {
  const [r, s] = cell.pairs[pair];
  const [from, to] = outputsOf(cell, head);
  const squared = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + (b[i] - value) ** 2, 0);
  return {
    dx2: squared(cell.inputs[r], cell.inputs[s]),
    dyStar: Math.sqrt(squared(cell.targets[r].slice(from, to), cell.targets[s].slice(from, to))),
  };
}

function outputsOf({ heads }: DenseCell, head?: number): [number, number] {
  const total = heads.reduce((sum, width) => sum + width, 0);
  if (head === undefined) return [0, total];
  const from = heads.slice(0, head).reduce((sum, width) => sum + width, 0);
  return [from, from + heads[head]];
}

/**
 * H, Y and w of a pair of rows at a hidden layer; moments with a number that is not finite end the curves.
 * @param layer its number in the network, which must be one of cell.layers
 * @param head whose outputs make Y and w; all of them if left out
 */
export function pairCurves(cell: DenseCell, { probe }: DenseRun, layer: number, pair = 0, head?: number): DenseCurves {
  const { pairs, layers, targets, heads } = cell;
  const place = layers.indexOf(layer);
  if (place < 0) throw new Error(`pairCurves: expected a probed layer (${layers.join(', ')}), got ${layer}; probe it`);
  const [r, s] = pairs[pair];
  const outputs = targets[0].length;
  const [from, to] = outputsOf(cell, head);
  const columns: Record<keyof DenseCurves, number[]> = { t: [], H: [], Y: [], w: [], loss: [] };
  for (const [moment, step] of probe.t.entries()) {
    const H = probe.distances[(moment * pairs.length + pair) * layers.length + place];
    const losses = probe.losses.slice(moment * heads.length, (moment + 1) * heads.length);
    let Y: number | null = 0;
    let w = 0;
    for (let o = from; o < to; o++) {
      const [a, b] = [r, s].map((row) => probe.outputs[(moment * targets.length + row) * outputs + o]);
      if (a === null || b === null) {
        Y = null;
        break;
      }
      const dy: number = b - a;
      Y += dy * dy;
      w += dy * (dy - (targets[s][o] - targets[r][o]));
    }
    if (H === null || Y === null || losses.includes(null)) break;
    columns.t.push(step * cell.learningRate);
    columns.H.push(H);
    columns.Y.push(Y);
    columns.w.push(w);
    columns.loss.push((losses as number[]).reduce((sum, value) => sum + value, 0));
  }
  const { t, H, Y, w, loss } = columns;
  const array = (values: number[]) => Float64Array.from(values);
  return { t: array(t), H: array(H), Y: array(Y), w: array(w), loss: array(loss) };
}

/** Distances |dh| of all probed pairs at a layer, at the start and at the end; [pairs]. */
export function endDistances(cell: DenseCell, { probe }: DenseRun, layer: number): { start: number[]; end: number[] } {
  const { pairs, layers } = cell;
  const place = layers.indexOf(layer);
  const at = (moment: number) =>
    pairs.map((_, pair) =>
      Math.sqrt(probe.distances[(moment * pairs.length + pair) * layers.length + place] ?? Number.NaN),
    );
  return { start: at(0), end: at(probe.t.length - 1) };
}

/** How far the hidden values of all rows moved at a probed layer, |h(end) - h(0)| / |h(0)|; `place` counts cell.layers. */
export const movedShare = ({ probe }: DenseRun, place = 0): number => Math.sqrt(probe.moved2[place] ?? Number.NaN);

/** Cosine of dh at the end with dh at the start, of the first pair at the first probed layer. */
export function turnedCosine({ probe }: DenseRun): number {
  return signedRoot(probe.turned2[0]);
}

/** The number whose square, with the number's sign, a probe holds. */
function signedRoot(square: number | null | undefined): number {
  return Math.sign(square ?? Number.NaN) * Math.sqrt(Math.abs(square ?? Number.NaN));
}

/** What a run of a cell with `tangents` holds; heads are compared a < b in the order 01, 02, .., 12, .. */
function tangentsOf({ probe }: DenseRun): NonNullable<DenseProbe['tangents']> {
  if (probe.tangents !== undefined) return probe.tangents;
  throw new Error('tangentsOf: expected a probe with tangents, got one without; give the cell `tangents: 16`');
}

/**
 * How much heads a and b pull the trunk apart: sum of -min(g_a . g_b, 0) over sum of |g_a| |g_b|, over all steps of all
 * runs, by the trapezoids between the looks. 0 where their gradients never oppose each other, 1 where they always do, one
 * exactly against the other.
 */
export function gradientConflict({ heads }: Pick<DenseCell, 'heads'>, runs: readonly DenseRun[], a = 0, b = 1): number {
  const n = heads.length;
  const place = (row: number, column: number) => row * n - (row * (row - 1)) / 2 + column - row;
  const each = (n * (n + 1)) / 2;
  let [against, all] = [0, 0];
  for (const { gradients, t } of runs.map(tangentsOf)) {
    for (const look of t.keys()) {
      const at = (row: number, column: number) => gradients[look * each + place(row, column)] ?? Number.NaN;
      const steps = (t[look + 1] ?? t[look]) - (t[look - 1] ?? t[look]); // twice those that it stands for
      against += steps * Math.max(0, -at(a, b));
      all += steps * Math.sqrt(at(a, a) * at(b, b));
    }
  }
  return against / all;
}

/** How far the tangent kernel of a run moved: 1 - <K0,KT> / (|K0| |KT|); 0 in a lazy network. */
export function kernelMovement(run: DenseRun): number {
  const [first, both, last] = tangentsOf(run).kernel.map((value) => value ?? Number.NaN);
  return 1 - both / Math.sqrt(first * last);
}

/** Cosine of the weights of heads 0 and 1 at the start and the end; of wider heads see `openTangents`. */
export function headOverlap(run: DenseRun): { start: number; end: number } {
  const { overlap2 } = tangentsOf(run);
  return { start: signedRoot(overlap2[0]), end: signedRoot(overlap2[overlap2.length / 2]) };
}
