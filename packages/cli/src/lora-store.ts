// What ncnet lora keeps: a finished training as a small JSON file, one in the middle as a checkpoint, both by its key.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextOutcome, decodeCheckpoint, encodeCheckpoint, openTensors } from 'ncnet/bert';
import { fileError, replaceFile } from 'runner';
import { UsageError } from './flags.ts';
import { readBytes } from './input-file.ts';

const SCHEMA = 1;
type State = ReturnType<typeof decodeCheckpoint>;

/** Files of one training under the store, which replaceFile writes whole: what is there was finished, a kill leaves the old. */
export function openTraining(store: string, key: string) {
  const file = join(store, 'lora', key.slice(0, 2), `${key}.json`);
  const checkpoint = file.replace(/\.json$/, '.checkpoint');
  return {
    async read(): Promise<ContextOutcome | null> {
      if (!existsSync(file)) return null;
      const wanted = { flag: '--store', what: 'a training', limit: 1 << 28, atMost: 'one', shorten: 'delete it' };
      const outcome = parseKept((await readBytes(file, file, wanted)).toString('utf8'));
      if (outcome === null) {
        throw new UsageError(
          `store: expected a training as this version keeps it, got another file ${file}; delete it, and it is trained again`,
        );
      }
      rmSync(checkpoint, { force: true }); // a kill may come after the file and before this
      return outcome;
    },
    /** @param tasks names of Alice's and Bob's, for people: the key knows them by their rows */
    async finish(tasks: [string, string], identity: unknown, outcome: ContextOutcome): Promise<void> {
      await replaceFile(file, `${JSON.stringify({ schema: SCHEMA, tasks, identity, outcome })}\n`);
      try {
        rmSync(checkpoint, { force: true });
      } catch (error) {
        throw fileError('store', checkpoint, error);
      }
    },
    readCheckpoint(): State | undefined {
      if (!existsSync(checkpoint)) return undefined;
      try {
        const tensors = openTensors(checkpoint);
        try {
          return decodeCheckpoint(tensors, key);
        } finally {
          tensors.close();
        }
      } catch (error) {
        const got = (error as Error).message.match(/got (.*);/)?.[1] ?? 'another file';
        throw new UsageError(
          `store: expected a checkpoint of this training, got ${got} in ${checkpoint}; delete it, and the training starts again`,
        );
      }
    },
    writeCheckpoint: (state: State): Promise<void> => replaceFile(checkpoint, encodeCheckpoint(key, state)),
  };
}

function parseKept(text: string): ContextOutcome | null {
  try {
    const { schema, outcome } = JSON.parse(text);
    const rows = [outcome.train, outcome.heldOut];
    const isRows = (own: unknown): boolean =>
      Array.isArray(own) &&
      own.length === 2 &&
      own.every((bits) => /^[01]*$/.test(bits) && bits.length === own[0].length);
    return schema === SCHEMA && rows.every(isRows) && outcome.train[0] !== '' ? outcome : null;
  } catch {
    return null;
  }
}
