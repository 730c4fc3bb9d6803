// runCells: cells and a number of replicas to their records' hashes and statistics, from the store where it holds them.
import { createHash, type Hash } from 'node:crypto';
import { resolve } from 'node:path';
import { isReproducible } from 'ncnet/cell';
import { codeIdentity, resolveCells } from 'ncnet/node';
import {
  type AnyCell,
  blockSize,
  type Join,
  type OutcomeRule,
  openAnyJoin,
  type RecordsOf,
  type TrainerOptions,
} from 'ncnet/training';
import { blockKey } from './block-file.ts';
import type { BlockResult } from './block-worker.ts';
import { blockCount, blockRange, checkReplicas, replicaCost, stepsPerReplica } from './blocks.ts';
import { Interrupted } from './errors.ts';
import type { Progress } from './progress.ts';
import { runBlocks, type WantedBlock, workersFor } from './run-blocks.ts';
import { checkSpace } from './space.ts';
import { blockFile, checkStore, openStore, putRecords, removeScratch, scratchFolder } from './store.ts';

export interface RunCellsOptions {
  store: string | null; // null: compute everything afresh and keep nothing, as for cells that are not reproducible
  rules?: OutcomeRule[]; // whose statistics are wanted; all if left out
  workers?: number;
  signal?: AbortSignal;
  progress?: Progress;
  trainer?: Pick<TrainerOptions, 'checkpointSeconds' | 'adapters'>;
  /** Blocks to train even if the store holds them. */
  anew?(cell: AnyCell, first: number): boolean;
}

/** What was done in this invocation; clock readings stay out of everything that is hashed. */
export interface Timing {
  seconds: number; // from the start of the first block trained here to the end of the last; 0 if all came from the store
  kernelSeconds: number; // inside the backend, summed over workers
  replicaSteps: number; // trained here: replicas x contexts x steps x restarts
  workers: number;
  computed: number; // blocks
  cached: number;
}

export interface RunCellsReport<C extends AnyCell = AnyCell> {
  cells: RecordsOf<C>[];
  timing: Timing;
}

export async function runCells<C extends AnyCell>(
  given: readonly C[],
  replicas: number,
  options: RunCellsOptions,
): Promise<RunCellsReport<C>> {
  const { rules, signal, progress, trainer, anew = () => false } = options;
  const cells = await resolveCells(given);
  const store = options.store === null || !cells.every(isReproducible) ? null : resolve(options.store);
  checkReplicas('runCells', replicas);
  const blocks = cells.reduce((sum, cell) => sum + blockCount(replicas, blockSize(cell)), 0);
  const workers = await workersFor(cells, blocks, options.workers);
  if (store !== null) checkStore(store);
  checkSpace(cells, replicas, store);
  if (store !== null) openStore(store);

  const assemblies = cells.map((cell) => new CellAssembly(cell, replicas));
  const timing: Timing = { seconds: 0, kernelSeconds: 0, replicaSteps: 0, workers, computed: 0, cached: 0 };
  let firstStart = Number.POSITIVE_INFINITY;
  let lastEnd = 0;
  let cost = 0;
  for (const cell of cells) cost += replicas * replicaCost(cell);

  function* wanted(): Generator<WantedBlock & { cellIndex: number; block: number }> {
    const order = [...cells.keys()].sort((a, b) => replicaCost(cells[b]) - replicaCost(cells[a]));
    const identities = new Map(cells.map(({ backend }) => [backend, codeIdentity(backend)] as const));
    for (const cellIndex of order) {
      const cell = cells[cellIndex];
      const size = blockSize(cell);
      for (let block = 0; block < blockCount(replicas, size); block++) {
        const identity = { cell, ...blockRange(replicas, block, size), ...identities.get(cell.backend)! };
        const key = blockKey(identity);
        const file = store === null || anew(cell, identity.first) ? null : blockFile(store, key);
        const scratch = store !== null && hasScratch(cell) ? scratchFolder(store, key) : null;
        yield { ...identity, file, scratch, cellIndex, block };
      }
    }
  }

  const finished = await runBlocks(cells, wanted(), {
    ...{ blocks, cost, workers, signal, progress, rules, trainer },
    async done({ cell, count, cellIndex, block, scratch }, result, trained) {
      assemblies[cellIndex].add(block, count, result);
      if (store !== null && result.computed) await putRecords(store, result.key, result.bytes);
      if (store !== null && scratch !== null) removeScratch(store, result.key);
      if (!result.computed) {
        timing.cached++;
        return;
      }
      firstStart = Math.min(firstStart, result.started);
      lastEnd = Math.max(lastEnd, result.ended);
      timing.kernelSeconds += result.kernel / 1000;
      timing.replicaSteps += hasScratch(cell) ? trained : count * stepsPerReplica(cell); // fewer where a replica went on
      timing.computed++;
    },
  });
  if (!finished) {
    const kept =
      store === null
        ? 'nothing is kept'
        : `${timing.computed + timing.cached} of ${blocks} blocks are kept in ${store}`;
    throw new Interrupted(`interrupted: ${kept}; to resume, run the same command again`);
  }
  if (timing.computed > 0) timing.seconds = (lastEnd - firstStart) / 1000;
  return { cells: assemblies.map((assembly) => assembly.finish()), timing };
}

/** Whether what is unfinished of a block is kept: a replica of a lora cell takes minutes. */
const hasScratch = ({ kind }: AnyCell): boolean => kind === 'lora';

/** Joins the blocks of one cell in replica order, whatever order they arrive in. */
class CellAssembly<C extends AnyCell> {
  private readonly cell: C;
  private readonly replicas: number;
  private readonly records: Hash = createHash('sha256');
  private readonly probes: Hash = createHash('sha256');
  private readonly waiting = new Map<number, { count: number; result: BlockResult }>();
  private readonly hashes: string[] = [];
  private readonly join: Join;
  private measured = false;

  constructor(cell: C, replicas: number) {
    this.cell = cell;
    this.replicas = replicas;
    this.join = openAnyJoin(cell, replicas);
  }

  add(block: number, count: number, result: BlockResult): void {
    this.waiting.set(block, { count, result });
    for (;;) {
      const next = this.waiting.get(this.hashes.length);
      if (next === undefined) return;
      this.waiting.delete(this.hashes.length);
      const { bytes, records, probes, recordsSha256, statistics } = next.result;
      this.records.update(bytes.subarray(...records));
      if (probes !== null) {
        this.probes.update(bytes.subarray(...probes));
        this.measured = true;
      }
      this.hashes.push(recordsSha256);
      this.join.add(statistics, next.count);
    }
  }

  finish(): RecordsOf<C> {
    const records = {
      cell: this.cell,
      replicas: this.replicas,
      recordHash: this.records.digest('hex'),
      probeHash: this.measured ? this.probes.digest('hex') : null,
      blocks: this.hashes,
      statistics: this.join.finish(),
    };
    return records as unknown as RecordsOf<C>;
  }
}
