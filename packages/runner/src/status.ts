// What a store holds, read from its files alone.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { canonicalJson } from 'ncnet';
import { readHeaderOf } from './block-schema.ts';
import {
  checkStore,
  listBlocks,
  listConflicts,
  listResults,
  listUnfinished,
  readIfExists,
  resultFile,
} from './store.ts';

export interface StoredCell {
  cell: Record<string, unknown>;
  kernel: string;
  sources: string;
  blocks: number;
  replicas: number; // distinct replicas, over all blocks
  bytes: number;
}

export interface StoreStatus {
  store: string;
  blocks: number;
  bytes: number;
  cells: StoredCell[];
  results: { name: string; variant: string; replicas: number }[];
  unreadable: string[]; // block files without a header; `ncnet verify FILE` says more
  otherVersions: string[]; // block files with a header that another version wrote
  conflicts: string[];
  unfinished: string[]; // folders of blocks that were cut off and go on when they are asked for again
}

export function readStatus(store: string): StoreStatus {
  const folder = resolve(store);
  checkStore(folder);
  const cells = new Map<string, StoredCell & { ranges: [number, number][] }>();
  const unreadable: string[] = [];
  const otherVersions: string[] = [];
  let blocks = 0;
  let bytes = 0;
  for (const file of listBlocks(folder)) {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    blocks++;
    bytes += size;
    const header = readHeaderOf(file);
    if (header === null || header === 'other') {
      (header === null ? unreadable : otherVersions).push(file);
      continue;
    }
    const { cell, kernel, sources, first, count } = header;
    const key = canonicalJson({ cell, kernel, sources });
    let entry = cells.get(key);
    if (entry === undefined) {
      entry = { cell, kernel, sources, blocks: 0, replicas: 0, bytes: 0, ranges: [] };
      cells.set(key, entry);
    }
    entry.blocks++;
    entry.bytes += size;
    entry.ranges.push([first, first + count]);
  }
  const sorted = [...cells].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    store: folder,
    blocks,
    bytes,
    cells: sorted.map(([, { ranges, ...entry }]) => ({ ...entry, replicas: covered(ranges) })),
    results: listResults(folder).map((name) => describeResult(folder, name)),
    unreadable,
    otherVersions,
    conflicts: listConflicts(folder),
    unfinished: listUnfinished(folder),
  };
}

function covered(ranges: [number, number][]): number {
  let total = 0;
  let reached = 0;
  for (const [first, end] of ranges.sort(([a], [b]) => a - b)) {
    total += Math.max(0, end - Math.max(first, reached));
    reached = Math.max(reached, end);
  }
  return total;
}

function describeResult(store: string, name: string): { name: string; variant: string; replicas: number } {
  try {
    const { variant, replicas } = JSON.parse(Buffer.from(readIfExists(resultFile(store, name))!).toString());
    return { name, variant: String(variant), replicas: Number(replicas) };
  } catch {
    return { name, variant: 'unreadable', replicas: 0 };
  }
}
