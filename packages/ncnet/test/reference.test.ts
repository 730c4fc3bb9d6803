// The reference backend itself: its gradient is the derivative of its loss, and each sharing mode keeps its promise.
import { describe, expect, it } from 'vitest';
import { tableBits } from '../src/boolean-task.ts';
import { referenceBackend, Trainer } from '../src/reference-backend.ts';
import { asReference, cellOf, OPTIONS } from './support.ts';

const options = OPTIONS.activation.flatMap((activation) =>
  OPTIONS.loss.flatMap((loss) => OPTIONS.sharing.map((sharing) => ({ activation, loss, sharing }))),
);

describe('reference backend', () => {
  it.each(options)('gradient = central difference of the loss ($activation, $loss, $sharing)', (option) => {
    const cell = asReference(cellOf({ ...option, hidden: 3, gain: 1.5 }));
    const request = {
      alice: tableBits(cell.alice[1]),
      bob: tableBits(cell.bob[1]),
      firstReplica: 0,
      replicas: 1,
      restart: 0,
    };
    const trainer = new Trainer(cell, request, 4);
    const rows = [0, 2, 3, 5, 7];
    trainer.backward(rows);
    const gradient = [...trainer.gradient];
    const { stride, parameters, units } = trainer.shape;
    for (let p = 0; p < parameters; p++) {
      const isHidden = p < units * stride && p % stride <= cell.inputs;
      const unused = p < units * stride && !isHidden && trainer.weights[p] === 0;
      const kept = trainer.weights[p];
      const step = 1e-6;
      trainer.weights[p] = kept + step;
      const up = trainer.loss(rows);
      trainer.weights[p] = kept - step;
      const down = trainer.loss(rows);
      trainer.weights[p] = kept;
      const slope = [0, 1].map((head) => (up[head] - down[head]) / (2 * step));
      const expected =
        isHidden && cell.sharing === 'frozen'
          ? 0
          : isHidden && cell.sharing === 'only-a'
            ? slope[0]
            : unused
              ? 0
              : slope[0] + slope[1];
      expect(Math.abs(gradient[p] - expected)).toBeLessThan(1e-7);
    }
  });

  it('keeps frozen weights and unused heads exactly, with every optimiser', () => {
    for (const optimizer of OPTIONS.optimizer) {
      const frozen = asReference(cellOf({ hidden: 3, sharing: 'frozen', optimizer, steps: 20 }));
      const request = {
        alice: tableBits(frozen.alice[1]),
        bob: tableBits(frozen.bob[1]),
        firstReplica: 2,
        replicas: 2,
        restart: 0,
      };
      const start = referenceBackend.initialWeights(frozen, request);
      const end = referenceBackend.train(frozen, request).weights;
      for (let p = 0; p < 18; p++) if (p % 6 <= 3) expect(end[p]).toBe(start[p]);
      const separate = { ...frozen, sharing: 'separate' as const };
      const weights = referenceBackend.train(separate, request).weights;
      for (let unit = 0; unit < 6; unit++) expect(weights[6 * unit + (unit < 3 ? 5 : 4)]).toBe(0);
    }
  });
});
