"""Workload W for the Python peers, and the protocol of bench/peers.mjs.

python PEER.py VARIANT steady|whole n replicas threads steps START TABLES [OUT]

START holds the start weights [replicas][6n + 2] in f32: per unit b, w0, w1, w2, wa, wb, then ba, bb. TABLES names the
contexts: truth tables alice/bob, row 0 first, with commas between. `steady` trains `steps` steps, writes the weights to OUT,
prints a line when ready, and answers every line of stdin with one timing. `whole` trains every context and prints their mean losses.

A variant is build(n, replicas, threads) -> (prepare, run, weights): state = prepare(start [R, P], targets [8, 2]);
state = run(state, steps), the part that is timed; weights(state) -> [R, P].
"""

import json
import sys
import time

import numpy as np

RATE = np.float32(0.5 / 8)  # the gradient is a sum over the 8 rows
X = np.stack([np.arange(8) >> i & 1 for i in range(3)], 1).astype(np.float32)  # [8, 3]
TIMED_SECONDS = 0.25


def split(w, n):
    """[R, P] -> hidden weights [R, n, 3], biases [R, n], head weights [R, 2, n], biases [R, 2]"""
    units = w[:, : 6 * n].reshape(-1, n, 6)
    parts = units[:, :, 1:4], units[:, :, 0], units[:, :, 4:6].transpose(0, 2, 1), w[:, 6 * n :]
    return tuple(np.ascontiguousarray(part) for part in parts)


def join(w1, b1, w2, b2):
    """The inverse of split."""
    units = np.concatenate([b1[:, :, None], w1, np.swapaxes(w2, 1, 2)], 2)
    return np.concatenate([units.reshape(len(units), -1), b2], 1)


def split_last(w, n):
    """Replicas last: [3, n, R], [n, R], [2, n, R], [2, R]"""
    w1, b1, w2, b2 = split(w, n)
    return tuple(np.ascontiguousarray(part) for part in (w1.transpose(2, 1, 0), b1.T, w2.transpose(1, 2, 0), b2.T))


def join_last(w1, b1, w2, b2):
    """The inverse of split_last."""
    return join(np.transpose(w1, (2, 1, 0)), np.transpose(b1), np.transpose(w2, (2, 0, 1)), np.transpose(b2))


def mean_loss(w, targets, n):
    """Mean cross-entropy over replicas, rows and heads."""
    w1, b1, w2, b2 = (part.astype(np.float64) for part in split(w, n))
    h = np.tanh(np.einsum('si,rni->rsn', X, w1) + b1[:, None])
    o = np.einsum('rsn,rkn->rsk', h, w2) + b2[:, None]
    return (np.logaddexp(0, o) - targets * o).mean()


def timed(run, state, steps):
    cpu, wall = time.process_time(), time.perf_counter()
    state = run(state, steps)
    return state, time.process_time() - cpu, time.perf_counter() - wall


def say(**answer):
    print(json.dumps(answer), flush=True)


def steady(build, job, start, contexts, out):
    n, replicas, threads, steps = job
    targets = contexts[0]
    prepare, run, weights = build(n, replicas, threads)
    np.ascontiguousarray(weights(run(prepare(start, targets), steps)), np.float32).tofile(out)
    _, cpu, _ = timed(run, prepare(start, targets), steps)  # CPU time: as many steps on a busy machine
    steps = int(min(2000, max(10, TIMED_SECONDS * threads / cpu * steps)))
    run(prepare(start, targets), steps)
    say(ready=True, steps=steps)
    for _ in sys.stdin:
        _, cpu, wall = timed(run, prepare(start, targets), steps)
        say(cpu=cpu * 1e9 / (replicas * steps), wall=wall * 1e9 / (replicas * steps))


def whole(build, job, start, contexts):
    n, replicas, threads, steps = job
    prepare, run, weights = build(n, replicas, threads)
    losses, seconds = [], []
    for targets in contexts:
        state, _, wall = timed(run, prepare(start, targets), steps)
        losses.append(float(mean_loss(np.asarray(weights(state)), targets, n)))
        seconds.append(wall)
    say(losses=losses, seconds=seconds)


def serve(variants):
    name, mode, *rest = sys.argv[1:]
    job, (start, tables, *out) = tuple(map(int, rest[:4])), rest[4:]
    n, replicas, _, _ = job
    start = np.fromfile(start, np.float32, replicas * (6 * n + 2)).reshape(replicas, -1)
    contexts = [np.array([[int(bit) for bit in table] for table in pair.split('/')], np.float32).T.copy() for pair in tables.split(',')]
    if mode == 'steady':
        steady(variants[name], job, start, contexts, *out)
    else:
        whole(variants[name], job, start, contexts)
