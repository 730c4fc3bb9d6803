// Ctrl-C: the first stops work cleanly, the second at once.

const REPEAT_MS = 500; // npm, shells and launchers deliver one Ctrl-C twice; closer ones count as one

/** Runs `work` with a signal that SIGINT and SIGTERM abort. */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (first === 0) {
      first = performance.now();
      process.stderr.write('\nncnet: stopping after the writes in progress; Ctrl-C again stops at once\n');
      controller.abort();
    } else if (performance.now() - first > REPEAT_MS) process.exit(130);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** For work that keeps nothing: Ctrl-C ends it at once with the documented exit code. Call what it returns at the end. */
export function exitOnInterrupt(message: string): () => void {
  const stop = (): void => {
    process.stderr.write(`\n${message}\n`);
    process.exit(130);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return () => void process.off('SIGINT', stop).off('SIGTERM', stop);
}
