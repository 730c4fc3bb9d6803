// Blocks: how many replicas are trained, stored and counted at a time, and what they cost. Never depends on the number of workers.
import { type AnyCell, BLOCK_REPLICAS, denseSize, rowProducts } from 'ncnet/training';
import { InputError } from './errors.ts';

export const REPLICA_LIMIT = 2 ** 32 - 1; // a replica's number is 32 bits of the random generator's counter

export function checkReplicas(who: string, replicas: number): void {
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > REPLICA_LIMIT) {
    throw new InputError(`${who}: expected replicas to be a whole number from 1 to ${REPLICA_LIMIT}, got ${replicas}`);
  }
}

export function blockCount(replicas: number, size = BLOCK_REPLICAS): number {
  return Math.ceil(replicas / size);
}

/** Range of block `index`; only the last block of a cell is shorter. */
export function blockRange(replicas: number, index: number, size = BLOCK_REPLICAS): { first: number; count: number } {
  const first = index * size;
  return { first, count: Math.min(size, replicas - first) };
}

const CONTEXTS = 4;

/** Training steps of one replica of a cell: contexts (or tasks alone) x steps x restarts; of a dense cell the most that it may take. */
export function stepsPerReplica(cell: AnyCell): number {
  if (cell.kind === 'dense') return cell.steps;
  if (cell.kind === 'lora') return CONTEXTS * cell.steps;
  return CONTEXTS * cell.steps * cell.restarts;
}

/** Relative cost of one replica, for the order of work and the time left; results never depend on it. */
export function replicaCost(cell: AnyCell): number {
  if (cell.kind === 'dense') {
    return cell.steps * rowProducts(cell) * (1 + denseSize(cell).batch / 4);
  }
  if (cell.kind === 'lora') return stepsPerReplica(cell) * (cell.alone ? 0.5 : 1) * cell.batch * cell.maxLength * 1e6;
  const all = 2 ** cell.inputs;
  const measured = { none: 0, half: all / 4, all: all / 2 }[cell.lossSteps]; // a loss costs half of a gradient
  const rows = (cell.batch === 1 ? 1 : all) + measured;
  return stepsPerReplica(cell) * (cell.hidden + 1) * (rows + 2);
}
