// Outcome rules: how the +1/-1 of an observable is read from what the trained networks of a block give on each row.
import type { TrainedBlock } from './backend.ts';
import type { NcnetCell } from './cell.ts';

/** Outcomes of both heads ([alice, bob]) of every replica of one context: 1 for +1, 0 for -1. */
export interface BlockOutcomes {
  right: Uint8Array[]; // [replicas, rows] value > threshold read as 1, else 0, against the target; not a number is wrong
  near: Uint8Array[]; // [replicas, rows] output within the tolerance of the target
  all: Uint8Array[]; // [replicas] every training row right
}

/**
 * Reads one context's block.
 * @param targets truth tables [alice, bob] of this context's tasks
 */
export function readOutcomes(cell: NcnetCell, block: TrainedBlock, targets: readonly Uint8Array[]): BlockOutcomes {
  const { trainingRows, outputs } = block;
  const rows = targets[0].length;
  const replicas = trainingRows.length / rows;
  const values = cell.loss === 'bce' ? block.logits : outputs;
  const threshold = cell.loss === 'bce' ? 0 : 0.5;
  const tolerance = cell.tolerance;
  const read: BlockOutcomes = { right: [], near: [], all: [] };
  for (let head = 0; head < 2; head++) {
    const target = targets[head];
    const right = new Uint8Array(replicas * rows);
    const near = new Uint8Array(replicas * rows);
    const all = new Uint8Array(replicas).fill(1);
    for (let r = 0, at = 0; r < replicas; r++) {
      for (let row = 0; row < rows; row++, at++) {
        const value = values[2 * at + head];
        const miss = outputs[2 * at + head] - target[row];
        if (target[row] === 1 ? value > threshold : value <= threshold) right[at] = 1;
        else if (trainingRows[at] === 1) all[r] = 0;
        if ((miss < 0 ? -miss : miss) < tolerance) near[at] = 1;
      }
    }
    read.right.push(right);
    read.near.push(near);
    read.all.push(all);
  }
  return read;
}
