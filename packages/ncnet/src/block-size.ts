// Replicas that are trained, stored and hashed together. Part of what is stored: a change here moves every key.
import type { AnyCell } from './any-cell.ts';
import { denseBlock } from './dense/size.ts';

/** Replicas of a block of small networks. */
export const BLOCK_REPLICAS = 256;

/** Replicas of a whole block of a cell; the last block of a cell may be shorter. */
export function blockSize(cell: AnyCell): number {
  if (cell.kind === 'dense') return denseBlock(cell);
  return cell.kind === 'lora' ? 1 : BLOCK_REPLICAS; // a BERT takes minutes
}
