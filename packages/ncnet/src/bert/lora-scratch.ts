// What is kept of a replica in training: each finished context, or task alone, as a small JSON file, one in the middle as a checkpoint.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { make, writeAtomically } from '../data/cache.ts';
import { fault } from '../data/errors.ts';
import type { ContextOutcome } from '../lora/record.ts';
import type { AdamWState } from './adamw.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { BertInputError } from './errors.ts';
import { openTensors } from './safetensors.ts';

export interface Scratch {
  /** @param heads how many it has */
  read(context: string, heads: number): ContextOutcome | null;
  finish(context: string, outcome: ContextOutcome): Promise<void>;
  readCheckpoint(context: string): AdamWState | undefined;
  writeCheckpoint(context: string, state: AdamWState): Promise<void>;
}

const REMEDY = 'free some space, or choose another folder with --store';

/** @param folder of one replica of one cell; its last part is the key that knows all that decides the training */
export function openScratch(folder: string, key: string): Scratch {
  make(folder, REMEDY);
  const outcome = (context: string): string => join(folder, `${context}.json`);
  const checkpoint = (context: string): string => join(folder, `${context}.checkpoint`);
  const keyOf = (context: string): string => `${key} ${context}`;
  return {
    read(context, heads) {
      const file = outcome(context);
      const text = ifKept(file, () => readFileSync(file, 'utf8'));
      if (text === undefined) return null;
      const found = parseOutcome(text, heads);
      if (found !== null) return found;
      throw new BertInputError(
        `store: expected a finished training as this version keeps it, got another file ${file}; delete it, and it is trained again`,
      );
    },
    async finish(context, value) {
      writeAtomically(outcome(context), `${JSON.stringify(value)}\n`, REMEDY);
      rmSync(checkpoint(context), { force: true });
    },
    readCheckpoint(context) {
      const file = checkpoint(context);
      return ifKept(file, () => {
        try {
          const tensors = openTensors(file);
          try {
            return decodeCheckpoint(tensors, keyOf(context));
          } finally {
            tensors.close();
          }
        } catch (error) {
          if (systemCode(error) !== undefined) throw error;
          const got = (error as Error).message.match(/got (.*);/)?.[1] ?? 'another file';
          throw new BertInputError(
            `store: expected a checkpoint of this training, got ${got} in ${file}; delete it, and the training starts again`,
          );
        }
      });
    },
    async writeCheckpoint(context, state) {
      writeAtomically(checkpoint(context), encodeCheckpoint(keyOf(context), state), REMEDY);
    },
  };
}

/** What is read of a kept file, undefined if there is none. @throws DataError (exit code 1) for one that cannot be read: it may be whole */
function ifKept<T>(file: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') return undefined;
    const remedy = 'check its permissions and the disk, and run the same command again';
    throw fault(file, 'to read what is kept of a training', code, remedy, 1);
  }
}

/** The code of a failed file call; undefined for an error of what the file holds. */
function systemCode(error: unknown): string | undefined {
  return (((error as Error).cause ?? error) as NodeJS.ErrnoException).code;
}

function parseOutcome(text: string, heads: number): ContextOutcome | null {
  try {
    const outcome = JSON.parse(text) as ContextOutcome;
    const isRows = (own: unknown): boolean =>
      Array.isArray(own) &&
      own.length === heads &&
      own.every((bits) => /^[01]*$/.test(bits) && bits.length === own[0].length);
    const whole = [outcome.train, outcome.heldOut].every(isRows) && outcome.train[0] !== '';
    return whole && /^[0-9a-f]{64}$/.test(outcome.weights) ? outcome : null;
  } catch {
    return null;
  }
}
