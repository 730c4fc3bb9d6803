// The pool: worker threads that take block after block from one queue; whoever is free takes the next.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BlockReply, BlockRequest, BlockResult } from './block-worker.ts';
import { InputError, RunnerError } from './errors.ts';

export const MAX_WORKERS = 256;

/** Threads for so many blocks: `workers`, by default every core that this process may use, but no more than blocks. */
export function workerCount(workers: number | undefined, blocks: number): number {
  const wanted = workers ?? availableParallelism();
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_WORKERS) {
    throw new InputError(`pool: expected workers to be a whole number from 1 to ${MAX_WORKERS}, got ${wanted}`);
  }
  return Math.max(1, Math.min(wanted, blocks));
}

const LIMITS = ['ERR_WORKER_INIT_FAILED', 'ERR_WORKER_OUT_OF_MEMORY']; // errors of a thread that the system refuses

const spare = new Set<Worker>();

function newWorker(): Worker {
  const file = import.meta.url.replace(/pool(\.[jt]s)$/, 'block-worker$1'); // the built file beside a built one
  return new Worker(new URL(file), { name: 'ncnet-block' });
}

/** Starts threads before there is work, so that they load their code while the caller loads its own. */
export function startWorkers(count: number): void {
  for (let i = 0; i < count; i++) {
    const thread = newWorker();
    thread.unref(); // one that is never used does not keep the process
    const forget = (): void => void spare.delete(thread);
    thread.on('error', forget).on('exit', forget);
    spare.add(thread);
  }
}

function takeWorker(): Worker {
  const [thread] = spare;
  if (thread === undefined) return newWorker();
  spare.delete(thread);
  thread.ref();
  return thread;
}

export interface Job {
  request: BlockRequest;
  /** Takes the result; the pool waits for it (a write in progress) even when it is stopped. */
  done(result: BlockResult): Promise<void>;
  /** Hears of training steps in the middle of the block. */
  steps?(count: number): void;
}

/** Two jobs lie with a thread, so that it need not wait for this one, while at least so many per worker are left. */
const AHEAD = 4;

/**
 * Runs every job. On an abort or the first error nothing more is handed out, blocks in training are abandoned, and the
 * jobs' `done` that have begun are waited for.
 * @param count how many jobs there are
 * @returns false if the signal stopped it
 * @throws the first error of a worker or of `done`
 */
export async function runJobs(
  jobs: Iterator<Job>,
  count: number,
  workers: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const threads: Worker[] = [];
  const finishing = new Set<Promise<void>>();
  let left = count;
  let failure: { error: unknown } | undefined;
  let stopped = false;

  const stop = (): void => {
    stopped = true;
    for (const thread of threads) void thread.terminate();
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop();
  };

  const serve = async (): Promise<void> => {
    const thread = takeWorker();
    threads.push(thread);
    const ask = asking(thread, () => stopped);
    const asked: { job: Job; reply: Promise<BlockResult | null> }[] = [];
    const handOut = (): void => {
      while (!stopped && asked.length < (left > AHEAD * workers ? 2 : 1)) {
        const next = jobs.next();
        if (next.done) return;
        left--;
        const reply = ask(next.value);
        reply.catch(() => {}); // thrown below when its turn comes; the pool may have stopped by then
        asked.push({ job: next.value, reply });
      }
    };
    for (handOut(); asked.length > 0; handOut()) {
      const result = await asked[0].reply;
      if (result === null) return;
      const { job } = asked.shift()!;
      const finish = job.done(result).catch(fail);
      finishing.add(finish);
      void finish.finally(() => finishing.delete(finish));
      while (finishing.size > 4 * workers) await Promise.race(finishing); // the disk is slower than the training
    }
    await thread.terminate();
  };

  if (signal?.aborted) return false;
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(Array.from({ length: workers }, () => serve().catch(fail)));
    await Promise.all(finishing);
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all([...threads, ...spare].map((thread) => thread.terminate()));
  }
  if (failure !== undefined) throw failure.error;
  return !signal?.aborted;
}

/** What asks a thread: requests are answered in order; null to each that is open when the pool stops. */
function asking(thread: Worker, stopped: () => boolean): (job: Job) => Promise<BlockResult | null> {
  const open: { job: Job; resolve(result: BlockResult | null): void; reject(error: unknown): void }[] = [];
  const failed = (what: string): void => {
    const error = new RunnerError(`worker: expected a reply, got ${what}`);
    for (const { resolve, reject } of open.splice(0)) stopped() ? resolve(null) : reject(error);
  };
  thread.on('message', (reply: BlockReply) => {
    if ('steps' in reply) return void open[0].job.steps?.(reply.steps);
    const { resolve, reject } = open.shift()!;
    if ('result' in reply) resolve(reply.result);
    else reject(new RunnerError(reply.error.message, reply.error.exitCode));
  });
  thread.on('error', (error: NodeJS.ErrnoException) => {
    const limit = LIMITS.includes(error.code ?? '');
    failed(`${error.message}; ${limit ? 'lower --workers or raise the limits (`ulimit -n`, memory)' : 'run it again'}`);
  });
  thread.on('exit', (code) => failed(`exit ${code}; run the same command again`));
  return (job) =>
    new Promise((resolve, reject) => {
      open.push({ job, resolve, reject });
      thread.postMessage(job.request);
    });
}
