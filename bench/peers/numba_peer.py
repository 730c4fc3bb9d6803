"""numba: the plain loop over replicas that a user writes, and an expert's blocks of 64 replicas with own tanh and exp, whose inner
loops over the lane LLVM turns into vector code."""

import math

import numba as nb
import numpy as np
from llvmlite import ir
from numba import float32 as f32
from numba import int32, njit, prange
from numba.extending import intrinsic

from protocol import RATE, X, serve

RATE = f32(RATE)
ONE = f32(1)
LANES = 64
FMA = {'contract', 'nsz', 'nnan', 'ninf'}  # contraction and simple minima, no re-association


def plain(parallel):
    each = prange if parallel else range

    @njit(parallel=parallel, error_model='numpy')
    def train(weights, targets, n, steps):
        for r in each(weights.shape[0]):
            w = weights[r]
            h = np.empty((n, 8), np.float32)
            d = np.empty((2, 8), np.float32)
            for _ in range(steps):
                for s in range(8):
                    d[0, s] = w[6 * n]
                    d[1, s] = w[6 * n + 1]
                for j in range(n):
                    u = w[6 * j : 6 * j + 6]
                    for s in range(8):
                        h[j, s] = math.tanh(u[0] + X[s, 0] * u[1] + X[s, 1] * u[2] + X[s, 2] * u[3])
                        d[0, s] += u[4] * h[j, s]
                        d[1, s] += u[5] * h[j, s]
                for k in range(2):
                    for s in range(8):
                        d[k, s] = ONE / (ONE + math.exp(-d[k, s])) - targets[s, k]
                        w[6 * n + k] -= RATE * d[k, s]
                for j in range(n):
                    u = w[6 * j : 6 * j + 6]
                    wa, wb = u[4], u[5]
                    for s in range(8):
                        q = h[j, s]
                        e = RATE * (d[0, s] * wa + d[1, s] * wb) * (ONE - q * q)
                        u[0] -= e
                        u[1] -= e * X[s, 0]
                        u[2] -= e * X[s, 1]
                        u[3] -= e * X[s, 2]
                        u[4] -= RATE * d[0, s] * q
                        u[5] -= RATE * d[1, s] * q

    return train


@intrinsic
def float_of_bits(typing, x):
    """The float32 with these bits."""
    return nb.float32(nb.int32), lambda context, builder, signature, values: builder.bitcast(values[0], ir.FloatType())


P0, P1, P2, P3, P4 = map(f32, (0.999999994356843, 0.13450628672516626, 0.003579001654540344, 2.2023404615410372e-05, 1.542819771988125e-08))
Q1, Q2, Q3, Q4 = map(f32, (0.46783956675893246, 0.02619227454859763, 0.0003423666333671484, 8.598871205917826e-07))
TANH_LIMIT, EXP_LIMIT = f32(7.9), f32(60)
E2, E3, E4, E5, E6 = map(f32, (0.5000000047, 0.1666641501, 0.04166635227, 0.008375168289, 0.001394116075))
LOG2E, LN2_HIGH, LN2_LOW, ROUND = f32(1.4426950408889634), f32(0.693359375), f32(-2.12194440e-4), f32(12582912)
BIAS, MANTISSA = int32(127), int32(23)


@njit(fastmath=FMA, inline='always', error_model='numpy')
def tanh(x):
    """Rational in x^2, 5 ulp."""
    x = -TANH_LIMIT if x < -TANH_LIMIT else x
    x = TANH_LIMIT if x > TANH_LIMIT else x
    u = x * x
    p = (((P4 * u + P3) * u + P2) * u + P1) * u + P0
    return x * p / ((((Q4 * u + Q3) * u + Q2) * u + Q1) * u + ONE)


@njit(fastmath=FMA, inline='always', error_model='numpy')
def exp(x):
    """Two-part ln 2 and degree 6."""
    x = -EXP_LIMIT if x < -EXP_LIMIT else x
    x = EXP_LIMIT if x > EXP_LIMIT else x
    k = x * LOG2E + ROUND - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = (((((E6 * r + E5) * r + E4) * r + E3) * r + E2) * r + ONE) * r + ONE
    return p * float_of_bits((int32(k) + BIAS) << MANTISSA)


@njit(fastmath=FMA, error_model='numpy')
def forward(u, h, d):
    """One unit's parameters u [6][LANES]: its activations h [8][LANES], added to the pre-activations d [2][8][LANES] of the heads.
    Flat arrays and constant offsets tell LLVM the distances, so that it vectorises the loops over the lane."""
    for l in range(LANES):
        z0, w0, w1, w2 = u[l], u[LANES + l], u[2 * LANES + l], u[3 * LANES + l]
        z1 = z0 + w0
        z2 = z0 + w1
        z3 = z1 + w1
        h[l] = tanh(z0)
        h[LANES + l] = tanh(z1)
        h[2 * LANES + l] = tanh(z2)
        h[3 * LANES + l] = tanh(z3)
        h[4 * LANES + l] = tanh(z0 + w2)
        h[5 * LANES + l] = tanh(z1 + w2)
        h[6 * LANES + l] = tanh(z2 + w2)
        h[7 * LANES + l] = tanh(z3 + w2)
    for s in range(8):
        for l in range(LANES):
            q = h[s * LANES + l]
            d[s * LANES + l] += u[4 * LANES + l] * q
            d[(8 + s) * LANES + l] += u[5 * LANES + l] * q


