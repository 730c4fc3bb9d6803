// Why a backend cannot be used here, in parts: the message is one line, `ncnet backends` shows reason and remedy apart.
import { BertInputError } from './errors.ts';

export class BackendUnavailable extends BertInputError {
  readonly reason: string; // what came instead
  readonly remedy: string; // what to run

  constructor(expected: string, reason: string, remedy: string) {
    super(`--backend: expected ${expected}, got ${reason}; ${remedy}`);
    this.reason = reason;
    this.remedy = remedy;
  }
}
