// What the joint experiments read from runs: tasks and outcomes, clusters of rows, and oscillation beyond a smooth fall.
import { describe, expect, it } from 'vitest';
import {
  allPairs,
  CONTEXTS,
  clusterCount,
  type DenseRun,
  headOutcomes,
  jointLabels,
  makeDenseCell,
  oscillation,
  TASKS,
  taskCell,
  tasksOf,
} from '../../src/dense/index.ts';

describe('contexts', () => {
  it('are cells whose tasks can be read back, and two points are none', () => {
    for (const { alice, bob } of CONTEXTS) expect(tasksOf(makeDenseCell(taskCell(alice, bob)))).toEqual([alice, bob]);
    expect(tasksOf(makeDenseCell(taskCell('XOR')))).toEqual(['XOR']);
    expect(tasksOf(makeDenseCell({}))).toEqual([]);
    expect(CONTEXTS.map(({ alice, bob }) => jointLabels(taskCell(alice, bob).targets))).toEqual([3, 3, 3, 4]);
  });

  it('a head is right where it has the sign of its target on all four rows', () => {
    const cell = makeDenseCell(taskCell('X1', 'XOR'));
    const of = (outputs: (number | null)[]) => headOutcomes(cell, { probe: { outputs } } as unknown as DenseRun);
    const right = TASKS.X1.flatMap((x, row) => [0.3 * x, 2 * TASKS.XOR[row]]);
    expect(of([...right.map((value) => -value), ...right])).toEqual([1, 1]); // the last moment counts
    expect(of(right.map((value, k) => (k === 7 ? -value : value)))).toEqual([1, -1]);
    expect(of(right.map((value, k) => (k === 0 ? null : value)))).toEqual([-1, 1]);
    expect(of(right.map((value, k) => (k === 2 ? 0 : value)))).toEqual([-1, 1]);
  });
});

describe('clusterCount', () => {
  const distances = (points: number[]) => allPairs(points.length).map(([r, s]) => Math.abs(points[r] - points[s]));
  const count = (...points: number[]) => clusterCount(allPairs(points.length), distances(points));
  it('counts rows that lie together once, chains included', () => {
    expect(count(0, 1, 2, 3)).toBe(4);
    expect(count(0, 0.1, 2, 3)).toBe(3);
    expect(count(0, 0.1, 3, 3.1)).toBe(2);
    expect(count(0, 0.4, 0.8, 9)).toBe(2); // 0 and .8 by way of .4
    expect(count(5, 0, 5.1, 0.1)).toBe(2);
  });
});

describe('oscillation', () => {
  const run = (a: (t: number) => number, b: (t: number) => number, steps = 200): DenseRun =>
    ({
      probe: {
        t: [...new Array(steps).keys()],
        losses: Array.from({ length: steps }, (_, t) => [a(t), b(t)]).flat(),
      },
    }) as unknown as DenseRun;
  const cell = { heads: [1, 1] };
  const turn = (t: number) => (t % 2 === 0 ? 1 : -1);

  it('is all that is left of a smooth fall with an oscillation on it', () => {
    const fall = (t: number) => Math.exp(-t / 60);
    const envelope = (t: number) => 0.01 * (1 + (t % 7));
    const found = oscillation(
      cell,
      run(
        (t) => fall(t) + envelope(t) * turn(t),
        (t) => 2 * fall(t) - envelope(t) * turn(t),
      ),
    );
    expect(found.rest).toBeLessThan(-0.999);
    expect(found.alternating).toBe(1);
    const steady = oscillation(
      cell,
      run(
        (t) => 0.3 * turn(t),
        (t) => 0.3 * turn(t),
      ),
    );
    expect(steady.size).toBeCloseTo(0.5, 12); // amplitude over changes of twice that
    expect(steady.steps).toBe(200);
  });

  it('sees none in a smooth fall, whose changes correlate all the same', () => {
    const found = oscillation(
      cell,
      run(
        (t) => Math.exp(-t / 60),
        (t) => Math.exp(-t / 55),
      ),
    );
    expect(found.changes).toBeGreaterThan(0.99);
    expect(found.alternating).toBe(0);
    expect(found.size).toBeLessThan(1e-4);
  });

  it('leaves nothing of a cubic', () => {
    const cubic = (t: number) => ((t - 3) * (t - 8) * (t - 90)) / 1000;
    expect(
      oscillation(
        cell,
        run(cubic, (t) => 2 * cubic(t)),
      ).size,
    ).toBeLessThan(1e-12);
  });

  it('gives no correlation to independent noise, and its signs turn as those of white noise', () => {
    let state = 1;
    const next = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 - 0.5;
    };
    const found = oscillation(cell, run(next, next, 4000));
    expect(Math.abs(found.rest)).toBeLessThan(0.1);
    expect(Math.abs(found.alternating - Math.acos(-0.8) / Math.PI)).toBeLessThan(0.03);
  });

  it('refuses losses with gaps', () => {
    const gap = { probe: { t: [0, 2, 4], losses: [1, 1, 1, 1, 1, 1] } } as unknown as DenseRun;
    expect(() => oscillation(cell, gap)).toThrow('expected every step from 0, got step 2 after 1 of them');
  });
});
