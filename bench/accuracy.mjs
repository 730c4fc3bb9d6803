// Absolute errors of the kernel's activations and of the heads' derivatives against double precision, over random weights of all
// sizes and 2 to 6 inputs (with one the kernel uses the direct form). The direct form computes the same sums row by row.
// node bench/accuracy.mjs [--json FILE]

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { describeMachine } from './machine.mjs';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const REACHES = [1, 3, 8, 20];
const WIDTHS = [2, 3, 4, 5, 6]; // inputs
const UNITS = 4;
const SAMPLES = 32_000; // trials times rows, for every number of inputs
const DELTA_BAR = 2e-7;
const DOUBLE_BAR = 1e-14;

const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** The product form keeps a hidden weight w as this times w; gradient descent scales its derivatives so too. */
const scaleOf = (activation) => (activation === 'tanh' ? -2 : -1) * Math.LOG2E;

/** A small generator for weights (mulberry32). */
function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function configured({ double, inputs, activation, pm }) {
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(readKernel().bytes), {}).exports;
  const kind = ['sigmoid', 'tanh'].indexOf(activation);
  kernel.configure(double, inputs, UNITS, kind, false, 0, 1, 1, false, pm, 1, 0, 1 << inputs, 0, 0, false);
  kernel.begin(0, 0);
  return kernel;
}

/**
 * Largest error of an activation for weights within +-reach. Sums are taken in double precision, of the weights that the
 * kernel holds or, with `asGiven`, of those that were given: the product form rounds a weight when it makes it an exponent.
 */
function activationError({ form, inputs, activation, pm, double, reach, asGiven = false }) {
  const kernel = configured({ double, inputs, activation, pm });
  const rows = 1 << inputs;
  const lanes = double ? 2 : 4;
  const Floats = double ? Float64Array : Float32Array;
  const w = new Floats(kernel.memory.buffer, kernel.parametersAddress(), UNITS * (inputs + 3) * lanes);
  const h = new Floats(kernel.memory.buffer, kernel.activationsAddress(), UNITS * rows * lanes);
  const probe = new Floats(kernel.memory.buffer, kernel.activationsAddress(), lanes);
  const given = new Floats(w.length);
  const next = random(reach);
  const scale = form === 'product' ? scaleOf(activation) : 1;
  const expected = activation === 'tanh' ? Math.tanh : sigmoid;
  let most = 0;
  for (let trial = 0; trial < SAMPLES / rows; trial++) {
    given.forEach((_, i) => {
      given[i] = (next() * 2 - 1) * reach;
      w[i] = Math.fround(scale) * given[i]; // as the kernel scales
    });
    if (form === 'product') kernel.finish(0);
    for (let unit = 0; unit < UNITS; unit++) {
      for (let row = 0; row < rows; row++) {
        const exact = [];
        const rounded = new Floats(lanes);
        for (let lane = 0; lane < lanes; lane++) {
          const at = (place) => (unit * (inputs + 3) + place) * lanes + lane;
          const weight = (place) => (asGiven ? given[at(place)] : w[at(place)] / scale);
          let z = weight(0);
          rounded[lane] = z;
          for (let i = 0; i < inputs; i++) {
            const term = weight(i + 1) * ((row >> i) & 1 ? 1 : pm ? -1 : 0);
            z += term;
            rounded[lane] += term;
          }
          exact.push(z);
        }
        if (form === 'direct') {
          probe.set(rounded);
          (double ? kernel.apply64 : kernel.apply32)(activation === 'tanh' ? 1 : 0, probe.byteOffset);
        }
        for (let lane = 0; lane < lanes; lane++) {
          const got = form === 'direct' ? probe[lane] : h[(unit * rows + row) * lanes + lane];
          const value = form === 'product' && activation === 'tanh' ? 2 * got - 1 : got;
          most = Math.max(most, Math.abs(value - expected(exact[lane])));
        }
      }
    }
  }
  return most;
}

