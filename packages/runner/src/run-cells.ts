// runCells: cells and a number of replicas to their records' hashes and statistics, from the store where it holds them.
import { createHash, type Hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { isReproducible } from 'ncnet/cell';
import { codeIdentity, resolveCells, trainerInputs } from 'ncnet/node';
import {
  type AnyCell,
  type AnyStatistics,
  blockSize,
  joinAny,
  type OutcomeRule,
  type RecordsOf,
  type TrainerOptions,
} from 'ncnet/training';
import { blockKey } from './block-file.ts';
import type { BlockResult } from './block-worker.ts';
import { blockCount, blockRange, checkReplicas, replicaCost, stepsPerReplica } from './blocks.ts';
import { Interrupted } from './errors.ts';
import { type Job, runJobs, workerCount } from './pool.ts';
import { type Progress, silentProgress } from './progress.ts';
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
  const { rules, signal, progress = silentProgress, trainer, anew = () => false } = options;
  const cells = await resolveCells(given);
  const inputs = await Promise.all(cells.map(trainerInputs));
  const store = options.store === null || !cells.every(isReproducible) ? null : resolve(options.store);
  checkReplicas('runCells', replicas);
  const blocks = cells.reduce((sum, cell) => sum + blockCount(replicas, blockSize(cell)), 0);
  const workers = workerCount(options.workers ?? mostWorkers(cells), blocks);
  if (store !== null) checkStore(store);
  checkSpace(cells, replicas, store);
  if (store !== null) openStore(store);

  const assemblies = cells.map(() => new CellAssembly());
  const timing: Timing = { seconds: 0, kernelSeconds: 0, replicaSteps: 0, workers, computed: 0, cached: 0 };
  let firstStart = Number.POSITIVE_INFINITY;
  let lastEnd = 0;
  let cost = 0;
  for (const cell of cells) cost += replicas * replicaCost(cell);
  progress.begin({ blocks, cost });

  const done = async (cellIndex: number, block: number, count: number, told: number, result: BlockResult) => {
    assemblies[cellIndex].add(block, result);
    const steps = count * stepsPerReplica(cells[cellIndex]);
    const cost = count * replicaCost(cells[cellIndex]);
    if (store !== null && result.computed) await putRecords(store, result.key, result.bytes);
    if (store !== null && hasScratch(cells[cellIndex])) removeScratch(store, result.key);
    if (result.computed) {
      firstStart = Math.min(firstStart, result.started);
      lastEnd = Math.max(lastEnd, result.ended);
      timing.kernelSeconds += result.kernel / 1000;
      timing.replicaSteps += hasScratch(cells[cellIndex]) ? told : steps; // fewer where a replica went on
      timing.computed++;
    } else timing.cached++;
    progress.advance({ steps: steps - told, cost: (1 - told / steps) * cost, computed: result.computed });
  };

  function* jobs(): Generator<Job> {
    const order = [...cells.keys()].sort((a, b) => replicaCost(cells[b]) - replicaCost(cells[a]));
    const identities = new Map(cells.map(({ backend }) => [backend, codeIdentity(backend)] as const));
    for (const cellIndex of order) {
      const cell = cells[cellIndex];
      const { kernel, sources } = identities.get(cell.backend)!;
      const size = blockSize(cell);
      for (let block = 0; block < blockCount(replicas, size); block++) {
        const identity = { cell, ...blockRange(replicas, block, size), kernel, sources };
        const key = blockKey(identity);
        const file = store === null || anew(cell, identity.first) ? null : blockFile(store, key);
        const scratch = store !== null && hasScratch(cell) ? scratchFolder(store, key) : null;
        const perStep = replicaCost(cell) / stepsPerReplica(cell);
        let told = 0; // steps of this block that progress has heard of
        yield {
          request: { ...identity, file, rules, trainer: { ...trainer, scratch, inputs: inputs[cellIndex] } },
          done: (result) => done(cellIndex, block, identity.count, told, result),
          steps(count) {
            told += count;
            progress.advance({ steps: count, cost: count * perStep, computed: true, block: false });
          },
        };
      }
    }
  }

  let finished: boolean;
  try {
    finished = await runJobs(jobs(), blocks, workers, signal);
  } finally {
    progress.end();
  }
  if (!finished) {
    const kept =
      store === null
        ? 'nothing is kept'
        : `${timing.computed + timing.cached} of ${blocks} blocks are kept in ${store}`;
    throw new Interrupted(`interrupted: ${kept}; to resume, run the same command again`);
  }
  if (timing.computed > 0) timing.seconds = (lastEnd - firstStart) / 1000;
  return { cells: cells.map((cell, index) => assemblies[index].finish(cell, replicas)), timing };
}

/** Whether what is unfinished of a block is kept: a replica of a lora cell takes minutes. */
const hasScratch = ({ kind }: AnyCell): boolean => kind === 'lora';

const LORA_WORKER_BYTES = 3e9; // 2.2 GB were measured: MiniLM, 32 rows of 24 tokens of each task

/** Every core, unless the cells' trainings would fill the memory or share one GPU. */
function mostWorkers(cells: readonly AnyCell[]): number | undefined {
  if (!cells.some(hasScratch)) return undefined;
  if (cells.some(({ backend }) => backend === 'lora-tensorflow-gpu' || backend === 'lora-webgpu')) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / LORA_WORKER_BYTES)));
}

/** Joins the blocks of one cell in replica order, whatever order they arrive in. */
class CellAssembly {
  private readonly records: Hash = createHash('sha256');
  private readonly probes: Hash = createHash('sha256');
  private readonly waiting = new Map<number, BlockResult>();
  private readonly hashes: string[] = [];
  private readonly statistics: AnyStatistics[] = [];
  private measured = false;

  add(block: number, result: BlockResult): void {
    this.waiting.set(block, result);
    for (;;) {
      const next = this.waiting.get(this.hashes.length);
      if (next === undefined) return;
      this.waiting.delete(this.hashes.length);
      this.records.update(next.bytes.subarray(...next.records));
      if (next.probes !== null) {
        this.probes.update(next.bytes.subarray(...next.probes));
        this.measured = true;
      }
      this.hashes.push(next.recordsSha256);
      this.statistics.push(next.statistics);
    }
  }

  finish<C extends AnyCell>(cell: C, replicas: number): RecordsOf<C> {
    const records = {
      cell,
      replicas,
      recordHash: this.records.digest('hex'),
      probeHash: this.measured ? this.probes.digest('hex') : null,
      blocks: this.hashes,
      statistics: joinAny(this.statistics),
    };
    return records as unknown as RecordsOf<C>;
  }
}
