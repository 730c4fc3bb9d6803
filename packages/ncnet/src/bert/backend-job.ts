// One job on one backend in a child process of its own: a crash, a hang or noise of a native library stays there.
import type { BertBackend } from './backend.ts';
import type { JobName, JobValue } from './backend-jobs.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { startChild } from './child-process.ts';
import type { BertBackendName } from './names.ts';

type Answer<T> = { value: T } | { missing: { message: string; reason: string; remedy: string } } | { failure: string };

/** @throws BackendUnavailable if the backend is not available here; Error for a crash, a wrong result or a time-out */
export function runOnBackend<J extends JobName>(
  name: BertBackendName,
  job: J,
  seconds: number,
  env: Record<string, string> = {},
): Promise<JobValue<J>> {
  const { child, ended } = startChild('backend-child', [name, job], env);
  let answer: Answer<JobValue<J>> | undefined;
  let late = false;
  child.on('message', (message) => {
    answer = message as Answer<JobValue<J>>;
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
      reject(new Error(`${name}: ${answer?.failure ?? ended(how)}`));
    });
  });
}

const PROBE_SECONDS = 60; // a first start on software Vulkan takes seconds

/** What a backend computes on and with. Rejects as runOnBackend does. */
export const probeBackend = (name: BertBackendName, env?: Record<string, string>): Promise<BertBackend> =>
  runOnBackend(name, 'probe', PROBE_SECONDS, env);
