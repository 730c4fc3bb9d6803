// Shared by the backend tests: opened backends, seeded random task sets and option draws.
import type { Backend } from '../src/backend.ts';
import { CellInput, makeCell, type NcnetCell } from '../src/cell.ts';
import { createRecordHash } from '../src/hash.ts';
import { openBackend } from '../src/node.ts';
import { philox } from '../src/philox.ts';
import { recordLine } from '../src/record.ts';
import { blockStatistics, openJoin } from '../src/statistics.ts';
import type { CellRecords } from '../src/summary.ts';
import { trainReplicas } from '../src/train.ts';

/** A small seeded source of whole numbers for tests. */
export function dice(seed: number): (sides: number) => number {
  let index = 0;
  return (sides) => philox([index++, 0, 0, 0], [seed, 1])[0] % sides;
}

export const openBoth = async (): Promise<{ wasm: Backend; reference: Backend }> => ({
  wasm: await openBackend('wasm'),
  reference: await openBackend('reference'),
});

export function randomTask(roll: (sides: number) => number, inputs: number): string {
  return Array.from({ length: 2 ** inputs }, () => roll(2)).join('');
}

/** A cell of the wasm backend from loose options. */
export function cellOf(options: Partial<CellInput> & { hidden: number }): NcnetCell {
  const { hidden, ...input } = options;
  return makeCell(CellInput.parse(input), hidden);
}

export const asReference = (cell: NcnetCell): NcnetCell => ({ ...cell, backend: 'reference', dtype: 'f64' });

/** Every option that changes training, with all its values. */
export const OPTIONS = {
  activation: ['sigmoid', 'tanh', 'relu'],
  loss: ['bce', 'mse'],
  optimizer: ['adam', 'momentum', 'gd'],
  batch: ['full', 1],
  coding: ['pm', '01'],
  sharing: ['shared', 'separate', 'frozen', 'only-a'],
} as const;

/** Statistics of a freshly trained cell. */
export function trainCell(backend: Backend, cell: NcnetCell, replicas: number): CellRecords {
  const hash = createRecordHash();
  const join = openJoin(replicas);
  for (let first = 0; first < replicas; first += 256) {
    const { records, probes } = trainReplicas(cell, { first, count: Math.min(256, replicas - first) }, backend);
    for (const record of records) hash.update(recordLine(record));
    join.add(blockStatistics(cell, records, probes), records.length);
  }
  return { cell, replicas, recordHash: hash.digest(), probeHash: null, blocks: [], statistics: join.finish() };
}
