// TensorFlow.js on its cpu and wasm backends, all replicas in one batch: autodiff of the batched loss as a user writes it, and an
// expert's gradient by hand with every parameter a vector over replicas.

import { fileURLToPath } from 'node:url';
import tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { serve } from './protocol.mjs';
import { RATE, ROWS } from './work.mjs';

const rate = RATE / ROWS;
const rows = Array.from({ length: ROWS }, (_, s) => s);
const sum = (terms) => terms.reduce((a, b) => tf.add(a, b));
const dot = (a, b) => sum(a.map((value, s) => tf.mul(value, b[s])));

/** Where each matrix of a network finds its numbers in the kernel's order; shapes [3, n], [1, n], [n, 2], [1, 2]. */
function matrices(n) {
  const units = Array.from({ length: n }, (_, j) => 6 * j);
  return [
    { shape: [3, n], from: [1, 2, 3].flatMap((i) => units.map((unit) => unit + i)) },
    { shape: [1, n], from: units },
    { shape: [n, 2], from: units.flatMap((unit) => [unit + 4, unit + 5]) },
    { shape: [1, 2], from: [6 * n, 6 * n + 1] },
  ];
}

/** load: a tensor [R] for each of the 6n + 2 parameters -> the form's tensors; unload: back again. */
const FORMS = {
  autodiff: {
    load: (columns, n) =>
      matrices(n).map(({ shape, from }) => {
        const stacked = tf.stack(
          from.map((p) => columns[p]),
          1,
        );
        return stacked.reshape([-1, ...shape]);
      }),
    step(parameters, { x, y }) {
      const gradients = tf.grads((w1, b1, w2, b2) => {
        const h = tf.tanh(tf.add(tf.matMul(tf.tile(x, [w1.shape[0], 1, 1]), w1), b1));
        const o = tf.add(tf.matMul(h, w2), b2);
        return tf.sum(tf.sub(tf.softplus(o), tf.mul(o, y)));
      })(parameters);
      return parameters.map((w, i) => tf.sub(w, tf.mul(gradients[i], rate)));
    },
    unload(parameters, n) {
      const columns = [];
      for (const [i, { from }] of matrices(n).entries()) {
        const flat = parameters[i].reshape([parameters[i].shape[0], -1]);
        for (const [at, column] of tf.unstack(flat, 1).entries()) columns[from[at]] = column;
      }
      return columns;
    },
  },

  hand: {
    load: (columns) => columns.map((column) => tf.clone(column)),
    step(p, { bits, rates, ones }) {
      const n = (p.length - 2) / 6;
      const units = Array.from({ length: n }, (_, j) => p.slice(6 * j, 6 * j + 6));
      const hidden = units.map(([b, w0, w1, w2]) => {
        const z = [b, tf.add(b, w0)];
        z.push(tf.add(z[0], w1), tf.add(z[1], w1));
        z.push(...z.map((value) => tf.add(value, w2)));
        return z.map((value) => tf.tanh(value));
      });
      /** The learning rate times the loss's derivative by each row's pre-activation of a head. */
      const [da, db] = [0, 1].map((head) =>
        rows.map((s) => {
          const o = units.reduce((o, unit, j) => tf.add(o, tf.mul(unit[4 + head], hidden[j][s])), p[6 * n + head]);
          const output = tf.sigmoid(o);
          return tf.mul(bits[head][s] ? tf.sub(output, ones) : output, rates);
        }),
      );
      const after = units.flatMap((unit, j) => {
        const [wa, wb] = unit.slice(4);
        const e = hidden[j].map((h, s) => {
          const back = tf.add(tf.mul(da[s], wa), tf.mul(db[s], wb));
          return tf.mul(back, tf.sub(ones, tf.mul(h, h)));
        });
        const where = (bit) => sum(e.filter((_, s) => s & bit));
        const gradients = [sum(e), where(1), where(2), where(4), dot(da, hidden[j]), dot(db, hidden[j])];
        return unit.map((w, i) => tf.sub(w, gradients[i]));
      });
      return [...after, tf.sub(p[6 * n], sum(da)), tf.sub(p[6 * n + 1], sum(db))];
    },
    unload: (parameters) => parameters,
  },
};

async function open(variant, { n, replicas, readStart }) {
  const [backend, form] = variant.split('-');
  const { load, step, unload } = FORMS[form];
  const manifest = import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(fileURLToPath(new URL('dist/', manifest)));
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: expected the backend ${backend} to start, it did not`);
  const start = readStart();
  const count = 6 * n + 2;

  return {
    prepare(bits) {
      const targets = {
        bits,
        x: tf.tensor3d(
          rows.flatMap((s) => [s & 1, (s >> 1) & 1, s >> 2]),
          [1, ROWS, 3],
        ),
        y: tf.tensor2d(
          rows.flatMap((s) => bits.map((table) => table[s])),
          [ROWS, 2],
        ),
        rates: tf.fill([replicas], rate),
        ones: tf.ones([replicas]),
      };
      const parameters = tf.tidy(() => load(tf.unstack(tf.tensor2d(start, [replicas, count]), 1), n));
      return { targets, parameters };
    },
    async run(state, steps) {
      for (let i = 0; i < steps; i++) {
        const next = tf.tidy(() => step(state.parameters, state.targets));
        tf.dispose(state.parameters);
        state.parameters = next;
      }
      await state.parameters[0].data();
    },
    weights: ({ parameters }) => tf.tidy(() => tf.stack(unload(parameters, n), 1).dataSync()),
  };
}

await serve(open);
