// The backend `wasm`: tfjs's own, with two kernels put before those that are slow, batched or transposed products and rows by index, and the latter's gradient.
import tf from '@tensorflow/tfjs';
import { type Matmul, openMatmul, type Product } from 'core-wasm/matmul';
import { readMatmul } from 'core-wasm/matmul-node';
import { BackendUnavailable } from './backend-unavailable.ts';

/** What is used of tfjs-backend-wasm's backend object. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array; // an Int32Array for int32
}

interface Call<Attributes> {
  inputs: Record<string, tf.TensorInfo>;
  backend: WasmBackend;
  attrs: Attributes;
}
type Kernel<Attributes> = (call: Call<Attributes>) => tf.TensorInfo | null;

let prepared: Promise<void> | undefined;

export async function startWasm(): Promise<{ device: string; versions: Record<string, string> }> {
  prepared ??= prepare();
  await prepared;
  if (!(await tf.setBackend('wasm'))) {
    throw new BackendUnavailable('wasm to start', 'a refusal of tfjs', 'use --backend cpu');
  }
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  return {
    device: `CPU, WASM${simd ? ' SIMD' : ''}`,
    versions: { 'core-wasm/matmul': readMatmul().sha256.slice(0, 12) },
  };
}

async function prepare(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  const matmul = await openMatmul(readMatmul().bytes);
  putBefore('BatchMatMul', (call: Call<ProductFlags>) => multiply(matmul, call));
  putBefore('GatherV2', gatherRows);
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum', // the gradient of rows by index; tfjs has none on wasm
    backendName: 'wasm',
    kernelFunc: (call) => addRows(call as unknown as Call<{ numSegments: number }>),
  });
}

/** Puts `kernel` before tfjs's of that name, which computes what `kernel` answers with null. */
function putBefore<Attributes>(name: string, kernel: Kernel<Attributes>): void {
  const theirs = tf.getKernel(name, 'wasm');
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    ...theirs,
    kernelFunc: (call) => kernel(call as unknown as Call<Attributes>) ?? theirs.kernelFunc(call),
  });
}

interface ProductFlags {
  transposeA: boolean;
  transposeB: boolean;
}

function multiply(matmul: Matmul, { inputs: { a, b }, backend, attrs }: Call<ProductFlags>): tf.TensorInfo | null {
  const product = slowProduct(a, b, attrs);
  if (product === null) return null;
  const outer = a.shape.slice(0, -2);
  const [out, [left, right, to]] = withOutput(backend, [...outer, product.rows, product.columns], [a, b]);
  matmul.multiply(product, left, right, to);
  return out;
}

/** The product if tfjs would take its slow loop for it; one plain product goes through XNNPACK, broadcasts stay with tfjs. */
function slowProduct(a: tf.TensorInfo, b: tf.TensorInfo, { transposeA, transposeB }: ProductFlags): Product | null {
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [heightA, widthA] = a.shape.slice(-2);
  const [heightB, widthB] = b.shape.slice(-2);
  const [rows, inner] = transposeA ? [widthA, heightA] : [heightA, widthA];
  const [also, columns] = transposeB ? [widthB, heightB] : [heightB, widthB];
  const count = tf.util.sizeFromShape(outerA);
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || inner !== also || !tf.util.arraysEqual(outerA, outerB)) {
    return null;
  }
  if (count * rows * inner * columns === 0 || (count === 1 && !transposeA && !transposeB)) return null;
  return { count, rows, inner, columns, transposeA, transposeB };
}

/** @throws Error for an index that is out of range */
function gatherRows({ inputs: { x, indices }, backend, attrs }: Call<{ axis: number; batchDims: number }>) {
  const { axis, batchDims } = attrs;
  const floats = x.dtype === 'float32' && indices.dtype === 'int32';
  if (!floats || axis !== 0 || batchDims !== 0 || x.shape.includes(0) || indices.shape.includes(0)) return null;
  const [height, ...row] = x.shape;
  const wrong = backend.typedArrayFromHeap(indices).find((index) => index < 0 || index >= height);
  if (wrong !== undefined) {
    throw new Error(`gather: expected indices from 0 to ${height - 1}, got ${wrong}; mend the indices`);
  }
  const [out, [from, places, to]] = withOutput(backend, [...indices.shape, ...row], [x, indices]);
  const width = tf.util.sizeFromShape(row);
  const heap = new Float32Array(to.buffer);
  let at = to.byteOffset / 4;
  for (const place of places) {
    const start = from.byteOffset / 4 + place * width;
    heap.copyWithin(at, start, start + width);
    at += width;
  }
  return out;
}

/** The sum of the rows of each segment; rows of a segment that is not there are left out, as TensorFlow does. */
function addRows({ inputs: { x, segmentIds }, backend, attrs }: Call<{ numSegments: number }>): tf.TensorInfo {
  if (x.dtype !== 'float32') throw new Error(`unsortedSegmentSum: expected float32, got ${x.dtype}; cast it`);
  const row = x.shape.slice(1);
  const [out, [from, segments, to]] = withOutput(backend, [attrs.numSegments, ...row], [x, segmentIds]);
  const width = tf.util.sizeFromShape(row);
  to.fill(0);
  segments.forEach((segment, at) => {
    for (let i = 0; i < width; i++) to[segment * width + i] += from[at * width + i];
  });
  return out;
}

/** A new tensor, and views of the inputs and of it. Inputs may still lie on another backend: the first look brings them. */
function withOutput(
  backend: WasmBackend,
  shape: number[],
  inputs: tf.TensorInfo[],
): [out: tf.TensorInfo, views: Float32Array[]] {
  for (const input of inputs) backend.typedArrayFromHeap(input);
  const out = backend.makeOutput(shape, 'float32'); // may grow the heap, which ends all views
  return [out, [...inputs, out].map((tensor) => backend.typedArrayFromHeap(tensor))];
}
