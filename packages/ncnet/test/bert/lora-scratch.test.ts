// What is kept of a training that was cut off: read back whole; only what was read and found wrong is to be deleted.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AdamWState } from '../../src/bert/adamw.ts';
import { openScratch } from '../../src/bert/lora-scratch.ts';

const folder = mkdtempSync(join(tmpdir(), 'ncnet-scratch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scratch = openScratch(folder, 'key');
const named = (values: number[]) => new Map([['a', new Float32Array(values)]]);
const state: AdamWState = {
  steps: new Map([['a', 3]]),
  ...{ parameters: named([1, 2]), first: named([3, 4]), second: named([5, 6]) },
};
const failure = (work: () => unknown): Error & { exitCode?: number } => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
};

test('a checkpoint is read back, one that is cut is to be deleted, none is none', async () => {
  expect(scratch.readCheckpoint('a1b1')).toBeUndefined();
  expect(scratch.read('a1b1', 2)).toBeNull();
  await scratch.writeCheckpoint('a1b1', state);
  expect(scratch.readCheckpoint('a1b1')).toEqual(state);
  truncateSync(join(folder, 'a1b1.checkpoint'), 60);
  const cut = failure(() => scratch.readCheckpoint('a1b1'));
  expect(cut.message).toMatch(/^store: expected a checkpoint of this training, got .*; delete it/);
});

test('what the system does not let be read may be whole: nothing says to delete it', () => {
  const places = ['a1b2.checkpoint', 'a1b2.json'].map((name) => join(folder, name));
  const reads = [() => scratch.readCheckpoint('a1b2'), () => scratch.read('a1b2', 2)];
  for (const [k, place] of places.entries()) {
    for (const [code, put] of [
      ['EISDIR', () => mkdirSync(place)],
      ['ELOOP', () => symlinkSync(place, place)], // as EACCES, at the opening
    ] as const) {
      put();
      const { message, exitCode } = failure(reads[k]);
      expect(message).toContain(`${place}: expected to read what is kept of a training, got ${code}; check`);
      expect(message).not.toContain('delete');
      expect(exitCode).toBe(1);
      rmSync(place, { recursive: true });
    }
  }
});