@njit(fastmath=FMA, inline='always', error_model='numpy')
def column(a, l):
    """The eight rows of lane l."""
    return (
        a[l],
        a[LANES + l],
        a[2 * LANES + l],
        a[3 * LANES + l],
        a[4 * LANES + l],
        a[5 * LANES + l],
        a[6 * LANES + l],
        a[7 * LANES + l],
    )


@njit(fastmath=FMA, inline='always', error_model='numpy')
def total(a):
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))


@njit(fastmath=FMA, inline='always', error_model='numpy')
def dot(a, h):
    return ((a[0] * h[0] + a[1] * h[1]) + (a[2] * h[2] + a[3] * h[3])) + ((a[4] * h[4] + a[5] * h[5]) + (a[6] * h[6] + a[7] * h[7]))


@njit(fastmath=FMA, inline='always', error_model='numpy')
def back(a, b, h, wa, wb):
    return (a * wa + b * wb) * (ONE - h * h)


@njit(fastmath=FMA, error_model='numpy')
def backward(u, h, da, db):
    """One unit's step from the derivatives of the loss by the heads' pre-activations."""
    for l in range(LANES):
        wa, wb = u[4 * LANES + l], u[5 * LANES + l]
        q, a, b = column(h, l), column(da, l), column(db, l)
        e0, e1 = back(a[0], b[0], q[0], wa, wb), back(a[1], b[1], q[1], wa, wb)
        e2, e3 = back(a[2], b[2], q[2], wa, wb), back(a[3], b[3], q[3], wa, wb)
        e4, e5 = back(a[4], b[4], q[4], wa, wb), back(a[5], b[5], q[5], wa, wb)
        e6, e7 = back(a[6], b[6], q[6], wa, wb), back(a[7], b[7], q[7], wa, wb)
        g2 = (e4 + e5) + (e6 + e7)
        u[l] -= RATE * ((e0 + e1) + (e2 + e3) + g2)
        u[LANES + l] -= RATE * ((e1 + e3) + (e5 + e7))
        u[2 * LANES + l] -= RATE * ((e2 + e3) + (e6 + e7))
        u[3 * LANES + l] -= RATE * g2
        u[4 * LANES + l] = wa - RATE * dot(a, q)
        u[5 * LANES + l] = wb - RATE * dot(b, q)


@njit(fastmath=FMA, error_model='numpy')
def train_block(w, y, n, steps):
    """w [P][LANES] flat, y [16] targets of both heads"""
    h = np.empty(n * 8 * LANES, np.float32)
    d = np.empty(16 * LANES, np.float32)
    c = w[6 * n * LANES :]
    for _ in range(steps):
        for s in range(8):
            for l in range(LANES):
                d[s * LANES + l] = c[l]
                d[(8 + s) * LANES + l] = c[LANES + l]
        for j in range(n):
            forward(w[j * 6 * LANES : (j + 1) * 6 * LANES], h[j * 8 * LANES : (j + 1) * 8 * LANES], d)
        for s in range(16):
            target = y[s]
            for l in range(LANES):
                d[s * LANES + l] = ONE / (ONE + exp(-d[s * LANES + l])) - target
        da, db = d[: 8 * LANES], d[8 * LANES :]
        for j in range(n):
            backward(w[j * 6 * LANES : (j + 1) * 6 * LANES], h[j * 8 * LANES : (j + 1) * 8 * LANES], da, db)
        for l in range(LANES):
            c[l] -= RATE * total(column(da, l))
            c[LANES + l] -= RATE * total(column(db, l))


def lanes(parallel):
    each = prange if parallel else range

    @njit(fastmath=FMA, parallel=parallel, error_model='numpy')
    def train(blocks, y, n, steps):
        for b in each(blocks.shape[0]):
            train_block(blocks[b], y, n, steps)

    return train


def build_plain(n, replicas, threads):
    nb.set_num_threads(threads)
    train = plain(threads > 1)

    def run(state, steps):
        train(*state, n, steps)
        return state

    return lambda start, targets: (start.copy(), targets), run, lambda state: state[0]


def build_lanes(n, replicas, threads):
    nb.set_num_threads(threads)
    train = lanes(threads > 1)
    blocks = replicas // LANES

    def prepare(start, targets):
        w = start.reshape(blocks, LANES, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(w).reshape(blocks, -1), np.ascontiguousarray(targets.T).ravel()

    def run(state, steps):
        train(*state, n, steps)
        return state

    return prepare, run, lambda state: state[0].reshape(blocks, -1, LANES).transpose(0, 2, 1).reshape(replicas, -1)


if __name__ == '__main__':
    serve({'loop': build_plain, 'lanes': build_lanes})
