// Errors that end a command with one line (who, what was expected, what came, what to do) and a documented exit code.

/** A failed check or a failed file operation: exit code 1. */
export class RunnerError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'RunnerError';
    this.exitCode = exitCode;
  }
}

/** What the user asked for cannot be done: exit code 2. */
export class InputError extends RunnerError {
  constructor(message: string) {
    super(message, 2);
    this.name = 'InputError';
  }
}

/** Stopped by a signal; what was finished is kept: exit code 130. */
export class Interrupted extends RunnerError {
  constructor(message: string) {
    super(message, 130);
    this.name = 'Interrupted';
  }
}

const FILE_REMEDIES: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space or choose another folder with --store',
  EDQUOT: 'the disk quota is used up: free some space or choose another folder with --store',
  EFBIG: 'the file is larger than a limit allows: raise `ulimit -f`',
  EROFS: 'the file system is read-only: choose another folder with --store',
  EACCES: 'permission denied: change the owner or choose another folder with --store',
  EPERM: 'permission denied: change the owner or choose another folder with --store',
  EMFILE: 'too many open files: raise `ulimit -n` or lower --workers',
  ENFILE: 'too many open files: close other programs or lower --workers',
  EIO: 'the disk reports an input/output error: check it or choose another folder with --store',
  EISDIR: 'a folder stands where a file belongs: move it away or choose another folder with --store',
  ENOTDIR: 'a part of the path is a file: choose another folder with --store',
};

/** One line for a failed file call: who, the file, the system's code and the remedy. Finished blocks are never touched. */
export function fileError(who: string, file: string, error: unknown): RunnerError {
  if (error instanceof RunnerError) return error;
  const code = (error as NodeJS.ErrnoException)?.code;
  const remedy = (code !== undefined && FILE_REMEDIES[code]) || (error as Error)?.message || String(error);
  return new RunnerError(
    `${who}: ${file}: ${code ?? 'failed'}, ${remedy}; what is finished is kept, the same command resumes`,
  );
}
