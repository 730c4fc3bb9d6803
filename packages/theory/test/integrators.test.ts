import { describe, expect, it } from 'vitest';
import {
  type Derivative,
  dormandPrince,
  type Jacobian,
  type OdeOptions,
  parallelSolution,
  radau,
} from '../src/index.ts';
import { largestDifference, timesTo } from './support.ts';

// The scalar flow of dh and D_y through a bounce, in units where both rates are 2; its exact solution is the closed
// form.
const point = { etaH: 2, etaY: 2, dx2: 1, dyStar: 1 };
const start = [0.2, -0.5];
const flow: Derivative = ([dh, slope], out) => {
  const d = slope * dh - 1;
  out[0] = -slope * d;
  out[1] = -dh * d;
};
const flowJacobian: Jacobian = ([dh, slope], out) => {
  const mixed = 1 - 2 * slope * dh;
  out.set([-slope * slope, mixed, mixed, -dh * dh]);
};
type Method = (times: ArrayLike<number>, options: OdeOptions) => Float64Array[];
const explicit: Method = (times, options) => dormandPrince(flow, start, times, options).states;
const implicit: Method = (times, options) => radau(flow, flowJacobian, start, times, options).states;

function flowError(method: Method, times: ArrayLike<number>, options: OdeOptions): number {
  const exact = parallelSolution(point, { H: start[0] ** 2, dy: start[0] * start[1] });
  return Math.max(...method(times, options).map(([dh, slope], i) => Math.abs(slope * dh - exact(times[i]).dy)));
}

/** Measured order between two step sizes, at the times that belong to a step size. */
function order(method: Method, times: (step: number) => number[], coarse: number): number {
  const at = (fixedStep: number) =>
    flowError(method, times(fixedStep), { fixedStep, relative: 1e-14, absolute: 1e-16 });
  return Math.log2(at(coarse) / at(coarse / 2));
}

describe('order of convergence', () => {
  const atStep = () => [2];
  const firstStep = (step: number) => [0.37 * step];
  it('Dormand-Prince: 5 at the steps', () => {
    expect(Math.abs(order(explicit, atStep, 1 / 32) - 5)).toBeLessThan(0.2);
  });
  it('Dormand-Prince: 5 in one step of the continuous extension of order 4', () => {
    expect(Math.abs(order(explicit, firstStep, 1 / 16) - 5)).toBeLessThan(0.2);
  });
  it('Radau IIA: 5 at the steps', () => {
    expect(Math.abs(order(implicit, atStep, 1 / 16) - 5)).toBeLessThan(0.2);
  });
  it('Radau IIA: 4 in one step of the collocation polynomial of order 3', () => {
    expect(Math.abs(order(implicit, firstStep, 1 / 16) - 4)).toBeLessThan(0.2);
  });
});

describe('step control', () => {
  for (const [name, method] of [
    ['Dormand-Prince', explicit],
    ['Radau IIA', implicit],
  ] as const) {
    it(`${name}: the error follows the tolerance, at steps and between`, () => {
      for (const relative of [1e-5, 1e-7, 1e-9]) {
        const error = flowError(method, timesTo(20, 777), { relative, absolute: relative });
        expect(error).toBeLessThan(100 * relative);
        expect(error).toBeGreaterThan(1e-4 * relative);
      }
    });
  }

  it('returns the start for time 0 and the same states whatever times are asked for', () => {
    const few = dormandPrince(flow, start, [0, 0, 3]);
    expect([...few.states[0], ...few.states[1]]).toEqual([...start, ...start]);
    const many = dormandPrince(flow, start, timesTo(3, 301));
    expect(largestDifference(few.states[2], many.states[300])).toBe(0);
    expect(many.steps).toBe(few.steps);
    expect(dormandPrince(flow, start, []).states).toEqual([]);
    expect(dormandPrince(flow, start, [0]).states).toHaveLength(1);
  });

  it('Radau IIA rests at a stiff fixed point at no cost', () => {
    // x relaxes onto y^2 a million times faster than y decays.
    const derivative: Derivative = ([x, y], out) => {
      out[0] = -1e6 * (x - y * y);
      out[1] = -y;
    };
    const jacobian: Jacobian = ([, y], out) => out.set([-1e6, 2e6 * y, 0, -1]);
    const { states, steps } = radau(derivative, jacobian, [2, 1], [1, 5], { relative: 1e-8, absolute: 1e-10 });
    expect(steps).toBeLessThan(400);
    // On the slow manifold x = y^2 (1 + 2e-6 + ...).
    expect(states[0][1]).toBeCloseTo(Math.exp(-1), 8);
    expect(states[0][0]).toBeCloseTo(Math.exp(-2) * (1 + 2e-6), 8);
  });

  it('names a blow-up and its time', () => {
    const square: Derivative = ([x], out) => {
      out[0] = x * x;
    };
    expect(() => dormandPrince(square, [1], [2])).toThrow(/^dormandPrince: expected .*, got .*; /);
    expect(() => radau(square, ([x], out) => out.set([2 * x]), [1], [2])).toThrow(/^radau: expected /);
  });

  it('stops at maxSteps with one line', () => {
    expect(() => dormandPrince(flow, start, [1e6], { maxSteps: 50 })).toThrow(
      /^dormandPrince: expected at most 50 steps, got time .* of 1000000; /,
    );
  });
});
