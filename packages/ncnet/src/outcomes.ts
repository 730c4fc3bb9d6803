// Outcome rules: how the +1/-1 of an observable is read from what a trained network gives on each row.
import type { TrainedBlock } from './backend.ts';
import type { NcnetCell } from './cell.ts';

/** Rules read from the final outputs; `loss-step` is counted by the kernel while it trains. */
export const FINAL_RULES = ['correct', 'held-out', 'success', 'tolerance'] as const;
export type FinalRule = (typeof FINAL_RULES)[number];

/** Right or wrong of one head of one replica on every row; `value` is the logit for bce, the output for mse. A tie is wrong. */
function isCorrect(cell: NcnetCell, value: number, target: number): boolean {
  const threshold = cell.loss === 'bce' ? 0 : 0.5;
  return target === 1 ? value > threshold : value < threshold;
}

/**
 * Outcomes of one head in one context: 1 for +1, 0 for -1, one entry per row (or a single one for `success`).
 * @param rows the rows that the rule reads: training rows, or the rows left out
 */
export function readOutcomes(
  rule: FinalRule,
  cell: NcnetCell,
  block: TrainedBlock,
  replica: number,
  head: 0 | 1,
  targets: Uint8Array,
  rows: readonly number[],
): Uint8Array {
  const at = replica * targets.length * 2 + head;
  if (rule === 'tolerance') {
    return Uint8Array.from(rows, (row) => {
      const miss = block.outputs[at + 2 * row] - targets[row];
      return Number((miss < 0 ? -miss : miss) < cell.tolerance);
    });
  }
  const values = cell.loss === 'bce' ? block.logits : block.outputs;
  const right = Uint8Array.from(rows, (row) => Number(isCorrect(cell, values[at + 2 * row], targets[row])));
  return rule === 'success' ? Uint8Array.of(right.every((r) => r === 1) ? 1 : 0) : right;
}
