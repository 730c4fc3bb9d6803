// Part of the build: writes the hashes of the training sources beside the code built from them, so that a store's key
// never names sources that were edited since.
import { writeFileSync } from 'node:fs';
import { hashSources, SOURCE_HASHES, TRAINING_SOURCES } from './dist/node.js';

const hashes = Object.fromEntries(Object.keys(TRAINING_SOURCES).map((backend) => [backend, hashSources(backend)]));
writeFileSync(SOURCE_HASHES, `${JSON.stringify(hashes, null, 2)}\n`);
