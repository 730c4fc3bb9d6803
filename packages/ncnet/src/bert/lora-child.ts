// The child process of lora-process.ts: opens one backend, trains replica after replica, and ends with a checkpoint when its parent is gone.
import { openBertBackend } from './backend.ts';
import type { LoraReply, LoraRequest } from './lora-process.ts';
import { Stopped, trainLora } from './lora-train.ts';
import type { BertBackendName } from './names.ts';

const [name] = process.argv.slice(2) as [BertBackendName];
const REPORT_MS = 200;
let orphaned = false; // the parent was stopped or killed
let training = false;

process.on('SIGINT', () => {}); // of a terminal: the parent decides
process.on('disconnect', () => {
  orphaned = true;
  if (!training) process.exit(0);
});

const send = (reply: LoraReply): void => void (process.connected && process.send!(reply, () => {}));
const opening = openBertBackend(name);
opening.catch(() => {}); // said when a replica is asked for

process.on('message', async ({ cell, replica, checkpointSeconds, ...options }: LoraRequest) => {
  training = true;
  let steps = 0;
  let sent = performance.now();
  let written = sent;
  try {
    await opening;
    const record = await trainLora(cell, replica, {
      ...options,
      onStep() {
        steps++;
        const now = performance.now();
        if (now - sent >= REPORT_MS) {
          send({ steps });
          steps = 0;
          sent = now;
        }
        if (orphaned) return 'stop';
        if (now - written < 1000 * checkpointSeconds) return 'go';
        written = now;
        return 'checkpoint';
      },
    });
    send({ record, steps });
  } catch (error) {
    const { message, exitCode = 1 } = error as Error & { exitCode?: number };
    if (!(error instanceof Stopped)) send({ failure: message ?? String(error), exitCode });
  }
  training = false;
  if (orphaned) process.exit(0);
});
