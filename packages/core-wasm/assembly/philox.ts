// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): four random words for a counter, for four consecutive replicas at once.

const words = memory.data(64, 16);

export const INIT: u32 = 0, ORDER: u32 = 1, ROWS: u32 = 2;

// The lanes' counters are (c0, c1 + lane, c2, c3). Returns the address of [4 words][4 lanes].
export function philox(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): usize {
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57), step0 = i32x4.splat(0x9e3779b9), step1 = i32x4.splat(0xbb67ae85);
  let x0 = i32x4.splat(c0), x1 = i32x4.add(i32x4.splat(c1), i32x4(0, 1, 2, 3)), x2 = i32x4.splat(c2), x3 = i32x4.splat(c3);
  let key0 = i32x4.splat(k0), key1 = i32x4.splat(k1);
  for (let round = 0; round < 10; ++round) {
    const a01 = i64x2.extmul_low_i32x4_u(x0, m0), a23 = i64x2.extmul_high_i32x4_u(x0, m0);
    const b01 = i64x2.extmul_low_i32x4_u(x2, m1), b23 = i64x2.extmul_high_i32x4_u(x2, m1);
    x0 = v128.xor(v128.xor(v128.shuffle<i32>(b01, b23, 1, 3, 5, 7), x1), key0);
    x2 = v128.xor(v128.xor(v128.shuffle<i32>(a01, a23, 1, 3, 5, 7), x3), key1);
    x1 = v128.shuffle<i32>(b01, b23, 0, 2, 4, 6);
    x3 = v128.shuffle<i32>(a01, a23, 0, 2, 4, 6);
    key0 = i32x4.add(key0, step0);
    key1 = i32x4.add(key1, step1);
  }
  v128.store(words, x0);
  v128.store(words, x1, 16);
  v128.store(words, x2, 32);
  v128.store(words, x3, 48);
  return words;
}

// Words of a stream, read at any index of it in order: a new counter is computed only where four words end.
let held: u64 = u64.MAX_VALUE;

@inline export function openStream(): void { held = u64.MAX_VALUE; }

// The address of word `index` of the lanes' streams.
@inline export function wordsAt(seed: u32, index: u32, replica: u32, stream: u32, restart: u32): usize {
  if (held != <u64>(index >> 2)) {
    held = index >> 2;
    philox(index >> 2, replica, stream, restart, seed, 0);
  }
  return words + 16 * (index & 3);
}

// Uniform integer in 0..bound-1 by multiply-high.
@inline export function below(word: u32, bound: i32): i32 {
  return <i32>((<u64>word * <u64>bound) >> 32);
}
