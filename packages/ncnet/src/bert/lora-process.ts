// Lora cells are trained in a child process for each worker: a native library has one state a process, and its crash stays there.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trained, TrainerOptions } from '../kinds.ts';
import type { LoraCell } from '../lora/cell.ts';
import type { AloneRecord, LoraRecord } from '../lora/record.ts';
import { backendOf, LORA_ENVIRONMENT } from './lora-inputs.ts';
import type { PairedTasks } from './train-rows.ts';

export interface LoraRequest {
  cell: LoraCell;
  replica: number;
  scratch: { folder: string; key: string } | null;
  checkpointSeconds: number;
  adapters: string | null;
  paired?: PairedTasks; // what this process has read, so that the child need not
}

export type LoraReply =
  | { steps: number } // done since the last message
  | { record: LoraRecord | AloneRecord; steps: number }
  | { failure: string; exitCode: number };

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.')); // .ts from sources, .js when built
const CHILD = fileURLToPath(new URL(`./lora-child${extension}`, import.meta.url));
const CHECKPOINT_SECONDS = 30;

/** Trains the cells of one backend in a child, which is started at the first and ends with this thread. */
export function openLoraProcess(backend: LoraCell['backend']) {
  let child: ChildProcess | undefined;
  const start = (): ChildProcess => {
    const started = spawn(process.execPath, [CHILD, backendOf({ backend })], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, ...LORA_ENVIRONMENT },
    });
    started.on('exit', () => {
      if (child === started) child = undefined;
    });
    return started;
  };

  const trainOne = (request: LoraRequest, onSteps: (steps: number) => void): Promise<LoraRecord | AloneRecord> => {
    child ??= start();
    const own = child;
    own.ref();
    own.channel?.ref();
    let noise = '';
    const listen = (text: Buffer): void => {
      noise = (noise + text).slice(-4000);
    };
    return new Promise<LoraRecord | AloneRecord>((resolve, reject) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        const last = noise.split('\n').findLast((line) => line.trim() !== '');
        const how = `exit ${signal ?? code}${last === undefined ? '' : ` after "${last.trim()}"`}`;
        const remedy = 'run the same command again; if memory is short, lower --workers';
        reject(
          Object.assign(new Error(`lora: expected a record of the child process, got ${how}; ${remedy}`), {
            exitCode: 1,
          }),
        );
      };
      const hear = (reply: LoraReply): void => {
        if ('failure' in reply) {
          finish();
          reject(Object.assign(new Error(reply.failure), { exitCode: reply.exitCode }));
          return;
        }
        onSteps(reply.steps);
        if (!('record' in reply)) return;
        finish();
        resolve(reply.record);
      };
      const finish = (): void => {
        own.off('message', hear).off('exit', ended);
        own.stderr!.off('data', listen);
        own.unref();
        own.channel?.unref();
        (own.stderr as unknown as { unref?(): void }).unref?.();
      };
      own.on('message', hear).on('exit', ended);
      own.stderr!.on('data', listen);
      own.send(request, (error) => {
        if (error !== null) ended(own.exitCode, own.signalCode);
      });
    });
  };

  return async (
    cell: LoraCell,
    { first, count }: { first: number; count: number },
    options: TrainerOptions = {},
  ): Promise<Trained> => {
    const { scratch = null, checkpointSeconds = CHECKPOINT_SECONDS, adapters = null, onSteps = () => {} } = options;
    const paired = options.inputs as PairedTasks | undefined;
    const records: (LoraRecord | AloneRecord)[] = [];
    for (let replica = first; replica < first + count; replica++) {
      const place = scratch === null ? null : { folder: scratch, key: scratch.replace(/^.*[\\/]/, '') };
      records.push(await trainOne({ cell, replica, scratch: place, checkpointSeconds, adapters, paired }, onSteps));
    }
    return { records, probes: null };
  };
}