/** Largest error of sigmoid(logit) - target, for logits within +-reach. */
function deltaError({ activation, reach }) {
  const isTanh = activation === 'tanh';
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(readKernel().bytes), {}).exports;
  kernel.configure(false, 2, 1, isTanh ? 1 : 0, false, 0, 1, 1, false, false, 1, 0, 4, 0, 0, false);
  new Uint8Array(kernel.memory.buffer, kernel.targetsAddress(), 128).set([0, 1, 0, 1]);
  const next = random(7 + reach);
  let most = 0;
  for (let trial = 0; trial < SAMPLES / 8; trial++) {
    kernel.begin(0, 0);
    const w = new Float32Array(kernel.memory.buffer, kernel.parametersAddress(), 7 * 4).fill(0);
    for (let lane = 0; lane < 4; lane++) w[5 * 4 + lane] = (next() * 2 - 1) * reach;
    const logits = Array.from(w.subarray(20, 24));
    kernel[isTanh ? 'trainTanh2Gd' : 'trainSigmoid2Gd'](0, 1);
    const deltas = new Float32Array(kernel.memory.buffer, kernel.derivativesAddress(), 4 * 8);
    for (let row = 0; row < 4; row++) {
      for (let lane = 0; lane < 4; lane++) {
        const got = (deltas[row * 8 + lane] * (isTanh ? 1 : 4)) / scaleOf(activation); // the mean of 4 rows, for tanh times 4
        const expected = row % 2 ? -sigmoid(-logits[lane]) : sigmoid(logits[lane]);
        most = Math.max(most, Math.abs(got - expected));
      }
    }
  }
  return most;
}

const activations = [];
for (const inputs of WIDTHS) {
  for (const activation of ['sigmoid', 'tanh']) {
    for (const pm of [false, true]) {
      for (const reach of REACHES) {
        const given = { inputs, activation, pm, reach };
        const direct = activationError({ ...given, form: 'direct', double: false });
        const product = activationError({ ...given, form: 'product', double: false });
        const asGiven = activationError({ ...given, form: 'product', double: false, asGiven: true });
        const double = activationError({ ...given, form: 'direct', double: true });
        const row = { inputs, activation, coding: pm ? 'pm' : '01', reach };
        const bar = reach <= 3 ? 5e-7 : 1.5 * direct;
        activations.push({ ...row, form: 'product', dtype: 'f32', error: product, asGiven, bar });
        activations.push({ ...row, form: 'direct', dtype: 'f32', error: direct, bar: null });
        activations.push({ ...row, form: 'direct', dtype: 'f64', error: double, bar: DOUBLE_BAR });
      }
    }
  }
}
const deltas = ['sigmoid', 'tanh'].flatMap((activation) =>
  [8, 60, 1e30].map((reach) => ({ activation, reach, error: deltaError({ activation, reach }), bar: DELTA_BAR })),
);

const verdict = ({ error, bar }) =>
  bar === null ? '' : error <= bar ? `bar ${bar.toExponential(1)}: met` : `bar ${bar.toExponential(1)}: MISSED`;
for (const row of activations) {
  const { inputs, form, activation, coding, dtype, reach, error } = row;
  console.log(
    `d = ${inputs} ${form.padEnd(8)}${dtype} ${activation.padEnd(8)}${coding} |w| <= ${String(reach).padEnd(3)} ${error.toExponential(2)} ${verdict(row)}`,
  );
}
for (const row of deltas) {
  console.log(
    `head delta, ${row.activation.padEnd(8)} |logit| <= ${String(row.reach).padEnd(6)} ${row.error.toExponential(2)} ${verdict(row)}`,
  );
}
if (values.json) {
  const result = { machine: describeMachine(), kernel: readKernel().sha256, activations, deltas };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = [...activations, ...deltas].some(({ error, bar }) => bar !== null && error > bar) ? 1 : 0;
