// A worker thread: one trainer of each backend, one block at a time. Reads the block if its file exists, else trains it; the main thread writes.
import { parentPort } from 'node:worker_threads';
import { openTrainer } from 'ncnet/node';
import {
  type AnyCell,
  type AnyStatistics,
  anyStatistics,
  type OutcomeRule,
  type Trainer,
  type TrainerOptions,
} from 'ncnet/training';
import { type BlockBytes, type BlockIdentity, blockKey, decodeBlock, encodeBlock, parseBlock } from './block-file.ts';
import { readIfExists } from './store.ts';

/** What a worker is asked for; plain data, no code. */
export interface BlockRequest extends BlockIdentity {
  file: string | null; // null: compute, whatever the store holds
  rules?: OutcomeRule[]; // whose statistics are wanted; all if left out
  trainer?: Omit<TrainerOptions, 'onSteps'>;
}

export interface BlockResult extends BlockBytes {
  key: string;
  statistics: AnyStatistics;
  computed: boolean;
  started: number; // milliseconds since 1970
  ended: number;
  kernel: number; // milliseconds inside the backend
}

/** `steps`: done since the last reply, in the middle of a block. */
export type BlockReply = { steps: number } | { result: BlockResult } | { error: { message: string; exitCode: number } };

const trainers = new Map<AnyCell['backend'], Trainer>();

async function trainerFor(name: AnyCell['backend']): Promise<Trainer> {
  let trainer = trainers.get(name);
  if (trainer === undefined) {
    trainer = await openTrainer(name);
    trainers.set(name, trainer);
  }
  return trainer;
}

const now = (): number => performance.timeOrigin + performance.now();

async function answer({ file, rules, trainer: options, ...identity }: BlockRequest): Promise<BlockResult> {
  const { cell, first, count } = identity;
  const key = blockKey(identity);
  const stored = file === null ? null : readIfExists(file);
  if (stored !== null) {
    const started = now();
    const block = decodeBlock(stored, file!, identity);
    const statistics = anyStatistics(cell, parseBlock(block), rules);
    return { ...block, bytes: owned(block.bytes), key, statistics, computed: false, started, ended: now(), kernel: 0 };
  }
  const trainer = await trainerFor(cell.backend);
  const started = now();
  const before = trainer.kernelTime();
  const onSteps = (steps: number): void => parentPort!.postMessage({ steps } satisfies BlockReply);
  const trained = await trainer.train(cell, { first, count }, { ...options, onSteps });
  const block = encodeBlock(identity, trained);
  const statistics = anyStatistics(cell, trained, rules);
  return { ...block, key, statistics, computed: true, started, ended: now(), kernel: trainer.kernelTime() - before };
}

function nameOf(cell: AnyCell): string {
  if (cell.kind === 'dense') return `${cell.depth} x ${cell.width}${cell.convolution ? ' convolutional' : ''}`;
  return cell.kind === 'lora' ? `rank ${cell.rank}${cell.alone ? ', tasks alone' : ''}` : `hidden ${cell.hidden}`;
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

/** Requests are answered one after the other and in order: the pool tells replies apart by nothing else. */
let answered: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: BlockRequest) => {
  answered = answered.then(() => respond(request));
});

async function respond(request: BlockRequest): Promise<void> {
  let reply: BlockReply;
  try {
    reply = { result: await answer(request) };
  } catch (error) {
    const { cell, first } = request;
    const { message = String(error), exitCode } = (error ?? {}) as Error & { exitCode?: number }; // with a code: a line for people
    const said = exitCode === undefined ? `worker: block ${first} of ${nameOf(cell)}: ${message}` : message;
    reply = { error: { message: said, exitCode: exitCode ?? 1 } };
  }
  parentPort!.postMessage(reply, 'result' in reply ? [...buffersOf(reply)] : []);
}
