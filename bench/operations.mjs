// Counts the operations that the kernel executes per replica-step: every instruction of kernel.wasm that computes or moves data is
// followed by a counter, and one block is trained with it.
// node bench/operations.mjs

import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { openKernel } from '../packages/core-wasm/dist/index.js';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { requestOf, WORKLOADS } from './kernel-workloads.mjs';

const CLASSES = ['arithmetic', 'divisions', 'loads', 'stores', 'scalar'];

/** Index of a class: the vector instructions, and loads, stores, products, quotients and shifts of single numbers; -1 for the rest. */
function classOf(mnemonic) {
  if (/^(f32x4|f64x2)\.(div|sqrt)$/.test(mnemonic)) return 1;
  if (/^v128\.load/.test(mnemonic)) return 2;
  if (/^v128\.store/.test(mnemonic)) return 3;
  if (/^(f32x4|f64x2|i32x4|i64x2)\./.test(mnemonic)) return 0;
  if (/^v128\.(and|andnot|or|xor|not|bitselect|any_true)$/.test(mnemonic)) return 0;
  return /^(i32|i64|f32|f64)\.(load|store|mul|rem|div|shr)/.test(mnemonic) ? 4 : -1;
}

/** The same module with one exported 64-bit counter per class. */
function instrument(bytes) {
  const lines = binaryen.readBinary(bytes).emitStackIR().trimEnd().split('\n');
  const counted = lines.flatMap((line) => {
    const index = classOf(line.trim().split(' ')[0]);
    if (index < 0) return [line];
    const counter = `$count${index}`;
    return [line, `global.get ${counter}`, 'i64.const 1', 'i64.add', `global.set ${counter}`];
  });
  const globals = CLASSES.map((name, i) => `(global $count${i} (export "${name}") (mut i64) (i64.const 0))`);
  const first = counted.findIndex((line) => /^\s*\(func /.test(line));
  counted.splice(first, 0, ...globals);
  const module = binaryen.parseText(counted.join('\n'));
  module.setFeatures(binaryen.Features.All);
  return module.emitBinary();
}

let compiled;

/** A kernel with counters; the loader does not show its instance, so it is caught on the way. */
async function openCounting() {
  compiled ??= await WebAssembly.compile(instrument(readKernel().bytes));
  const { instantiate } = WebAssembly;
  let counters;
  WebAssembly.instantiate = async (...given) => {
    const instance = await instantiate(...given);
    counters = instance.exports;
    return instance;
  };
  try {
    return { kernel: await openKernel(compiled), read: () => CLASSES.map((name) => Number(counters[name].value)) };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

/** Vector operations per replica-step by class, without the set-up of a block. */
export async function countOperations({ network, replicas }) {
  const lanes = network.dtype === 'f64' ? 2 : 4;
  const request = { ...requestOf({ network, replicas }), replicas: lanes };
  const totals = async (steps) => {
    const { kernel, read } = await openCounting();
    kernel.train({ ...network, steps }, request);
    return read();
  };
  const [few, many] = [await totals(80), await totals(240)];
  return Object.fromEntries(CLASSES.map((name, i) => [name, (many[i] - few[i]) / 160 / lanes]));
}

/** Time goes with the operations; a division or root takes as long as four. */
export const weightOf = ({ arithmetic, divisions, loads, stores, scalar }) =>
  arithmetic + 4 * divisions + loads + stores + scalar;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const workload of WORKLOADS) {
    const count = await countOperations(workload);
    const cells = CLASSES.map((name) => `${name} ${count[name].toFixed(1)}`).join(', ');
    console.log(`${workload.name.padEnd(33)} ${cells}`);
  }
}
