// One tile of a product: 4 rows x 8 columns in eight registers.

@inline function madd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

/** out (+)= the product of packed `strip` [terms][4] and `panel` [terms][8]; a tile over the border goes by way of `edge`. */
export function tile(
  out: usize, stride: usize, strip: usize, panel: usize, terms: i32, rows: i32, columns: i32, more: bool, edge: usize,
): void {
  let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (const end = panel + 32 * <usize>terms; panel < end; panel += 32, strip += 16) {
    const a = v128.load(panel), b = v128.load(panel, 16);
    let v = v128.load32_splat(strip);
    a0 = madd(v, a, a0); b0 = madd(v, b, b0);
    v = v128.load32_splat(strip, 4);
    a1 = madd(v, a, a1); b1 = madd(v, b, b1);
    v = v128.load32_splat(strip, 8);
    a2 = madd(v, a, a2); b2 = madd(v, b, b2);
    v = v128.load32_splat(strip, 12);
    a3 = madd(v, a, a3); b3 = madd(v, b, b3);
  }
  const whole = rows >= 4 && columns >= 8;
  const to = whole ? out : edge, step = whole ? stride : 32;
  put(to, a0, b0, whole && more);
  put(to + step, a1, b1, whole && more);
  put(to + 2 * step, a2, b2, whole && more);
  put(to + 3 * step, a3, b3, whole && more);
  if (!whole) putEdge(out, stride, edge, min(rows, 4), min(columns, 8), more);
}

@inline function put(to: usize, a: v128, b: v128, more: bool): void {
  v128.store(to, more ? f32x4.add(v128.load(to), a) : a);
  v128.store(to, more ? f32x4.add(v128.load(to, 16), b) : b, 16);
}

function putEdge(out: usize, stride: usize, edge: usize, rows: i32, columns: i32, more: bool): void {
  for (let r = 0; r < rows; ++r, out += stride, edge += 32) {
    for (let c = 0; c < columns; ++c) {
      const at = out + 4 * c, sum = load<f32>(edge + 4 * c);
      store<f32>(at, more ? load<f32>(at) + sum : sum);
    }
  }
}
