// The exports of matmul.wasm: reserve, write the matrices, multiply. A product is made of tiles of 4 rows x 8 columns from packed panels.
// Sums run over blocks of 48 terms, each from zero, which are added in order: the order of tfjs-backend-wasm's own loop, so the bits are its own.

import { pack } from "./pack";
import { tile } from "./tile";

const BLOCK = 48; // terms of a partial sum
const STRIP = <usize>(16 * BLOCK); // bytes of 4 packed rows of A
const PANEL = <usize>(32 * BLOCK); // bytes of 8 packed columns of B

const edge: usize = (__heap_base + 15) & ~15; // a tile that hangs over the border
const strip: usize = edge + 128;
const panels: usize = strip + STRIP;

/** Makes room for `floats` numbers beside the panels of a B of so many columns; returns their address, or 0 if memory can't grow. */
export function reserve(floats: u32, columns: u32): usize {
  const from = <u64>panels + <u64>PANEL * ((<u64>columns + 7) >> 3);
  const pages = <i64>((from + 4 * <u64>floats + 0xffff) >> 16);
  if (pages > 65536) return 0;
  const missing = <i32>pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0 ? <usize>from : 0;
}

/** out[i] = op(a[i]) op(b[i]) for `count` matrices in a row; op(a[i]) is [rows, inner], op(b[i]) [inner, columns], op a transposition or nothing. */
export function multiply(
  a: usize, b: usize, out: usize, count: i32, rows: i32, inner: i32, columns: i32, transposeA: bool, transposeB: bool,
): void {
  const rowA: usize = transposeA ? 4 : 4 * inner, termA: usize = transposeA ? 4 * rows : 4;
  const columnB: usize = transposeB ? 4 * inner : 4, termB: usize = transposeB ? 4 : 4 * columns;
  for (let i = 0; i < count; ++i) {
    for (let k = 0; k < inner; k += BLOCK) {
      const terms = min(BLOCK, inner - k);
      addBlock(a + <usize>k * termA, b + <usize>k * termB, out, rows, columns, terms, rowA, termA, columnB, termB, k > 0);
    }
    a += 4 * <usize>rows * inner; b += 4 * <usize>inner * columns; out += 4 * <usize>rows * columns;
  }
}

// out (+)= the sums over one block; `more` says that out holds those of earlier blocks.
function addBlock(
  a: usize, b: usize, out: usize, rows: i32, columns: i32, terms: i32, rowA: usize, termA: usize, columnB: usize, termB: usize, more: bool,
): void {
  let panel = panels;
  for (let n = 0; n < columns; n += 8, panel += PANEL, b += 8 * columnB) {
    pack(panel, 32, b, columnB, termB, columns - n, terms);
    pack(panel + 16, 32, b + 4 * columnB, columnB, termB, columns - n - 4, terms);
  }
  const stride: usize = 4 * columns;
  for (let m = 0; m < rows; m += 4, a += 4 * rowA, out += 4 * stride) {
    pack(strip, 16, a, rowA, termA, rows - m, terms);
    panel = panels;
    for (let n = 0; n < columns; n += 8, panel += PANEL) {
      tile(out + 4 * n, stride, strip, panel, terms, rows - m, columns - n, more, edge);
    }
  }
}
