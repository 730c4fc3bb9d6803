"""PyTorch on the CPU: one network at a time, vmap + grad, batched matrix products with autograd, and torch.compile of the
gradient by hand with every parameter a vector over replicas."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import protocol
from protocol import join, join_last, serve, split, split_last

RATE = float(protocol.RATE)
X = torch.tensor(protocol.X)


def cross_entropy(o, y):
    return F.binary_cross_entropy_with_logits(o, y, reduction='sum')


class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.hidden, self.heads = nn.Linear(3, n), nn.Linear(n, 2)

    def forward(self, x):
        return self.heads(torch.tanh(self.hidden(x)))


def one_net(n, replicas, threads):
    """The tutorial's loop, network after network."""
    torch.set_num_threads(threads)

    def parameters(net):
        return net.hidden.weight, net.hidden.bias, net.heads.weight, net.heads.bias

    def prepare(start, targets):
        nets = [Net(n) for _ in range(replicas)]
        with torch.no_grad():
            for net, *values in zip(nets, *split(start, n)):
                for parameter, value in zip(parameters(net), values):
                    parameter.copy_(torch.tensor(value))
        return nets, torch.tensor(targets)

    def run(state, steps):
        nets, y = state
        for net in nets:
            optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
            for _ in range(steps):
                optimizer.zero_grad()
                cross_entropy(net(X), y).backward()
                optimizer.step()
        return state

    def weights(state):
        columns = zip(*map(parameters, state[0]))
        return join(*(np.stack([p.detach().numpy() for p in column]) for column in columns))

    return prepare, run, weights


def vmap_step(p, y):
    def loss(p):
        w1, b1, w2, b2 = p
        return cross_entropy(torch.tanh(X @ w1.T + b1) @ w2.T + b2, y)

    return tuple(w - RATE * g for w, g in zip(p, torch.vmap(torch.func.grad(loss))(p)))


def bmm_step(p, y):
    with torch.enable_grad():
        p = tuple(a.detach().requires_grad_() for a in p)
        w1, b1, w2, b2 = p
        h = torch.tanh(torch.baddbmm(b1[:, None], X.expand(len(b1), 8, 3), w1.mT))
        o = torch.baddbmm(b2[:, None], h, w2.mT)
        gradients = torch.autograd.grad(cross_entropy(o, y.expand_as(o)), p)
    return tuple(w.detach() - RATE * g for w, g in zip(p, gradients))


def arrays_step(p, y):
    """Array operations over [rows, units, replicas], gradient by hand."""
    w1, b1, w2, b2 = p
    x = X.T[:, :, None, None]
    h = torch.tanh(b1 + x[0] * w1[0] + x[1] * w1[1] + x[2] * w1[2])
    d = torch.sigmoid((h[:, None] * w2).sum(2) + b2) - y[:, :, None]
    e = (d[:, 0, None] * w2[0] + d[:, 1, None] * w2[1]) * (1 - h * h)
    e23, e45, e67 = e[2] + e[3], e[4] + e[5], e[6] + e[7]
    g1 = torch.stack([e[1] + e[3] + e[5] + e[7], e23 + e67, e45 + e67])
    gb = e[0] + e[1] + e23 + e45 + e67
    return w1 - RATE * g1, b1 - RATE * gb, w2 - RATE * (d[:, :, None] * h[:, None]).sum(0), b2 - RATE * d.sum(0)


def vectors_step(p, y):
    """Every parameter a vector over replicas, rows and units unrolled: one fused loop for the compiler."""
    n = (len(p) - 2) // 6
    units = [p[6 * j : 6 * j + 6] for j in range(n)]
    hidden = []
    heads = [[p[-2]] * 8, [p[-1]] * 8]
    for b, w0, w1, w2, *v in units:
        z1, z2, z4 = b + w0, b + w1, b + w2
        z3, z5, z6 = z1 + w1, z1 + w2, z2 + w2
        h = [torch.tanh(z) for z in (b, z1, z2, z3, z4, z5, z6, z3 + w2)]
        hidden.append(h)
        heads = [[o + v[k] * q for o, q in zip(heads[k], h)] for k in (0, 1)]
    da, db = ([torch.sigmoid(o) - y[s, k] for s, o in enumerate(heads[k])] for k in (0, 1))
    out = []
    for (b, w0, w1, w2, wa, wb), h in zip(units, hidden):
        e = [(i * wa + j * wb) * (1 - q * q) for i, j, q in zip(da, db, h)]
        g0, g1, g2 = e[1] + e[3] + e[5] + e[7], e[2] + e[3] + e[6] + e[7], e[4] + e[5] + e[6] + e[7]
        ga, gb = (sum(i * q for i, q in zip(d, h)) for d in (da, db))
        gradients = e[0] + e[1] + e[2] + e[3] + g2, g0, g1, g2, ga, gb
        out += [w - RATE * g for w, g in zip((b, w0, w1, w2, wa, wb), gradients)]
    return (*out, p[-2] - RATE * sum(da), p[-1] - RATE * sum(db))


LAYOUTS = {
    'first': (split, join),
    'last': (split_last, join_last),
    'vectors': (lambda w, n: map(np.ascontiguousarray, w.T), lambda *columns: np.stack(columns, 1)),
}


def batched(step, layout='first', compile=False):
    cut, glue = LAYOUTS[layout]

    def build(n, replicas, threads):
        torch.set_num_threads(threads)
        advance = torch.compile(step, fullgraph=True, dynamic=False) if compile else step

        def run(state, steps):
            p, y = state
            with torch.no_grad():
                for _ in range(steps):
                    p = advance(p, y)
            return p, y

        def prepare(start, targets):
            return tuple(map(torch.tensor, cut(start, n))), torch.tensor(targets)

        return prepare, run, lambda state: glue(*(a.numpy() for a in state[0]))

    return build


if __name__ == '__main__':
    serve(
        {
            'one-net': one_net,
            'vmap': batched(vmap_step),
            'bmm': batched(bmm_step),
            'compile-arrays': batched(arrays_step, 'last', compile=True),
            'compile-vectors': batched(vectors_step, 'vectors', compile=True),
        }
    )
