// Checks before any work that disk and memory can hold what is asked for, so that an impossible sweep fails at once.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type AnyCell, denseSize } from 'ncnet/training';
import { InputError } from './errors.ts';
import { formatCount } from './progress.ts';
import { listBlocks } from './store.ts';

/** Upper estimates per replica, measured on f32 cells: about 620 bytes of record, 130 more with probes. */
const RECORD_BYTES = 700;
const PROBE_BYTES = 250;
/** Statistics of five rules and the probes, 12 numbers each, kept in memory until the summary, and as much again for what waits for the collector. */
const MEMORY_BYTES = 1200;

export interface SpaceEffects {
  freeBytes(folder: string): number;
  freeMemory(): number;
}

const system: SpaceEffects = {
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  freeMemory: () => process.availableMemory(),
};

/** @throws InputError with need, free and remedy */
export function checkSpace(cells: readonly AnyCell[], replicas: number, store: string | null, effects = system): void {
  let memory = 0;
  for (const cell of cells) memory += replicas * (cell.kind === 'dense' ? 2 * curveBytes(cell) : MEMORY_BYTES);
  const cellCount = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
  if (store !== null) {
    const folder = existingAncestor(store);
    let need = 0;
    for (const cell of cells) {
      const probed = cell.kind === 'ncnet' && (cell.lossSteps !== 'none' || cell.cosine);
      need += replicas * (RECORD_BYTES + (cell.kind === 'dense' ? curveBytes(cell) : probed ? PROBE_BYTES : 0));
    }
    const free = effects.freeBytes(folder);
    // What the store holds may be what is asked for, so it counts as finished.
    if (need > free && need - storedBytes(store) > free) {
      throw new InputError(
        `store: expected room for ${formatBytes(need)} (${replicas} replicas of ${cellCount}), got ${formatBytes(free)} free in ${folder}; ask for fewer replicas, free space, or choose another folder with --store`,
      );
    }
  }
  const free = effects.freeMemory();
  if (memory > free) {
    throw new InputError(
      `memory: expected ${formatBytes(memory)} for ${replicas} replicas of ${cellCount}, got ${formatBytes(free)} free; ask for fewer replicas or fewer cells at a time`,
    );
  }
}

/** Curves of a dense replica: up to twice the samples, each number about 12 characters; looks at its tangents thin out as 1 / t. */
function curveBytes(cell: AnyCell & { kind: 'dense' }): number {
  const { watched, outputs, pairs } = denseSize(cell);
  const perMoment = pairs * cell.layers.length + cell.heads.length + watched * outputs + 1;
  const heads = cell.heads.length;
  const parts = cell.tangents ?? 0;
  const looks = parts === 0 ? 0 : parts * (2 + Math.max(0, Math.log(cell.steps / parts)));
  return (2 * cell.samples * perMoment + looks * ((heads * (heads + 1)) / 2 + 1)) * 13;
}

function storedBytes(store: string): number {
  let bytes = 0;
  for (const file of listBlocks(store)) bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

function existingAncestor(folder: string): string {
  let at = resolve(folder);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

export function formatBytes(bytes: number): string {
  return `${formatCount(bytes)}${bytes < 999.5 ? ' ' : ''}B`;
}
