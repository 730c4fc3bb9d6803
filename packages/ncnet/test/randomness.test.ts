import { describe, expect, it } from 'vitest';
import { drawEpochOrder, drawTrainingRows, initialDraw, philox } from '../src/philox.ts';

const hex = (words: readonly number[]) => words.map((w) => w.toString(16).padStart(8, '0')).join(' ');

describe('philox', () => {
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('meets the known answers of Random123 (%s)', (counter, key, answer) => {
    expect(hex(philox(counter, key))).toBe(answer);
  });
});

describe('draws of a replica', () => {
  const cell = { seed: 7, inputs: 5, trainRows: 20 } as const;

  it('are uniform in [-1, 1)', () => {
    const draws = Array.from({ length: 20_000 }, (_, i) => initialDraw(cell, 3, 0, i));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const square = draws.reduce((a, b) => a + b * b, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / 3 / draws.length));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(0.01);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...draws)).toBeLessThan(1);
  });

  it('choose training rows once per replica: N distinct ones, every row about equally often', () => {
    const seen = new Array<number>(32).fill(0);
    for (let replica = 0; replica < 3200; replica++) {
      const rows = drawTrainingRows(cell, replica);
      expect(new Set(rows).size).toBe(20);
      expect([...rows].sort((a, b) => a - b)).toEqual(rows);
      for (const row of rows) seen[row]++;
    }
    for (const count of seen) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000 * (12 / 32)));
  });

  it('shuffle each epoch afresh', () => {
    const rows = drawTrainingRows({ ...cell, trainRows: 'all' }, 0);
    const first = drawEpochOrder(cell, rows, 0, 0, 0);
    const second = drawEpochOrder(cell, rows, 0, 0, 1);
    expect(first).not.toEqual(second);
    expect([...first].sort((a, b) => a - b)).toEqual(rows);
  });
});
