// Lora cells are trained in a child process for each worker: a native library has one state a process, and its crash stays there.
import type { Trained, TrainerOptions } from '../kinds.ts';
import type { LoraCell } from '../lora/cell.ts';
import type { AloneRecord, LoraRecord } from '../lora/record.ts';
import { type OwnChild, startChild } from './child-process.ts';
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

const CHECKPOINT_SECONDS = 30;

/** Trains the cells of one backend in a child, which is started at the first and ends with this thread. */
export function openLoraProcess(backend: LoraCell['backend']) {
  let running: OwnChild | undefined;
  const start = (): OwnChild => {
    const started = startChild('lora-child', [backendOf({ backend })], LORA_ENVIRONMENT);
    started.child.on('exit', () => {
      if (running === started) running = undefined;
    });
    return started;
  };

  const trainOne = (request: LoraRequest, onSteps: (steps: number) => void): Promise<LoraRecord | AloneRecord> => {
    running ??= start();
    const { child: own, ended: said } = running;
    own.ref();
    own.channel?.ref();
    return new Promise<LoraRecord | AloneRecord>((resolve, reject) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        const how = said(`exit ${signal ?? code}`);
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
        own.unref();
        own.channel?.unref();
        (own.stderr as unknown as { unref?(): void }).unref?.();
      };
      own.on('message', hear).on('exit', ended);
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
