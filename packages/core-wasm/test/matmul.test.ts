// matmul.wasm against a loop in float64, over sizes that no tile divides; and its border.

import { describe, expect, it } from 'vitest';
import { type Matmul, openMatmul, type Product } from '../src/matmul.ts';
import { readMatmul } from '../src/matmul-node.ts';
import { random } from './open.ts';

const { bytes } = readMatmul();
const module = new WebAssembly.Module(bytes);
const matmul = await openMatmul(module);

const roll = random(11);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => roll() * 2 - 1);

interface Case {
  product: Product;
  a: Float32Array;
  b: Float32Array;
}

function drawCase(product: Product): Case {
  const { count, rows, inner, columns } = product;
  return { product, a: numbers(count * rows * inner), b: numbers(count * inner * columns) };
}

function compute({ product, a, b }: Case, by: Matmul = matmul): Float32Array {
  const out = new Float32Array(product.count * product.rows * product.columns).fill(Number.NaN);
  by.multiply(product, a, b, out);
  return out;
}

/** Largest error of a number, by the sum of its terms' sizes. */
function largestError({ product, a, b }: Case, out: Float32Array): number {
  const { count, rows, inner, columns, transposeA, transposeB } = product;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) {
        let [sum, size] = [0, 0];
        for (let k = 0; k < inner; k++) {
          const left = a[i * rows * inner + (transposeA ? k * rows + m : m * inner + k)];
          const right = b[i * inner * columns + (transposeB ? n * inner + k : k * columns + n)];
          sum += left * right;
          size += Math.abs(left * right);
        }
        largest = Math.max(largest, Math.abs(out[(i * rows + m) * columns + n] - sum) / size);
      }
    }
  }
  return largest;
}

const FLAGS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const SIZES = [
  [1, 1, 1, 1],
  [3, 4, 1, 8],
  [2, 1, 48, 1],
  [2, 5, 7, 9],
  [3, 13, 47, 6],
  [1, 8, 49, 16],
  [2, 11, 97, 23],
  [5, 3, 5, 33],
  [70, 24, 24, 32], // more than one group of copies
  [1, 300, 130, 90],
] as const;

describe('products', () => {
  describe.each(FLAGS)('transposeA %s, transposeB %s', (transposeA, transposeB) => {
    it.each(SIZES)('%i of [%i, %i] x [., %i] are within rounding of float64', (count, rows, inner, columns) => {
      const one = drawCase({ count, rows, inner, columns, transposeA, transposeB });
      const roundings = Math.min(inner, 48) + Math.ceil(inner / 48);
      expect(largestError(one, compute(one))).toBeLessThanOrEqual(roundings * 2 ** -24);
    });
  });

  it('sum blocks of 48 terms apart, in order', () => {
    const one = drawCase({ count: 2, rows: 6, inner: 101, columns: 10, transposeA: false, transposeB: false });
    const expected = compute(one).map((_, at) => {
      const [row, column] = [Math.floor(at / 10), at % 10];
      let total = 0;
      for (let block = 0; block < 101; block += 48) {
        let sum = 0;
        for (let k = block; k < Math.min(101, block + 48); k++) {
          const right = one.b[Math.floor(row / 6) * 1010 + k * 10 + column];
          sum = Math.fround(sum + Math.fround(one.a[row * 101 + k] * right));
        }
        total = Math.fround(total + sum);
      }
      return total;
    });
    expect(compute(one)).toEqual(expected);
  });

  it('have the same bits alone as in a batch, and with flags as without', () => {
    const product = { count: 90, rows: 10, inner: 50, columns: 13, transposeA: false, transposeB: false };
    const all = drawCase(product);
    const out = compute(all);
    for (const i of [0, 41, 89]) {
      const [a, b] = [all.a.slice(i * 500, (i + 1) * 500), all.b.slice(i * 650, (i + 1) * 650)];
      const own = out.slice(i * 130, (i + 1) * 130);
      expect(compute({ product: { ...product, count: 1 }, a, b })).toEqual(own);
      const turned = { ...product, count: 1, transposeA: true, transposeB: true };
      expect(compute({ product: turned, a: transposed(a, 50), b: transposed(b, 13) })).toEqual(own);
    }
  });

  it('carry infinities and NaN, in their own row and column alone', () => {
    const one = drawCase({ count: 1, rows: 5, inner: 3, columns: 9, transposeA: false, transposeB: false });
    one.a[4 * 3] = Number.POSITIVE_INFINITY;
    one.b[8] = Number.NaN;
    compute(one).forEach((value, at) => {
      expect(Number.isFinite(value), `at ${at}`).toBe(at < 36 && at % 9 < 8);
    });
  });
});

function transposed(values: Float32Array, width: number): Float32Array {
  const height = values.length / width;
  return values.map((_, at) => values[(at % height) * width + Math.floor(at / height)]);
}

describe('the file and its border', () => {
  const small: Product = { count: 2, rows: 2, inner: 3, columns: 2, transposeA: false, transposeB: false };

  it('imports nothing, and opens from bytes and from a module alike', async () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const one = drawCase(small);
    expect(compute(one, await openMatmul(bytes))).toEqual(compute(one));
  });

  it('leaves its inputs as they are, and small products right after a large one', () => {
    const one = drawCase(small);
    const [before, first] = [structuredClone(one), compute(one)];
    compute(drawCase({ ...small, count: 1, rows: 400, inner: 300, columns: 200 }));
    expect(compute(one)).toEqual(first);
    expect(one).toEqual(before);
  });

  it.each([
    [{ rows: 0 }, 'core-wasm: rows must be an integer from 1 to 2^30 - 1, got 0'],
    [{ inner: 1.5 }, 'core-wasm: inner must be an integer from 1 to 2^30 - 1, got 1.5'],
    [{ inner: 4 }, 'core-wasm: a must be of 16 numbers, got 12'],
    [{ columns: 3 }, 'core-wasm: b must be of 18 numbers, got 12'],
  ])('%o: %s', (change, message) => {
    const { a, b } = drawCase(small);
    expect(() => matmul.multiply({ ...small, ...change }, a, b, new Float32Array(8))).toThrow(message);
  });

  it('names an output of another length', () => {
    const { a, b } = drawCase(small);
    const short = new Float32Array(7);
    expect(() => matmul.multiply(small, a, b, short)).toThrow('core-wasm: out must be of 8 numbers, got 7');
  });

  it('makes room up to 4 GB, and says when there is none', () => {
    const { reserve, memory } = new WebAssembly.Instance(module).exports as unknown as {
      reserve(floats: number, columns: number): number;
      memory: WebAssembly.Memory;
    };
    const address = reserve(100_000, 20);
    expect(address % 16).toBe(0);
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(address + 400_000);
    const size = memory.buffer.byteLength;
    expect([reserve(2 ** 30 - 1, 1), reserve(2 ** 32 - 1, 1), reserve(1, 2 ** 30)]).toEqual([0, 0, 0]);
    expect(memory.buffer.byteLength).toBe(size);
  });
});
