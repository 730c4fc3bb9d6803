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
      const { schema, outcome } = JSON.parse((await readBytes(file, file, wanted)).toString('utf8'));
      return schema === SCHEMA ? outcome : null;
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
