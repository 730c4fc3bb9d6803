// kill -9, Ctrl-C and SIGTERM in the middle of a run: nothing finished is lost or computed again, and the bytes are the same.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { blockHashes, blockStamps, output, preloaded, start, temporaryFolder, temporaryWorkspace } from './helpers.ts';

const BLOCKS = 36; // 12 of each of three cells
/** The signal comes from the command itself, right after it has stored so many blocks. */
const signalled = (SIGNAL: NodeJS.Signals, after: number) => ({
  environment: { ...preloaded('signal-itself'), SIGNAL, SIGNAL_AFTER: String(after) },
});
const command = ['run', 'tiny', '--replicas', String(12 * 256 - 100), '--hidden', '1,2,3', '--json'];

let workspace: string;
let undisturbed: string;
beforeAll(async () => {
  workspace = temporaryWorkspace();
  undisturbed = temporaryFolder();
  await output([...command, '--store', undisturbed], workspace);
  expect(blockStamps(undisturbed).size).toBe(BLOCKS);
});

test.each([1, 13, 30])('kill -9 after %i blocks, then the same command', async (after) => {
  const store = temporaryFolder();
  const args = [...command, '--store', store, '--workers', '2'];
  expect((await start(args, workspace, signalled('SIGKILL', after)).finished).signal).toBe('SIGKILL');
  const kept = blockStamps(store);
  expect(kept.size).toBe(after);
  expect(readdirSync(join(store, 'tmp'))).not.toEqual([]); // killed between putting a block in its place and removing its other name

  const { timing } = JSON.parse(await output(args, workspace));
  expect(timing).toMatchObject({ computed: BLOCKS - kept.size, cached: kept.size });
  const now = blockStamps(store);
  for (const [name, stamp] of kept) expect(now.get(name)).toBe(stamp);
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
  expect(blockHashes(store)).toEqual(blockHashes(undisturbed));
  const result = (folder: string) => readFileSync(join(folder, 'results/tiny.json'), 'utf8');
  expect(result(store)).toBe(result(undisturbed));
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops cleanly with 130 and says how to resume', async (signal) => {
  const store = temporaryFolder();
  const args = [...command, '--store', store, '--workers', '2'];
  const { code, stdout, stderr } = await start(args, workspace, signalled(signal, 2)).finished;
  expect([code, stdout]).toEqual([130, '']);
  const kept = blockStamps(store).size;
  expect(stderr).toContain(
    `interrupted: ${kept} of ${BLOCKS} blocks are kept in ${store}; to resume, run the same command again`,
  );
  expect(stderr).not.toContain('    at ');
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
  expect(existsSync(join(store, 'results'))).toBe(false);
  expect(JSON.parse(await output(args, workspace)).timing.cached).toBe(kept);
  expect(blockHashes(store)).toEqual(blockHashes(undisturbed));
});

test('two processes on one store at once: one set of files, equal to that of one process', async () => {
  const store = temporaryFolder();
  const args = [...command, '--store', store, '--workers', '1'];
  await Promise.all([output(args, workspace), output(args, workspace)]);
  expect(blockHashes(store)).toEqual(blockHashes(undisturbed));
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
});
