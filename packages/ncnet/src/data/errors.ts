// What a data file, a cached task or a model folder can get wrong: one line (who, expected, got, remedy), exit code 2.
import { printable, shown } from '../bert/errors.ts';

export { printable, shown };

/** The data cannot be used as it is; failures of a disk or a program that ran carry exit code 1. */
export class DataError extends Error {
  override name = 'DataError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param where file, file:line or name, as the user knows it */
export function fault(where: string, expected: string, got: string, remedy: string, exitCode = 2): DataError {
  return new DataError(printable(`${where}: expected ${expected}, got ${got}; ${remedy}`), exitCode);
}
