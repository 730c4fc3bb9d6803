// The numbers to meet: S of every preset, width and outcome rule, against an independent program's means.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../src/backend.ts';
import type { OutcomeRule } from '../src/cell.ts';
import { openBackend } from '../src/node.ts';
import { copyXor4bit, muxXor, xorPair, xorPairLossStep } from '../src/presets.ts';
import { type CellSummary, summarizeCells } from '../src/summary.ts';
import numbers from './fixtures/numbers.json' with { type: 'json' };
import { cellOf, trainCell } from './support.ts';

const PRESETS = { xorPair, xorPairLossStep, muxXor, copyXor4bit };
const REPLICAS = { xorPair: 1024, xorPairLossStep: 512, muxXor: 1024, copyXor4bit: 256 };

let wasm: Backend;
const summaries = new Map<string, CellSummary[]>();
beforeAll(async () => {
  wasm = await openBackend('wasm');
});

/** Summary of a preset at one width under every rule of the table, trained once. */
function summaryOf(preset: keyof typeof PRESETS, hidden: number): CellSummary[] {
  const key = `${preset} ${hidden}`;
  if (!summaries.has(key)) {
    const cell = trainCell(wasm, cellOf({ ...PRESETS[preset], hidden }), REPLICAS[preset]);
    summaries.set(key, summarizeCells([cell], Object.keys(numbers[preset]) as OutcomeRule[]));
  }
  return summaries.get(key)!;
}

const rowOf = (preset: keyof typeof PRESETS, hidden: number, outcome: string) =>
  summaryOf(preset, hidden).find((row) => row.outcome === outcome)!;

for (const preset of ['xorPair', 'muxXor', 'xorPairLossStep', 'copyXor4bit'] as const) {
  describe(preset, () => {
    for (const [rule, widths] of Object.entries(numbers[preset])) {
      it.each(Object.entries(widths as unknown as Record<string, [number, number]>))(
        `${rule}: S at n = %s`,
        (width, [mean, sd]) => {
          const { S, replicas } = rowOf(preset, Number(width), rule);
          const bound = 4 * Math.sqrt(S.sd ** 2 / replicas + sd ** 2 / numbers.replicas[preset]) + 0.001;
          expect(Math.abs(S.mean - mean), `S = ${S.mean}, expected ${mean} within ${bound}`).toBeLessThanOrEqual(bound);
        },
      );
    }
  });
}

describe('the published details', () => {
  it.each([
    ['xorPair', 2, 'correct', { C: [1, 0.301, 0.301, 0.145], delta: 0.32, sOddDelta: 1.14 }],
    ['xorPair', 3, 'correct', { C: [1, 1, 0.999, 0.503], delta: 0.556, sOddDelta: 1.94, a2b1: 0.999, a2b2: 0.723 }],
    ['xorPair', 4, 'correct', { C: [1, 0.997, 0.997, 0.938], delta: 0.089, sOddDelta: 1.97 }],
    ['xorPairLossStep', 3, 'loss-step', { C: [1, 0.786, 0.788, -0.211], delta: 1.342, sOddDelta: 1.44 }],
    ['muxXor', 3, 'correct', { C: [0.996, 0.934, 0.919, 0.505], delta: 0.381, sOddDelta: 1.96 }],
    ['muxXor', 3, 'success', { C: [0.986, 0.732, 0.492, -0.892] }],
    ['copyXor4bit', 3, 'tolerance', { C: [1, 1, 1, 0.657], delta: 2.26 }],
  ] as const)('%s n = %i %s', (preset, hidden, rule, details) => {
    const row = rowOf(preset, hidden, rule);
    // Four standard errors of a mean of +-1 outcomes over these replicas at most; the details carry no sd of their own.
    const bound = Math.max(0.02, (4 * row.S.sd) / Math.sqrt(row.replicas));
    for (const [k, c] of details.C.entries()) expect(Math.abs(row.C[k] - c)).toBeLessThan(bound);
    if ('delta' in details) expect(Math.abs(row.delta - details.delta)).toBeLessThan(2 * bound);
    if ('sOddDelta' in details) expect(Math.abs(row.sOdd - row.delta - details.sOddDelta)).toBeLessThan(2 * bound);
    if ('a2b1' in details) {
      expect(Math.abs(row.marginals.a2b1 - details.a2b1)).toBeLessThan(bound);
      expect(Math.abs(row.marginals.a2b2 - details.a2b2)).toBeLessThan(bound);
    }
  });

  it('says why: the bump is signalling, not contextuality', () => {
    const { verdict, cbd } = rowOf('xorPair', 3, 'correct');
    expect(verdict.rung).toBe(3);
    expect(verdict.words).toContain('direct influence');
    expect(cbd).toBeLessThan(0);
  });
});
