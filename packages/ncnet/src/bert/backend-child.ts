// The child process of backend-job.ts: opens one backend, does one job, sends the answer and ends. Native libraries may crash it; nothing else dies.
import { openBertBackend } from './backend.ts';
import { JOBS, type JobName } from './backend-jobs.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import type { BertBackendName } from './names.ts';

const [name, job] = process.argv.slice(2) as [BertBackendName, JobName];
let answer: unknown;
try {
  const backend = await openBertBackend(name);
  answer = { value: await JOBS[job](backend) };
} catch (error) {
  const { message, reason, remedy } = error as BackendUnavailable;
  answer =
    error instanceof BackendUnavailable
      ? { missing: { message, reason, remedy } }
      : { failure: message ?? String(error) };
}
process.send!(answer, () => process.exit(0));
