// Text that several helps share.
export const EXIT_CODES = `
Exit codes: 0 ok, 1 failed check or failed file operation, 2 bad input, 130 interrupted (finished blocks are kept).`;

export function examples(...lines: string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  ${line}`).join('\n')}\n${EXIT_CODES}`;
}

/** What `timing` of --json covers. */
export const TIMING_NOTE = `
In --json, timing covers what this invocation trained: if every block comes from the store, timing.seconds,
timing.kernelSeconds and timing.replicaSteps are 0. kernelSeconds is the time inside the kernel, summed over workers.
`;

export const STORE_HELP = 'folder that keeps finished blocks (default: .ncnet at the root of the workspace)';
export const WORKERS_HELP = 'worker threads; results never depend on it (default: every core)';
export const BASE_HELP =
  "a BERT's folder, a name that `ncnet model list` has, or auto: all-MiniLM-L6-v2 if it is here, else tiny-mlm";
