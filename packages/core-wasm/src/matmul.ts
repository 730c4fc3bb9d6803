// Batched matrix products in f32: one instance of matmul.wasm, whose memory is kept for the next call.

import { fail } from './validate.ts';

/** out[i] = op(a[i]) op(b[i]): op(a[i]) is [rows, inner], op(b[i]) is [inner, columns], row-major. */
export interface Product {
  count: number; // of matrices
  rows: number;
  inner: number;
  columns: number;
  transposeA: boolean; // a[i] is stored [inner, rows]
  transposeB: boolean; // b[i] is stored [columns, inner]
}

export interface Matmul {
  /**
   * Writes the products to `out` [count, rows, columns]; `a` and `b` stay. A number is the same whatever stands beside it:
   * partial sums of 48 terms, in order. @throws Error for sizes that don't fit the arrays, or a memory that can't grow
   */
  multiply(product: Product, a: Float32Array, b: Float32Array, out: Float32Array): void;
}

interface Exports {
  memory: WebAssembly.Memory;
  reserve(floats: number, columns: number): number;
  multiply(a: number, b: number, out: number, ...options: (number | boolean)[]): void;
}

const GROUP = 2 ** 16; // numbers that are copied in before they are multiplied: they stay in the second-level cache

/** Opens the kernel from the bytes of matmul.wasm or a compiled module; it serves one thread. */
export async function openMatmul(source: BufferSource | WebAssembly.Module): Promise<Matmul> {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const instance = await WebAssembly.instantiate(module, {});
  const exports = instance.exports as unknown as Exports;
  return { multiply: (product, a, b, out) => multiply(exports, product, a, b, out) };
}

function multiply(exports: Exports, product: Product, a: Float32Array, b: Float32Array, out: Float32Array): void {
  const { count, rows, inner, columns, transposeA, transposeB } = product;
  for (const [name, size] of Object.entries({ count, rows, inner, columns })) {
    if (!Number.isInteger(size) || size < 1 || size >= 2 ** 30) fail(name, 'an integer from 1 to 2^30 - 1', size);
  }
  const [sizeA, sizeB, sizeOut] = [rows * inner, inner * columns, rows * columns];
  checkLength('a', a, count * sizeA);
  checkLength('b', b, count * sizeB);
  checkLength('out', out, count * sizeOut);

  const each = sizeA + sizeB + sizeOut;
  const group = Math.min(count, Math.max(1, Math.floor(GROUP / each)));
  const address = group * each < 2 ** 30 ? exports.reserve(group * each, columns) >>> 0 : 0;
  if (address === 0) fail('the matrices', 'small enough for 4 GB of WebAssembly memory', `${each} numbers`);
  const memory = new Float32Array(exports.memory.buffer);
  for (let first = 0; first < count; first += group) {
    const many = Math.min(group, count - first);
    const [atB, atOut] = [address + 4 * many * sizeA, address + 4 * many * (sizeA + sizeB)];
    memory.set(a.subarray(first * sizeA, (first + many) * sizeA), address / 4);
    memory.set(b.subarray(first * sizeB, (first + many) * sizeB), atB / 4);
    exports.multiply(address, atB, atOut, many, rows, inner, columns, transposeA, transposeB);
    out.set(memory.subarray(atOut / 4, atOut / 4 + many * sizeOut), first * sizeOut);
  }
}

function checkLength(name: string, array: Float32Array, length: number): void {
  if (array.length !== length) fail(name, `of ${length} numbers`, array.length);
}
