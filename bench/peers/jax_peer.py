"""JAX on the CPU: as a user writes it (vmap of one network's grad and scan), and as an expert would (replicas last, gradient by
hand, blocks that stay in cache, each trained for all steps before the next)."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from protocol import RATE, X, join, join_last, serve, split, split_last


def loop(step, p, y, steps):
    return lax.scan(lambda q, _: (step(q, y), None), p, None, length=steps)[0]


def compiled(function):
    """run(state, steps) of a jitted function of (parameters, targets), steps known when it compiles"""
    f = jax.jit(function, static_argnums=2)
    return lambda state, steps: (jax.block_until_ready(f(*state, steps)), state[1])


def loss_one(p, y):
    w1, b1, w2, b2 = p
    o = jnp.tanh(X @ w1.T + b1) @ w2.T + b2
    return jnp.sum(jax.nn.softplus(o) - y * o)


def step_one(p, y):
    return jax.tree.map(lambda w, g: w - RATE * g, p, jax.grad(loss_one)(p, y))


def vmap(n, replicas, threads):
    """One network's training loop, vmapped."""

    def prepare(start, targets):
        return jax.block_until_ready((tuple(map(jnp.asarray, split(start, n))), jnp.asarray(targets)))

    run = compiled(lambda p, y, steps: jax.vmap(lambda q: loop(step_one, q, y, steps))(p))
    return prepare, run, lambda state: join(*map(np.asarray, state[0]))


def step_arrays(p, y):
    """Array operations over [rows, units, replicas]."""
    w1, b1, w2, b2 = p
    z = b1 + X[:, 0, None, None] * w1[0] + X[:, 1, None, None] * w1[1] + X[:, 2, None, None] * w1[2]
    h = jnp.tanh(z)
    d = jax.nn.sigmoid((h[:, None] * w2).sum(2) + b2) - y[:, :, None]
    e = (d[:, 0, None] * w2[0] + d[:, 1, None] * w2[1]) * (1 - h * h)
    g1 = jnp.stack([e[1] + e[3] + e[5] + e[7], e[2] + e[3] + e[6] + e[7], e[4] + e[5] + e[6] + e[7]])
    return w1 - RATE * g1, b1 - RATE * e.sum(0), w2 - RATE * (d[:, :, None] * h[:, None]).sum(0), b2 - RATE * d.sum(0)


def step_rows(p, y):
    """The eight rows unrolled, pre-activations by sums over the truth table."""
    (w0, w1, w2), b, v, c = p
    z1, z2, z4 = b + w0, b + w1, b + w2
    z3, z5, z6 = z1 + w1, z1 + w2, z2 + w2
    h = [jnp.tanh(z) for z in (b, z1, z2, z3, z4, z5, z6, z3 + w2)]
    da, db = ([jax.nn.sigmoid((q * v[k]).sum(0) + c[k]) - y[s, k] for s, q in enumerate(h)] for k in (0, 1))
    e = [(a * v[0] + b * v[1]) * (1 - q * q) for a, b, q in zip(da, db, h)]
    g0, g1, g2 = e[1] + e[3] + e[5] + e[7], e[2] + e[3] + e[6] + e[7], e[4] + e[5] + e[6] + e[7]
    ga, gb = (sum(a * q for a, q in zip(d, h)) for d in (da, db))
    return (
        p[0] - RATE * jnp.stack([g0, g1, g2]),
        b - RATE * (e[0] + e[1] + e[2] + e[3] + g2),
        v - RATE * jnp.stack([ga, gb]),
        c - RATE * jnp.stack([sum(da), sum(db)]),
    )


def blocked(step, size):
    """Blocks of `size` replicas; with two threads, halved over two CPU devices."""

    def build(n, replicas, threads):
        size_ = min(size, replicas // threads)
        mesh = Mesh(np.array(jax.devices()[:threads]), ('block',))
        spec = PartitionSpec('block')

        def cut(a):
            return jnp.moveaxis(a.reshape(*a.shape[:-1], replicas // size_, size_), -2, 0)

        def glue(a):
            return np.moveaxis(np.asarray(a), 0, -2).reshape(*a.shape[1:-1], replicas)

        def prepare(start, targets):
            blocks = (jax.device_put(cut(a), NamedSharding(mesh, spec)) for a in split_last(start, n))
            return jax.block_until_ready((tuple(blocks), jnp.asarray(targets)))

        def train(p, y, steps):
            one = functools.partial(loop, step, y=y, steps=steps)
            return jax.shard_map(lambda q: lax.map(one, q), mesh=mesh, in_specs=spec, out_specs=spec)(p)

        return prepare, compiled(train), lambda state: join_last(*map(glue, state[0]))

    return build


if __name__ == '__main__':
    serve({'vmap': vmap, 'arrays': blocked(step_arrays, 64), 'rows': blocked(step_rows, 128)})
