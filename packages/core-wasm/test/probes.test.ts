// The probes against the plain reference: rises and joint loss-step counts, and the cosine of the two heads' gradients.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, table } from './open.ts';
import * as reference from './reference.ts';

const REPLICAS = 4;

const networks: Partial<Network>[] = [
  { batch: 1, trainRows: 6 },
  { batch: 1, activation: 'tanh', loss: 'mse', inputs: 4, coding: '01', learningRate: 0.02 },
  { batch: 1, activation: 'relu', inputs: 2, learningRate: 0.02 },
  { activation: 'tanh', optimizer: 'momentum', learningRate: 0.8 },
  { optimizer: 'gd', learningRate: 6, inputs: 5, trainRows: 20 },
  { inputs: 1, hidden: 2, learningRate: 0.2 },
  { sharing: 'separate', inputs: 2 },
  { sharing: 'frozen', activation: 'tanh', inputs: 6 },
];

describe.each(networks.flatMap((options) => (['f32', 'f64'] as const).map((dtype) => ({ ...options, dtype }))))(
  '%o',
  (options) => {
    const network: Network = { ...base, steps: 61, lossSteps: 'all', cosine: true, ...options };
    const request = { alice: table(network.inputs, 21), bob: table(network.inputs, 22), firstReplica: 0, restart: 0 };
    const block = kernel.train(network, { ...request, replicas: REPLICAS });
    const traces = Array.from({ length: REPLICAS }, (_, k) =>
      reference.train(network, request.alice, request.bob, k, 0),
    );

    it('rises and joint counts', () => {
      const { rises, lossStep } = block;
      let off = 0;
      traces.forEach(({ losses }, k) => {
        const rise = (t: number, head: 0 | 1): boolean => t > 0 && losses[t][head] > losses[t - 1][head];
        const joint = [0, 0, 0, 0];
        const count = [0, 0];
        losses.forEach((_, t) => {
          if (rise(t, 0)) count[0]++;
          if (rise(t, 1)) count[1]++;
          if (t >= 30) joint[(rise(t, 0) ? 2 : 0) + (rise(t, 1) ? 1 : 0)]++;
        });
        expect(lossStep!.slice(4 * k, 4 * k + 4).reduce((sum, n) => sum + n, 0)).toBe(31);
        joint.forEach((n, i) => {
          off += Math.abs(n - lossStep![4 * k + i]);
        });
        count.forEach((n, i) => {
          off += Math.abs(n - rises![2 * k + i]);
        });
      });
      // equal up to steps on which the loss stands still within its rounding
      expect(off).toBeLessThanOrEqual(network.dtype === 'f64' ? 0 : 4);
    });

    it('half measures the same joint counts', () => {
      const half = kernel.train({ ...network, lossSteps: 'half', cosine: false }, { ...request, replicas: REPLICAS });
      expect(half.lossStep).toEqual(block.lossStep);
      expect(half.rises).toBeNull();
      expect(half.cosine).toBeNull();
      expect(half.weights).toEqual(block.weights);
    });

    it('mean cosine', () => {
      traces.forEach(({ cosine }, k) => {
        expect(Math.abs(block.cosine![k] - cosine)).toBeLessThan(network.dtype === 'f64' ? 1e-9 : 5e-5);
      });
    });

    it('watching changes nothing', () => {
      const unwatched = kernel.train(
        { ...network, lossSteps: 'none', cosine: false },
        { ...request, replicas: REPLICAS },
      );
      expect(unwatched.weights).toEqual(block.weights);
      expect(unwatched.losses).toEqual(block.losses);
      expect(unwatched.lossStep).toBeNull();
    });
  },
);

it.each([0, 1, 2, 3])('%i steps count floor(steps / 2) .. steps - 1', (steps) => {
  const network: Network = { ...base, steps, lossSteps: 'half' };
  const { lossStep } = kernel.train(network, {
    alice: table(3, 1),
    bob: table(3, 2),
    firstReplica: 0,
    replicas: 1,
    restart: 0,
  });
  expect(lossStep!.reduce((sum, n) => sum + n, 0)).toBe(steps - Math.floor(steps / 2));
});
