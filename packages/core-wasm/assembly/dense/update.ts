// The weights' gradients, used as they are made: a tile of a gradient lives in registers and never in memory.

import { ADAM, COLLECT, GD, MOMENTUM } from "./network";
import { beside, descend } from "./optimizer";

@inline function madd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

// w[o][i] descends by sum over r of g[r][o] x[r][i]: 4 outputs' deltas are packed, then tiles of 4 outputs x 8 inputs.
// outputs is a multiple of 4, bytes (of a row of inputs) of 32; the panel holds rows * 16 bytes.
@inline function updateBy(
  kind: i32, w: usize, x: usize, g: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideW: usize, strideX: usize,
  strideG: usize,
): void {
  const panelEnd = panel + 16 * <usize>rows, offset = beside(kind);
  for (let o = 0; o < outputs; o += 4, w += 4 * strideW, g += 16) {
    for (let to = panel, from = g; to < panelEnd; to += 16, from += strideG) v128.store(to, v128.load(from));
    let w0 = w, column = x;
    for (const end = w + bytes; w0 < end; w0 += 32, column += 32) {
      let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      for (let p = panel, at = column; p < panelEnd; p += 16, at += strideX) {
        const a = v128.load(at), b = v128.load(at, 16);
        let v = v128.load32_splat(p);
        a0 = madd(v, a, a0); b0 = madd(v, b, b0);
        v = v128.load32_splat(p, 4);
        a1 = madd(v, a, a1); b1 = madd(v, b, b1);
        v = v128.load32_splat(p, 8);
        a2 = madd(v, a, a2); b2 = madd(v, b, b2);
        v = v128.load32_splat(p, 12);
        a3 = madd(v, a, a3); b3 = madd(v, b, b3);
      }
      const w1 = w0 + strideW, w2 = w1 + strideW, w3 = w2 + strideW;
      descend(kind, w0, offset, v128.load(w0), a0); descend(kind, w0 + 16, offset, v128.load(w0, 16), b0);
      descend(kind, w1, offset, v128.load(w1), a1); descend(kind, w1 + 16, offset, v128.load(w1, 16), b1);
      descend(kind, w2, offset, v128.load(w2), a2); descend(kind, w2 + 16, offset, v128.load(w2, 16), b2);
      descend(kind, w3, offset, v128.load(w3), a3); descend(kind, w3 + 16, offset, v128.load(w3, 16), b3);
    }
  }
}

// For at most two rows, where memory is the limit: one sweep reads each weight once, for d[r][i] += sum of g[r][o] w[o][i]
// and for its own update. Rows of d, g and x are strideX, strideG and strideX apart.
@inline function sweepBy(
  kind: i32, w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize,
): void {
  const offset = beside(kind);
  for (let o = 0; o < outputs; o += 4, w += 4 * strideW, g += 16) {
    const a0 = v128.load32_splat(g), a1 = v128.load32_splat(g, 4), a2 = v128.load32_splat(g, 8), a3 = v128.load32_splat(g, 12);
    const h = g + strideG;
    const b0 = v128.load32_splat(h), b1 = v128.load32_splat(h, 4), b2 = v128.load32_splat(h, 8), b3 = v128.load32_splat(h, 12);
    const w1 = w + strideW, w2 = w1 + strideW, w3 = w2 + strideW, xb = x + strideX, db = d + strideX;
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(x + i), b = v128.load(xb + i);
      let sumA = v128.load(d + i), sumB = v128.load(db + i), v = v128.load(w + i);
      sumA = madd(v, a0, sumA); sumB = madd(v, b0, sumB);
      descend(kind, w + i, offset, v, madd(b0, b, f32x4.mul(a0, a)));
      v = v128.load(w1 + i);
      sumA = madd(v, a1, sumA); sumB = madd(v, b1, sumB);
      descend(kind, w1 + i, offset, v, madd(b1, b, f32x4.mul(a1, a)));
      v = v128.load(w2 + i);
      sumA = madd(v, a2, sumA); sumB = madd(v, b2, sumB);
      descend(kind, w2 + i, offset, v, madd(b2, b, f32x4.mul(a2, a)));
      v = v128.load(w3 + i);
      sumA = madd(v, a3, sumA); sumB = madd(v, b3, sumB);
      descend(kind, w3 + i, offset, v, madd(b3, b, f32x4.mul(a3, a)));
      v128.store(d + i, sumA); v128.store(db + i, sumB);
    }
  }
}

