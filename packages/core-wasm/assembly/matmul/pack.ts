// Packing: four lanes (rows of A or columns of B) side by side, term after term, zeros for lanes that are not there.

/** to[k][l] = from[l][k], 4 lanes, `step` bytes between two terms of `to`; of the lanes, `lanes` exist. */
export function pack(to: usize, step: usize, from: usize, lane: usize, term: usize, lanes: i32, terms: i32): void {
  if (lanes < 4) {
    packEdge(to, step, from, lane, term, lanes, terms);
  } else if (lane == 4) {
    for (let k = 0; k < terms; ++k, to += step, from += term) v128.store(to, v128.load(from));
  } else {
    packAcross(to, step, from, lane, terms);
  }
}

// Terms lie side by side: blocks of 4 x 4 are transposed in registers.
function packAcross(to: usize, step: usize, from: usize, lane: usize, terms: i32): void {
  const l1 = lane, l2 = l1 + lane, l3 = l2 + lane;
  let k = 0;
  for (; k + 4 <= terms; k += 4, from += 16) {
    const a = v128.load(from), b = v128.load(from + l1), c = v128.load(from + l2), d = v128.load(from + l3);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5)); to += step;
    v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7)); to += step;
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5)); to += step;
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7)); to += step;
  }
  for (; k < terms; ++k, from += 4, to += step) {
    v128.store(to, f32x4(load<f32>(from), load<f32>(from + l1), load<f32>(from + l2), load<f32>(from + l3)));
  }
}

function packEdge(to: usize, step: usize, from: usize, lane: usize, term: usize, lanes: i32, terms: i32): void {
  for (let k = 0; k < terms; ++k, to += step, from += term) {
    v128.store(to, i32x4.splat(0));
    for (let l = 0; l < lanes; ++l) store<f32>(to + 4 * l, load<f32>(from + <usize>l * lane));
  }
}
