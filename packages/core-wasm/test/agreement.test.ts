// Every combination of options against the plain f64 reference, on random tasks: weights, losses, logits, outputs.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, table } from './open.ts';
import * as reference from './reference.ts';

const REPLICAS = 2;
const BOUND = { f32: 1e-5, f64: 1e-10 };

type Case = { network: Network; alice: Uint8Array; bob: Uint8Array };

function* cases(dtype: Network['dtype']): Generator<Case> {
  let index = 0;
  for (const activation of ['sigmoid', 'tanh', 'relu'] as const)
    for (const loss of ['bce', 'mse'] as const)
      for (const optimizer of ['gd', 'momentum', 'adam'] as const)
        for (const batch of ['full', 1] as const)
          for (const coding of ['pm', '01'] as const)
            for (const sharing of ['shared', 'separate', 'frozen', 'only-a'] as const) {
              index++;
              const inputs = 1 + ((index * 7) % 6);
              const rows = 1 << inputs;
              const learningRate = { gd: 0.05, momentum: 0.01, adam: 0.01 }[optimizer];
              const trainRows = index % 3 === 0 ? Math.ceil(rows * 0.7) : 'all';
              const hidden = 1 + ((index * 5) % 7);
              const options = { inputs, hidden, activation, loss, optimizer, batch, coding, sharing, learningRate };
              const network = { ...base, ...options, trainRows, dtype, seed: index } as Network;
              yield { network, alice: table(inputs, index), bob: table(inputs, index + 1000) };
            }
}

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  it('agrees with the reference after 50 steps in all 288 combinations', () => {
    let compared = 0;
    let off = 0;
    for (const { network, alice, bob } of cases(dtype)) {
      const name = JSON.stringify(network);
      const block = kernel.train(network, { alice, bob, firstReplica: 9, replicas: REPLICAS, restart: 2 });
      const rows = 1 << network.inputs;
      for (let k = 0; k < REPLICAS; k++) {
        const { weights } = reference.train(network, alice, bob, 9 + k, 2, false);
        let worst = 0;
        for (let p = 0; p < block.parameters; p++) {
          const difference = Math.abs(weights[p] - block.weights[k * block.parameters + p]);
          worst = Math.max(worst, difference);
          compared++;
          if (!(difference <= BOUND[dtype])) off++;
        }
        expect(worst, name).toBeLessThan(dtype === 'f32' ? 2e-3 : 1e-9);
        const own = Float64Array.from(block.weights.subarray(k * block.parameters, (k + 1) * block.parameters));
        const training = reference.trainingRows(network, 9 + k);
        for (const head of [0, 1] as const) {
          const loss = reference.headLoss(network, own, head ? bob : alice, head, training);
          let most = Math.abs(block.losses[2 * k + head] - loss) / Math.max(1, loss);
          for (let row = 0; row < rows; row++) {
            const logit = reference.logitsOf(network, own, row)[head];
            const at = (k * rows + row) * 2 + head;
            most = Math.max(most, Math.abs(block.logits[at] - logit) / Math.max(1, Math.abs(logit)));
            const output = network.loss === 'bce' ? reference.sigmoid(block.logits[at]) : block.logits[at];
            most = Math.max(most, Math.abs(block.outputs[at] - output));
          }
          expect(most, name).toBeLessThan(dtype === 'f32' ? 5e-6 : 1e-13);
        }
      }
    }
    expect(off / compared).toBeLessThan(0.01);
  }, 60_000);
});

it('agrees over 1,000 steps of the default preset in its outcomes', () => {
  const network: Network = { ...base, steps: 1000 };
  const alice = Uint8Array.from({ length: 8 }, (_, row) => ((row >> 1) ^ row) & 1);
  const bob = Uint8Array.from({ length: 8 }, (_, row) => ((row >> 1) ^ (row >> 2)) & 1);
  const request = { alice, bob, firstReplica: 0, replicas: 64, restart: 0 };
  const single = kernel.train(network, request);
  const double = kernel.train({ ...network, dtype: 'f64' }, request);
  const different = single.logits.filter((logit, i) => logit > 0 !== double.logits[i] > 0).length;
  expect(different).toBeLessThanOrEqual(8);
});
