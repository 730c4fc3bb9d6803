/* The dense kernel's hot loops in C, operation by operation as in packages/core-wasm/assembly/dense: the same bits, another
   compiler. clang --target=wasm32 -O3 -msimd128 -ffp-contract=off -nostdlib */
#include <wasm_simd128.h>

typedef unsigned char *at;
#define LOAD(p) wasm_v128_load(p)
#define STORE(p, v) wasm_v128_store(p, v)
#define SPLAT(p) wasm_v128_load32_splat(p)
#define ADD wasm_f32x4_add
#define SUB wasm_f32x4_sub
#define MUL wasm_f32x4_mul
#define MADD(a, b, c) ADD(MUL(a, b), c)
#define EXPORT(name) __attribute__((export_name(#name))) void name

static inline v128_t transpose_add(v128_t a, v128_t b, v128_t c, v128_t d) {
  v128_t ab = ADD(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
  v128_t cd = ADD(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
  return ADD(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

EXPORT(forwardProduct)(at z, at x, at w, int rows, int outputs, int bytes, int strideZ, int strideX, int strideW) {
  for (int o = 0; o < outputs; o += 4, w += 4 * strideW, z += 16) {
    at to = z, from = x;
    for (int r = 0; r < rows; r += 2, from += 2 * strideX, to += 2 * strideZ) {
      v128_t sum[2][4];
      for (int k = 0; k < 4; ++k) sum[0][k] = sum[1][k] = wasm_f32x4_splat(0);
      for (int i = 0; i < bytes; i += 16) {
        v128_t a = LOAD(from + i), b = LOAD(from + strideX + i);
        for (int k = 0; k < 4; ++k) {
          v128_t v = LOAD(w + k * strideW + i);
          sum[0][k] = MADD(v, a, sum[0][k]);
          sum[1][k] = MADD(v, b, sum[1][k]);
        }
      }
      STORE(to, transpose_add(sum[0][0], sum[0][1], sum[0][2], sum[0][3]));
      STORE(to + strideZ, transpose_add(sum[1][0], sum[1][1], sum[1][2], sum[1][3]));
    }
  }
}

EXPORT(backwardProduct)
(at d, at g, at w, at panel, int rows, int outputs, int bytes, int strideD, int strideG, int strideW) {
  for (at end = w + bytes; w < end; w += 32, d += 32) {
    for (int o = 0; o < outputs; ++o) {
      STORE(panel + 32 * o, LOAD(w + o * strideW));
      STORE(panel + 32 * o + 16, LOAD(w + o * strideW + 16));
    }
    for (int r = 0; r < rows; r += 4) {
      v128_t sum[4][2];
      for (int k = 0; k < 4; ++k) sum[k][0] = sum[k][1] = wasm_f32x4_splat(0);
      at row = g + r * strideG, to = d + r * strideD;
      for (int o = 0; o < outputs; ++o) {
        v128_t a = LOAD(panel + 32 * o), b = LOAD(panel + 32 * o + 16);
        for (int k = 0; k < 4; ++k) {
          v128_t v = SPLAT(row + k * strideG + 4 * o);
          sum[k][0] = MADD(v, a, sum[k][0]);
          sum[k][1] = MADD(v, b, sum[k][1]);
        }
      }
      for (int k = 0; k < 4; ++k, to += strideD) {
        STORE(to, ADD(LOAD(to), sum[k][0]));
        STORE(to + 16, ADD(LOAD(to + 16), sum[k][1]));
      }
    }
  }
}

EXPORT(updateGd)
(at w, at x, at g, at panel, int rows, int outputs, int bytes, int strideW, int strideX, int strideG) {
  for (int o = 0; o < outputs; o += 4, w += 4 * strideW, g += 16) {
    for (int r = 0; r < rows; ++r) STORE(panel + 16 * r, LOAD(g + r * strideG));
    for (int i = 0; i < bytes; i += 32) {
      v128_t sum[4][2];
      for (int k = 0; k < 4; ++k) sum[k][0] = sum[k][1] = wasm_f32x4_splat(0);
      for (int r = 0; r < rows; ++r) {
        v128_t a = LOAD(x + r * strideX + i), b = LOAD(x + r * strideX + i + 16);
        for (int k = 0; k < 4; ++k) {
          v128_t v = SPLAT(panel + 16 * r + 4 * k);
          sum[k][0] = MADD(v, a, sum[k][0]);
          sum[k][1] = MADD(v, b, sum[k][1]);
        }
      }
      for (int k = 0; k < 4; ++k) {
        at to = w + k * strideW + i;
        STORE(to, SUB(LOAD(to), sum[k][0]));
        STORE(to + 16, SUB(LOAD(to + 16), sum[k][1]));
      }
    }
  }
}

EXPORT(sweepGd)(at w, at d, at x, at g, int outputs, int bytes, int strideW, int strideX, int strideG) {
  for (int o = 0; o < outputs; o += 4, w += 4 * strideW, g += 16) {
    v128_t ga[4], gb[4];
    for (int k = 0; k < 4; ++k) ga[k] = SPLAT(g + 4 * k), gb[k] = SPLAT(g + strideG + 4 * k);
    for (int i = 0; i < bytes; i += 16) {
      v128_t a = LOAD(x + i), b = LOAD(x + strideX + i), sumA = LOAD(d + i), sumB = LOAD(d + strideX + i);
      for (int k = 0; k < 4; ++k) {
        at to = w + k * strideW + i;
        v128_t v = LOAD(to);
        sumA = MADD(v, ga[k], sumA);
        sumB = MADD(v, gb[k], sumB);
        STORE(to, SUB(v, MADD(gb[k], b, MUL(ga[k], a))));
      }
      STORE(d + i, sumA);
      STORE(d + strideX + i, sumB);
    }
  }
}

EXPORT(sweepFourGd)(at w, at d, at x, at g, int outputs, int bytes, int strideW, int strideX, int strideG) {
  for (int o = 0; o < outputs; o += 2, w += 2 * strideW, g += 8) {
    v128_t ga[4], gb[4];
    for (int k = 0; k < 4; ++k) ga[k] = SPLAT(g + k * strideG), gb[k] = SPLAT(g + k * strideG + 4);
    for (int i = 0; i < bytes; i += 16) {
      v128_t a = LOAD(w + i), b = LOAD(w + strideW + i), v = LOAD(x + i), sumA = MUL(ga[0], v), sumB = MUL(gb[0], v);
      STORE(d + i, MADD(b, gb[0], MADD(a, ga[0], LOAD(d + i))));
      for (int k = 1; k < 4; ++k) {
        at to = d + k * strideX + i;
        v = LOAD(x + k * strideX + i);
        sumA = MADD(ga[k], v, sumA);
        sumB = MADD(gb[k], v, sumB);
        STORE(to, MADD(b, gb[k], MADD(a, ga[k], LOAD(to))));
      }
      STORE(w + i, SUB(a, sumA));
      STORE(w + strideW + i, SUB(b, sumB));
    }
  }
}
