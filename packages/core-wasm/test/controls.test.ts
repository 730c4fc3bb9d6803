// The controls do what their names say, exactly: frozen, only-a, separate; and held-out rows have no influence.

import { describe, expect, it } from 'vitest';
import type { Network } from '../src/network.ts';
import { base, kernel, table } from './open.ts';

const kinds: Partial<Network>[] = [
  {},
  { activation: 'tanh', optimizer: 'momentum' },
  { activation: 'tanh', loss: 'mse', optimizer: 'gd', coding: '01' },
  { activation: 'relu', learningRate: 0.01 },
  { batch: 1 },
  { dtype: 'f64', inputs: 2 },
  { inputs: 6, hidden: 5 },
  { inputs: 1 },
];

const REPLICAS = 6;

function request(inputs: number, alice: number, bob: number) {
  return { alice: table(inputs, alice), bob: table(inputs, bob), firstReplica: 3, replicas: REPLICAS, restart: 0 };
}

/** Values of the places of every unit, replica after replica. */
function pick(
  network: Network,
  weights: ArrayLike<number>,
  places: (place: number, unit: number) => boolean,
): number[] {
  const perUnit = network.inputs + 3;
  const units = network.hidden * (network.sharing === 'separate' ? 2 : 1);
  const P = perUnit * units + 2;
  return Array.from(weights).filter((_, i) => {
    const p = i % P;
    return p < perUnit * units && places(p % perUnit, Math.floor(p / perUnit));
  });
}

describe.each(kinds)('%o', (options) => {
  const d = options.inputs ?? base.inputs;

  it('frozen: the hidden layer keeps its initial weights, and heads do not sense each other', () => {
    const network: Network = { ...base, ...options, sharing: 'frozen' };
    const one = kernel.train(network, request(d, 1, 2));
    const two = kernel.train(network, request(d, 1, 3));
    const start = kernel.initialWeights(network, request(d, 1, 2));
    const hidden = (place: number): boolean => place <= d;
    expect(pick(network, one.weights, hidden)).toEqual(pick(network, start, hidden));
    expect(pick(network, one.weights, (place) => place === d + 1)).not.toEqual(
      pick(network, start, (place) => place === d + 1),
    );
    const headA = (place: number): boolean => place !== d + 2;
    expect(pick(network, one.weights, headA)).toEqual(pick(network, two.weights, headA));
  });

  it('only-a: the hidden layer and head A do not depend on the task of B', () => {
    const network: Network = { ...base, ...options, sharing: 'only-a' };
    const one = kernel.train(network, request(d, 1, 2));
    const two = kernel.train(network, request(d, 1, 3));
    const three = kernel.train(network, request(d, 4, 2));
    const headA = (place: number): boolean => place !== d + 2;
    expect(pick(network, one.weights, headA)).toEqual(pick(network, two.weights, headA));
    if (d > 1) expect(pick(network, one.weights, headA)).not.toEqual(pick(network, three.weights, headA));
  });

  it('separate: unused head weights stay exactly 0 and each half depends on its own task', () => {
    const network: Network = { ...base, ...options, sharing: 'separate' };
    const one = kernel.train(network, request(d, 1, 2));
    const two = kernel.train(network, request(d, 1, 3));
    const first = (unit: number): boolean => unit < network.hidden;
    const unused = pick(network, one.weights, (place, unit) => place === (first(unit) ? d + 2 : d + 1));
    expect(unused.length).toBe(2 * network.hidden * REPLICAS);
    expect(unused.every((weight) => Object.is(weight, 0))).toBe(true);
    const halfA = (_: number, unit: number): boolean => first(unit);
    const halfB = (place: number, unit: number): boolean => !first(unit) && place !== d + 1;
    expect(pick(network, one.weights, halfA)).toEqual(pick(network, two.weights, halfA));
    if (d > 1) expect(pick(network, one.weights, halfB)).not.toEqual(pick(network, two.weights, halfB));
  });

  it('rows outside the training rows do not matter', () => {
    const trainRows = Math.max(1, (1 << d) - 1);
    const network: Network = { ...base, ...options, trainRows, lossSteps: 'all', cosine: true };
    const given = request(d, 1, 2);
    const one = kernel.train(network, given);
    for (let k = 0; k < REPLICAS; k++) {
      const rows = one.trainingRows.subarray(k << d, (k + 1) << d);
      expect(rows.reduce((sum, used) => sum + used, 0)).toBe(trainRows);
      const alice = given.alice.map((bit, row) => (rows[row] ? bit : 1 - bit));
      const two = kernel.train(network, { ...given, alice, firstReplica: 3 + k, replicas: 1 });
      expect(two.weights).toEqual(one.weights.slice(k * one.parameters, (k + 1) * one.parameters));
      expect(two.losses).toEqual(one.losses.slice(2 * k, 2 * k + 2));
      expect(two.cosine).toEqual(one.cosine!.slice(k, k + 1));
      expect(two.lossStep).toEqual(one.lossStep!.slice(4 * k, 4 * k + 4));
    }
  });
});
