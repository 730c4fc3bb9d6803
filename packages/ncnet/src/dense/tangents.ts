// Tangents of a dense network while it trains: how the heads' gradients meet in the trunk, and how far the tangent kernel moves. Part of every dense store key.
import type { Dense, DenseRows } from 'core-wasm/dense';
import type { DenseCell } from './cell.ts';

/** Products and squares, no roots: a host need not round them as another does. */
export interface Tangents {
  gradients: number[]; // [looks][heads a <= b] g_a . g_b over the trunk's parameters, g of a head's loss: 00, 01, .., 11, ..
  kernel: number[]; // [3] <K0,K0>, <K0,KT>, <KT,KT> of the tangent kernels K = J J^T at the start and the end
  overlap2: number[]; // [2][heads a < b] at the start and the end: squared cosine of the heads' weights, with the cosine's sign
  t: number[]; // [looks] steps done before the look
}

export interface TangentProbe {
  /** Reads the gradients where as many steps are done as the next look asks for, and gives the steps to the one after; changes nothing in the network. */
  look(t: number): number;
  /** The last look, after all steps. */
  close(t: number): Tangents;
}

/**
 * Opens the reading of a network's tangents; null for cells that do not ask for it. The parameters of the trunk are
 * those of all hidden layers, weights and biases; K runs over all rows and outputs and over all parameters, the heads' included.
 */
export function openTangents(cell: DenseCell, dense: Dense, rows: DenseRows): TangentProbe | null {
  const parts = cell.tangents;
  if (parts === undefined) return null;
  const trunk = dense.parameters - headParameters(cell);
  const start = { kernel: tangentKernel(cell, dense, rows), overlap2: headOverlaps(cell, dense) };
  const gradients: number[] = [];
  const t: number[] = [];
  let next = 0;
  const read = (step: number) => {
    const own = cell.heads.map((_, head) => dense.gradient(rows, head).subarray(0, trunk));
    for (const [a, one] of own.entries()) for (const other of own.slice(a)) gradients.push(dot(one, other));
    t.push(step);
  };
  return {
    look: (step) => {
      if (step === next) {
        read(step);
        next += Math.max(1, Math.floor(step / parts)); // the heads meet soonest after the start
      }
      return next - step;
    },
    close: (step) => {
      read(step);
      const end = tangentKernel(cell, dense, rows);
      const kernel = [dot(start.kernel, start.kernel), dot(start.kernel, end), dot(end, end)];
      return { gradients, kernel, overlap2: [...start.overlap2, ...headOverlaps(cell, dense)], t };
    },
  };
}

const outputsOf = ({ heads }: DenseCell): number => heads.reduce((sum, width) => sum + width, 0);

const headParameters = (cell: DenseCell): number => outputsOf(cell) * (cell.width + (cell.bias ? 1 : 0));

/**
 * The Jacobian of every output at every row, [rows x outputs][parameters], from the kernel's gradients: a loss of one row
 * whose targets are its outputs but for one has that output's derivative, times what is left to the target there.
 */
export function jacobian(cell: DenseCell, dense: Dense, inputs: Float32Array): Float64Array[] {
  const width = inputs.length / cell.inputs.length;
  const heads = cell.heads.flatMap((own) => new Array<number>(own).fill(own)); // of an output, its head's width
  return cell.inputs.flatMap((_, row) => {
    const own = inputs.subarray(row * width, (row + 1) * width);
    const { outputs } = dense.evaluate(own);
    return heads.map((wide, o) => {
      const targets = outputs.slice();
      const value = outputs[o];
      targets[o] = value > 1 || value < -1 ? 0 : value - 1; // never so near that the difference rounds to nothing
      const left = value - targets[o];
      const slope = left * (cell.loss === 'mse' ? 2 : 1);
      const factor = cell.reduction === 'mean' ? slope / wide : slope;
      return Float64Array.from(dense.gradient({ inputs: own, targets }), (g) => g / factor);
    });
  });
}

/** K = J J^T, [rows x outputs][rows x outputs] row by row. */
function tangentKernel(cell: DenseCell, dense: Dense, { inputs }: DenseRows): Float64Array {
  const rows = jacobian(cell, dense, inputs);
  return Float64Array.from(rows.flatMap((one) => rows.map((other) => dot(one, other))));
}

/**
 * For heads of one output the squared cosine of their weight vectors (no biases), with its sign. Of wider ones
 * |W_a W_b^T|^2 / (|W_a|^2 |W_b|^2), where each product of two outputs counts with its sign.
 */
function headOverlaps(cell: DenseCell, dense: Dense): number[] {
  const { heads, width } = cell;
  const weights = dense.weights().subarray(dense.parameters - headParameters(cell));
  let output = 0;
  const own = heads.map((wide) =>
    Array.from({ length: wide }, () => weights.subarray(output * width, ++output * width)),
  );
  const square = (head: Float32Array[]) => head.reduce((sum, one) => sum + dot(one, one), 0);
  return own.flatMap((a, k) =>
    own.slice(k + 1).map((b) => {
      const products = a.flatMap((one) => b.map((other) => dot(one, other)));
      return products.reduce((sum, p) => sum + (p < 0 ? -p * p : p * p), 0) / (square(a) * square(b));
    }),
  );
}

function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
