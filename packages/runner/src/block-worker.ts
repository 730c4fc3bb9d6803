// A worker thread: one backend, one block at a time. Reads the block if its file exists, else trains it; the main thread writes.
import { parentPort } from 'node:worker_threads';
import { openBackend, sha256 } from 'ncnet/node';
import {
  type Backend,
  type BlockStatistics,
  blockStatistics,
  type Cell,
  type OutcomeRule,
  trainReplicas,
} from 'ncnet/training';
import { type BlockBytes, type BlockIdentity, blockKey, decodeBlock, encodeBlock, parseBlock } from './block-file.ts';
import { RunnerError } from './errors.ts';
import { readIfExists } from './store.ts';

/** What a worker is asked for; plain data, no code. */
export interface BlockRequest extends BlockIdentity {
  file: string | null; // null: compute, whatever the store holds
  rules?: OutcomeRule[]; // whose statistics are wanted; all if left out
}

export interface BlockResult extends BlockBytes {
  key: string;
  statistics: BlockStatistics;
  computed: boolean;
  started: number; // milliseconds since 1970
  ended: number;
  kernel: number; // milliseconds inside the backend
}

export type BlockReply = { result: BlockResult } | { error: { message: string; exitCode: number } };

const backends = new Map<Cell['backend'], Backend>();

async function backendFor(name: Cell['backend']): Promise<Backend> {
  let backend = backends.get(name);
  if (backend === undefined) {
    backend = timed(await openBackend(name));
    backends.set(name, backend);
  }
  return backend;
}

let inBackend = 0; // milliseconds, of all blocks

function timed(backend: Backend): Backend {
  const train: Backend['train'] = (cell, request) => {
    const started = performance.now();
    const block = backend.train(cell, request);
    inBackend += performance.now() - started;
    return block;
  };
  return { ...backend, train };
}

const now = (): number => performance.timeOrigin + performance.now();

async function answer({ file, rules, ...identity }: BlockRequest): Promise<BlockResult> {
  const { cell, first, count } = identity;
  const key = blockKey(identity);
  const stored = file === null ? null : readIfExists(file);
  if (stored !== null) {
    const started = now();
    const block = decodeBlock(stored, file!, identity);
    const { records, probes } = parseBlock(block);
    const statistics = blockStatistics(cell, records, probes, rules);
    return { ...block, bytes: owned(block.bytes), key, statistics, computed: false, started, ended: now(), kernel: 0 };
  }
  const backend = await backendFor(cell.backend);
  const started = now();
  const before = inBackend;
  const trained = trainReplicas(cell, { first, count }, backend, sha256);
  const block = encodeBlock(identity, trained);
  const statistics = blockStatistics(cell, trained.records, trained.probes, rules);
  return { ...block, key, statistics, computed: true, started, ended: now(), kernel: inBackend - before };
}

/** The same bytes in a buffer of their own, which may be handed to another thread. */
function owned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** Buffers of every typed array in a plain value. */
function buffersOf(value: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) buffersOf(item, found);
  return found;
}

parentPort?.on('message', async (request: BlockRequest) => {
  let reply: BlockReply;
  try {
    reply = { result: await answer(request) };
  } catch (error) {
    const { cell, first } = request;
    const message =
      error instanceof RunnerError
        ? error.message
        : `worker: block ${first} of hidden ${cell.hidden}: ${(error as Error)?.message ?? error}`;
    reply = { error: { message, exitCode: error instanceof RunnerError ? error.exitCode : 1 } };
  }
  parentPort!.postMessage(reply, 'result' in reply ? [...buffersOf(reply)] : []);
});
