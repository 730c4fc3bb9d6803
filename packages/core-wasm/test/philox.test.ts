// The generator: Random123's known answers, and the three streams against their definition.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, raw } from './open.ts';
import * as reference from './reference.ts';

const ANSWERS = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe('Philox4x32-10', () => {
  it.each(ANSWERS)('gives the known answer for counter $counter', ({ counter, key, words }) => {
    const exports = raw();
    const [c0, c1, c2, c3] = counter;
    const at = exports.philoxWords(c0, c1, c2, c3, key[0], key[1]);
    const got = new Uint32Array(exports.memory.buffer, at, 16);
    expect([got[0], got[4], got[8], got[12]]).toEqual(words);
    expect(reference.philox(counter, key)).toEqual(words);
    const next = reference.philox([c0, (c1 + 3) % 2 ** 32, c2, c3], key);
    expect([got[3], got[7], got[11], got[15]]).toEqual(next);
  });
});

describe('streams', () => {
  const networks: Partial<Network>[] = [
    {},
    { inputs: 1, hidden: 5, gain: 0.3 },
    { inputs: 6, hidden: 2, sharing: 'separate', dtype: 'f64' },
    { inputs: 5, hidden: 7, gain: 2.5, sharing: 'separate' },
    { inputs: 4, trainRows: 11, seed: 0xffffffff },
    { inputs: 6, trainRows: 1, dtype: 'f64' },
    { inputs: 6, trainRows: 37 },
  ];

  it.each(networks)('initial weights, training rows and order of %o', (options) => {
    const network = { ...base, batch: 1 as const, steps: 0, ...options };
    for (const [firstReplica, restart] of [
      [0, 0],
      [1000, 7],
      [2 ** 32 - 5, 3],
    ]) {
      const range = { firstReplica, replicas: 5, restart };
      const weights = kernel.initialWeights(network, range);
      const zeros = new Uint8Array(1 << network.inputs);
      const {
        trainingRows,
        parameters,
        weights: untouched,
      } = kernel.train(network, { alice: zeros, bob: zeros, ...range });
      expect(untouched).toEqual(weights);
      for (let k = 0; k < 5; k++) {
        const expected = reference.initialWeights(network, firstReplica + k, restart);
        expect(Array.from(weights.subarray(k * parameters, (k + 1) * parameters))).toEqual(Array.from(expected));
        const rows = Array.from(zeros.keys()).filter((row) => trainingRows[k * zeros.length + row] === 1);
        expect(rows).toEqual(reference.trainingRows(network, firstReplica + k));
        const steps = 3 * rows.length + 2;
        const order = kernel.order(network, firstReplica + k, restart, steps);
        expect(Array.from(order)).toEqual(reference.order(network, firstReplica + k, restart, steps));
      }
    }
  });

  it('draws the same training rows for every restart, and other rows and weights for other replicas', () => {
    const network: Network = { ...base, inputs: 6, trainRows: 32, steps: 0 };
    const zeros = new Uint8Array(64);
    const rowsOf = (firstReplica: number, restart: number) =>
      kernel.train(network, { alice: zeros, bob: zeros, firstReplica, replicas: 1, restart }).trainingRows.join('');
    expect(rowsOf(4, 0)).toBe(rowsOf(4, 9));
    expect(rowsOf(4, 0)).not.toBe(rowsOf(5, 0));
    const weightsOf = (firstReplica: number, restart: number) =>
      kernel.initialWeights(network, { firstReplica, replicas: 1, restart }).join();
    expect(new Set([weightsOf(4, 0), weightsOf(4, 1), weightsOf(5, 0)]).size).toBe(3);
  });
});
