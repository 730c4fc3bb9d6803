// Identity of the code that decides what a LoRA training leaves behind: part of the key under which it is kept.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tf from '@tensorflow/tfjs';

/** Files of this folder; their change moves every key. The reading of texts is covered by the token ids in the key. */
const SOURCES = [
  ...[
    'adamw',
    'adapter',
    'encoder',
    'embed',
    'frozen-layers',
    'heads',
    'lora',
    'ops',
    'schedule',
    'train-context',
    'train-draws',
  ],
  ...['train-pair', '../philox'],
];

/** sha-256 of the files as they run, built or not, and of the version of tfjs. */
export function loraSources(): string {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const hash = createHash('sha256').update(`tfjs ${tf.version_core}\n`);
  for (const name of SOURCES)
    hash.update(`${name}\n`).update(readFileSync(new URL(`${name}.${ending}`, `${import.meta.url}/../`)));
  return hash.digest('hex');
}
