// One step of gradient descent is minus the gradient: against central differences of the reference loss, every option.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, table } from './open.ts';
import * as reference from './reference.ts';

const options = (['sigmoid', 'tanh', 'relu'] as const).flatMap((activation) =>
  (['bce', 'mse'] as const).flatMap((loss) =>
    ([1, 2, 3, 4, 5, 6] as const).map((inputs) => ({ activation, loss, inputs })),
  ),
);

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  it.each(options)('$activation, $loss, $inputs inputs', ({ activation, loss, inputs }) => {
    const trainRows = inputs > 2 ? (1 << inputs) - 3 : 'all';
    const coding = inputs % 2 ? 'pm' : '01';
    const given = { activation, loss, inputs, trainRows, coding, dtype } as const;
    const network: Network = { ...base, ...given, optimizer: 'gd', learningRate: 1, steps: 1, hidden: 2 };
    const tables = [table(inputs, 5), table(inputs, 6)];
    const request = { alice: tables[0], bob: tables[1], firstReplica: 0, replicas: 4, restart: 0 };
    const before = kernel.initialWeights(network, request);
    const after = kernel.train(network, request);
    const P = after.parameters;
    for (let k = 0; k < 4; k++) {
      const w = Float64Array.from(before.subarray(k * P, (k + 1) * P));
      const training = reference.trainingRows(network, k);
      const lossAt = (p: number, step: number): number => {
        const moved = Float64Array.from(w);
        moved[p] += step;
        return ([0, 1] as const).reduce<number>(
          (sum, head) => sum + reference.headLoss(network, moved, tables[head], head, training),
          0,
        );
      };
      for (let p = 0; p < P; p++) {
        const step = 1e-5;
        const slope = (lossAt(p, step) - lossAt(p, -step)) / (2 * step);
        const own = w[p] - after.weights[k * P + p];
        expect(Math.abs(own - slope)).toBeLessThan(dtype === 'f32' ? 1e-6 : 1e-8);
      }
    }
  });
});
