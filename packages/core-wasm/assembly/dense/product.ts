// The three matrix products of a layer, in tiles that fit 16 vector registers. Every sum has one fixed order.

import { transposeAdd } from "./sum";

@inline function madd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

// z[r][o] = sum over i of w[o][i] x[r][i]: tiles of 2 rows x 4 outputs. One index for all pointers: V8 then
// needs one addition a turn, which unrolling by hand does not beat.
// rows is even, outputs a multiple of 4, bytes (of a row of inputs) a multiple of 32.
export function forwardProduct(
  z: usize, x: usize, w: usize, rows: i32, outputs: i32, bytes: usize, strideZ: usize, strideX: usize, strideW: usize,
): void {
  for (let o = 0; o < outputs; o += 4, w += 4 * strideW, z += 16) {
    let to = z, from = x;
    for (let r = 0; r < rows; r += 2, from += 2 * strideX, to += 2 * strideZ) {
      let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      const xb = from + strideX, w1 = w + strideW, w2 = w1 + strideW, w3 = w2 + strideW;
      for (let i: usize = 0; i < bytes; i += 16) {
        const a = v128.load(from + i), b = v128.load(xb + i);
        let v = v128.load(w + i);
        a0 = madd(v, a, a0); b0 = madd(v, b, b0);
        v = v128.load(w1 + i);
        a1 = madd(v, a, a1); b1 = madd(v, b, b1);
        v = v128.load(w2 + i);
        a2 = madd(v, a, a2); b2 = madd(v, b, b2);
        v = v128.load(w3 + i);
        a3 = madd(v, a, a3); b3 = madd(v, b, b3);
      }
      v128.store(to, transposeAdd(a0, a1, a2, a3));
      v128.store(to + strideZ, transposeAdd(b0, b1, b2, b3));
    }
  }
}

// d[r][i] += sum over o of g[r][o] w[o][i]: a panel of 8 inputs is packed, then tiles of 4 rows x 8 inputs.
// rows and outputs are multiples of 4, bytes (of a row of inputs) of 32; the panel holds outputs * 32 bytes.
export function backwardProduct(
  d: usize, g: usize, w: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideD: usize, strideG: usize, strideW: usize,
): void {
  const panelEnd = panel + 32 * <usize>outputs;
  for (const end = w + bytes; w < end; w += 32, d += 32) {
    for (let to = panel, from = w; to < panelEnd; to += 32, from += strideW) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    let to = d, row = g;
    for (let r = 0; r < rows; r += 4, to += 4 * strideD, row += 4 * strideG) {
      let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      const g1 = row + strideG, g2 = g1 + strideG, g3 = g2 + strideG;
      let o: usize = 0;
      for (let p = panel; p < panelEnd; p += 32, o += 4) {
        const a = v128.load(p), b = v128.load(p, 16);
        let v = v128.load32_splat(row + o);
        a0 = madd(v, a, a0); b0 = madd(v, b, b0);
        v = v128.load32_splat(g1 + o);
        a1 = madd(v, a, a1); b1 = madd(v, b, b1);
        v = v128.load32_splat(g2 + o);
        a2 = madd(v, a, a2); b2 = madd(v, b, b2);
        v = v128.load32_splat(g3 + o);
        a3 = madd(v, a, a3); b3 = madd(v, b, b3);
      }
      const d1 = to + strideD, d2 = d1 + strideD, d3 = d2 + strideD;
      v128.store(to, f32x4.add(v128.load(to), a0)); v128.store(to, f32x4.add(v128.load(to, 16), b0), 16);
      v128.store(d1, f32x4.add(v128.load(d1), a1)); v128.store(d1, f32x4.add(v128.load(d1, 16), b1), 16);
      v128.store(d2, f32x4.add(v128.load(d2), a2)); v128.store(d2, f32x4.add(v128.load(d2, 16), b2), 16);
      v128.store(d3, f32x4.add(v128.load(d3), a3)); v128.store(d3, f32x4.add(v128.load(d3, 16), b3), 16);
    }
  }
}
