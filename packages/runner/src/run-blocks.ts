// runBlocks: blocks to their results, on as many workers as their trainings allow; what runCells and verify share.
import { availableParallelism } from 'node:os';
import { trainerInputs, trainingMemory } from 'ncnet/node';
import type { AnyCell, OutcomeRule, TrainerOptions } from 'ncnet/training';
import type { BlockIdentity } from './block-file.ts';
import type { BlockResult } from './block-worker.ts';
import { replicaCost, stepsPerReplica } from './blocks.ts';
import { type Job, runJobs, workerCount } from './pool.ts';
import { type Progress, silentProgress } from './progress.ts';

/** A block that is wanted; `file` null: computed, whatever the store holds; `scratch` null: nothing unfinished is kept. */
export interface WantedBlock extends BlockIdentity {
  file: string | null;
  scratch: string | null;
}

export interface RunBlocksOptions<B extends WantedBlock> {
  blocks: number; // how many
  cost: number; // of all, see replicaCost
  workers?: number;
  signal?: AbortSignal;
  progress?: Progress;
  rules?: OutcomeRule[];
  trainer?: Pick<TrainerOptions, 'checkpointSeconds' | 'adapters'>;
  /** Takes a result. @param trained steps that were done for it here, of a cell that keeps what is unfinished */
  done(block: B, result: BlockResult, trained: number): void | Promise<void>;
}

/** @param cells those of the blocks, the same objects @returns false if the signal stopped it */
export async function runBlocks<B extends WantedBlock>(
  cells: readonly AnyCell[],
  wanted: Iterable<B>,
  options: RunBlocksOptions<B>,
): Promise<boolean> {
  const { blocks, cost, signal, progress = silentProgress, rules, trainer } = options;
  const workers = await workersFor(cells, blocks, options.workers);
  const inputs = new Map(await Promise.all(cells.map(async (cell) => [cell, await trainerInputs(cell)] as const)));

  function* jobs(): Generator<Job> {
    for (const block of wanted) {
      const { cell, first, count, kernel, sources, file, scratch } = block;
      const own = { scratch, inputs: inputs.get(cell) };
      const steps = count * stepsPerReplica(cell);
      const perStep = replicaCost(cell) / stepsPerReplica(cell);
      let told = 0; // steps of this block that progress has heard of
      yield {
        request: { cell, first, count, kernel, sources, file, rules, trainer: { ...trainer, ...own } },
        async done(result) {
          await options.done(block, result, told);
          const rest = steps - told;
          const { computed } = result;
          progress.advance({ steps: rest, cost: rest * perStep, computed, earlier: scratch !== null });
        },
        steps(count) {
          told += count;
          progress.advance({ steps: count, cost: count * perStep, computed: true, block: false });
        },
      };
    }
  }

  progress.begin({ blocks, cost });
  try {
    return await runJobs(jobs(), blocks, workers, signal);
  } finally {
    progress.end();
  }
}

/** As many as are asked for; else every core, unless the cells' trainings would fill the memory or share one GPU. */
export async function workersFor(cells: readonly AnyCell[], blocks: number, workers?: number): Promise<number> {
  return workerCount(workers ?? (await mostWorkers(cells)), blocks);
}

async function mostWorkers(cells: readonly AnyCell[]): Promise<number | undefined> {
  const needs = (await Promise.all(cells.map(trainingMemory))).filter((bytes) => bytes !== null);
  if (needs.length === 0) return undefined;
  if (cells.some(({ backend }) => backend === 'lora-tensorflow-gpu' || backend === 'lora-webgpu')) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / Math.max(...needs))));
}
