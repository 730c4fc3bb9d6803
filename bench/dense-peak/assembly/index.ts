// The most f32x4 multiplications and additions that WebAssembly SIMD does here: registers only, no memory. Three forms, as the
// best one differs by machine: chains of multiply-then-add, the two apart, and products added to accumulators.

// 13 chains, 26 vector operations a turn
export function chains(turns: i32): f32 {
  const c = f32x4.splat(0.999), d = f32x4.splat(0.001);
  let a0 = d, a1 = c, a2 = d, a3 = c, a4 = d, a5 = c, a6 = d, a7 = c, a8 = d, a9 = c, b0 = d, b1 = c, b2 = d;
  a1 = f32x4.add(a0, a1); a2 = f32x4.add(a1, a2); a3 = f32x4.add(a2, a3); a4 = f32x4.add(a3, a4); a5 = f32x4.add(a4, a5);
  a6 = f32x4.add(a5, a6); a7 = f32x4.add(a6, a7); a8 = f32x4.add(a7, a8); a9 = f32x4.add(a8, a9); b0 = f32x4.add(a9, b0);
  b1 = f32x4.add(b0, b1); b2 = f32x4.add(b1, b2);
  for (let t = 0; t < turns; ++t) {
    a0 = f32x4.add(f32x4.mul(a0, c), d);
    a1 = f32x4.add(f32x4.mul(a1, c), d);
    a2 = f32x4.add(f32x4.mul(a2, c), d);
    a3 = f32x4.add(f32x4.mul(a3, c), d);
    a4 = f32x4.add(f32x4.mul(a4, c), d);
    a5 = f32x4.add(f32x4.mul(a5, c), d);
    a6 = f32x4.add(f32x4.mul(a6, c), d);
    a7 = f32x4.add(f32x4.mul(a7, c), d);
    a8 = f32x4.add(f32x4.mul(a8, c), d);
    a9 = f32x4.add(f32x4.mul(a9, c), d);
    b0 = f32x4.add(f32x4.mul(b0, c), d);
    b1 = f32x4.add(f32x4.mul(b1, c), d);
    b2 = f32x4.add(f32x4.mul(b2, c), d);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7)));
  const u = f32x4.add(f32x4.add(f32x4.add(a8, a9), f32x4.add(b0, b1)), b2);
  return f32x4.extract_lane(f32x4.add(s, u), 0);
}

// 7 chains of multiplications beside 7 of additions, by the factor one, which the compiler does not know: 14 a turn
export function pairs(turns: i32, one: f32): f32 {
  const c = f32x4.splat(one);
  let a0 = c, a1 = f32x4.add(a0, c), a2 = f32x4.add(a1, c), a3 = f32x4.add(a2, c), a4 = f32x4.add(a3, c), a5 = f32x4.add(a4, c);
  let a6 = f32x4.add(a5, c), b0 = f32x4.add(a6, c), b1 = f32x4.add(b0, c), b2 = f32x4.add(b1, c), b3 = f32x4.add(b2, c);
  let b4 = f32x4.add(b3, c), b5 = f32x4.add(b4, c), b6 = f32x4.add(b5, c);
  for (let t = 0; t < turns; ++t) {
    a0 = f32x4.mul(a0, c); b0 = f32x4.add(b0, c);
    a1 = f32x4.mul(a1, c); b1 = f32x4.add(b1, c);
    a2 = f32x4.mul(a2, c); b2 = f32x4.add(b2, c);
    a3 = f32x4.mul(a3, c); b3 = f32x4.add(b3, c);
    a4 = f32x4.mul(a4, c); b4 = f32x4.add(b4, c);
    a5 = f32x4.mul(a5, c); b5 = f32x4.add(b5, c);
    a6 = f32x4.mul(a6, c); b6 = f32x4.add(b6, c);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(f32x4.add(a4, a5), a6));
  const u = f32x4.add(f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3)), f32x4.add(f32x4.add(b4, b5), b6));
  return f32x4.extract_lane(f32x4.add(s, u), 0);
}

// 8 accumulators, 4 factors that change a little: 16 vector operations a turn, and 4 that are not counted (an xor each)
export function products(turns: i32): f32 {
  let x = f32x4.splat(0.5), y = f32x4.splat(0.25), flip = i32x4.splat(1 << 31);
  let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  let v = f32x4.splat(0.125), w = f32x4.splat(0.75);
  for (let t = 0; t < turns; ++t) {
    a0 = f32x4.add(f32x4.mul(x, v), a0);
    a1 = f32x4.add(f32x4.mul(y, v), a1);
    a2 = f32x4.add(f32x4.mul(x, w), a2);
    a3 = f32x4.add(f32x4.mul(y, w), a3);
    v = v128.xor(v, flip); w = v128.xor(w, flip);
    a4 = f32x4.add(f32x4.mul(x, v), a4);
    a5 = f32x4.add(f32x4.mul(y, v), a5);
    a6 = f32x4.add(f32x4.mul(x, w), a6);
    a7 = f32x4.add(f32x4.mul(y, w), a7);
    x = v128.xor(x, flip); y = v128.xor(y, flip);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7)));
  return f32x4.extract_lane(s, 0);
}
