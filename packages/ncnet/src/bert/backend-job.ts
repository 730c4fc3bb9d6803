// One job on one backend in a child process of its own: a crash, a hang or noise of a native library stays there.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BertBackendName } from './backend.ts';
import type { JobName, JobValue } from './backend-jobs.ts';
import { BackendUnavailable } from './backend-unavailable.ts';

type Answer<T> = { value: T } | { missing: { message: string; reason: string; remedy: string } } | { failure: string };

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.')); // .ts from sources, .js when built
const CHILD = fileURLToPath(new URL(`./backend-child${extension}`, import.meta.url));

/** @throws BackendUnavailable if the backend is not available here; Error for a crash, a wrong result or a time-out */
export function runOnBackend<J extends JobName>(
  name: BertBackendName,
  job: J,
  seconds: number,
  env: Record<string, string> = {},
): Promise<JobValue<J>> {
  const child = spawn(process.execPath, [CHILD, name, job], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env },
  });
  let answer: Answer<JobValue<J>> | undefined;
  let noise = '';
  let late = false;
  child.on('message', (message) => {
    answer = message as Answer<JobValue<J>>;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    noise = (noise + text).slice(-4000);
  });
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, 1000 * seconds);
  const end = (): void => void child.kill('SIGKILL');
  process.on('exit', end);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', end);
      if (answer !== undefined && 'value' in answer) return resolve(answer.value);
      if (answer !== undefined && 'missing' in answer) {
        const { message, reason, remedy } = answer.missing;
        return reject(new BackendUnavailable(/expected (.*), got /.exec(message)?.[1] ?? name, reason, remedy));
      }
      const how = late ? `no answer in ${seconds} s` : `exit ${signal ?? code}`;
      const last = noise.split('\n').findLast((line) => line.trim() !== '');
      reject(new Error(`${name}: ${answer?.failure ?? (last === undefined ? how : `${how} after "${last.trim()}"`)}`));
    });
  });
}