// The same for three or four rows, two outputs at a time; row 3 of three is zero in d, x and g.
@inline function sweepFourBy(
  kind: i32, w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize,
): void {
  const offset = beside(kind), x1 = x + strideX, x2 = x1 + strideX, x3 = x2 + strideX, d1 = d + strideX, d2 = d1 + strideX, d3 = d2 + strideX;
  for (let o = 0; o < outputs; o += 2, w += 2 * strideW, g += 8) {
    const g1 = g + strideG, g2 = g1 + strideG, g3 = g2 + strideG, u = w + strideW;
    const a0 = v128.load32_splat(g), a1 = v128.load32_splat(g1), a2 = v128.load32_splat(g2), a3 = v128.load32_splat(g3);
    const b0 = v128.load32_splat(g, 4), b1 = v128.load32_splat(g1, 4), b2 = v128.load32_splat(g2, 4), b3 = v128.load32_splat(g3, 4);
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(w + i), b = v128.load(u + i);
      let v = v128.load(x + i), sumA = f32x4.mul(a0, v), sumB = f32x4.mul(b0, v);
      v128.store(d + i, madd(b, b0, madd(a, a0, v128.load(d + i))));
      v = v128.load(x1 + i);
      sumA = madd(a1, v, sumA); sumB = madd(b1, v, sumB);
      v128.store(d1 + i, madd(b, b1, madd(a, a1, v128.load(d1 + i))));
      v = v128.load(x2 + i);
      sumA = madd(a2, v, sumA); sumB = madd(b2, v, sumB);
      v128.store(d2 + i, madd(b, b2, madd(a, a2, v128.load(d2 + i))));
      v = v128.load(x3 + i);
      sumA = madd(a3, v, sumA); sumB = madd(b3, v, sumB);
      v128.store(d3 + i, madd(b, b3, madd(a, a3, v128.load(d3 + i))));
      descend(kind, w + i, offset, a, sumA);
      descend(kind, u + i, offset, b, sumB);
    }
  }
}

// One compiled loop per rule, each its own function, so that an engine optimizes them one by one.
export function updateGd(w: usize, x: usize, g: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  updateBy(GD, w, x, g, panel, rows, outputs, bytes, strideW, strideX, strideG);
}
export function updateMomentum(w: usize, x: usize, g: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  updateBy(MOMENTUM, w, x, g, panel, rows, outputs, bytes, strideW, strideX, strideG);
}
export function updateAdam(w: usize, x: usize, g: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  updateBy(ADAM, w, x, g, panel, rows, outputs, bytes, strideW, strideX, strideG);
}
export function collect(w: usize, x: usize, g: usize, panel: usize, rows: i32, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  updateBy(COLLECT, w, x, g, panel, rows, outputs, bytes, strideW, strideX, strideG);
}
export function sweepGd(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepBy(GD, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepMomentum(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepBy(MOMENTUM, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepAdam(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepBy(ADAM, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepCollect(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepBy(COLLECT, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepFourGd(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepFourBy(GD, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepFourMomentum(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepFourBy(MOMENTUM, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepFourAdam(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepFourBy(ADAM, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
export function sweepFourCollect(w: usize, d: usize, x: usize, g: usize, outputs: i32, bytes: usize, strideW: usize, strideX: usize, strideG: usize): void {
  sweepFourBy(COLLECT, w, d, x, g, outputs, bytes, strideW, strideX, strideG);
}
