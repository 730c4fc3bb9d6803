// Times the whole `ncnet train` (start, worker, store, statistics) against the time that its one worker spends inside the
// kernel, both in the same run, since runs minutes apart differ by more than the bar on a shared machine. The kernel alone,
// called in a loop in this process, is timed between the runs.
// node bench/whole-job.mjs [--rounds R] [--replicas N] [--json FILE]

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CellInput, createRecordHash, makeCell, openWasmBackend, recordLine, tableBits, trainReplicas } from 'ncnet';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { describeMachine, median } from './machine.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    replicas: { type: 'string', default: '51200' },
    json: { type: 'string' },
  },
});
const BAR = 1.1;
const HIDDEN = 3;
const BLOCK = 256;
const replicas = Number(values.replicas);
const ncnet = fileURLToPath(new URL('../packages/cli/bin/ncnet.mjs', import.meta.url));

const backend = await openWasmBackend(readKernel().bytes);
const cell = makeCell(CellInput.parse({}), HIDDEN);
const alice = cell.alice.map(tableBits);
const bob = cell.bob.map(tableBits);

/** The kernel alone: four contexts of every block, nothing read or kept. Seconds. */
function kernelAlone(count) {
  const started = performance.now();
  for (let first = 0; first < count; first += BLOCK) {
    const request = { firstReplica: first, replicas: Math.min(BLOCK, count - first), restart: 0 };
    for (const a of alice) for (const b of bob) backend.train(cell, { alice: a, bob: b, ...request });
  }
  return (performance.now() - started) / 1000;
}

/** The command as a user waits for it, one worker, an empty store. */
function wholeJob(count) {
  const store = mkdtempSync(join(tmpdir(), 'ncnet-bench-'));
  const started = performance.now();
  const args = [
    'train',
    '--hidden',
    String(HIDDEN),
    '--replicas',
    String(count),
    '--workers',
    '1',
    '--store',
    store,
    '--json',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [ncnet, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  const seconds = (performance.now() - started) / 1000;
  rmSync(store, { recursive: true, force: true });
  if (status !== 0) throw new Error(`whole-job: ncnet train exited with ${status}: ${stderr}`);
  const { cells, timing } = JSON.parse(stdout);
  return { seconds, kernel: timing.kernelSeconds, recordHash: cells[0].recordHash };
}

const hash = createRecordHash();
for (let first = 0; first < 1024; first += BLOCK) {
  for (const record of trainReplicas(cell, { first, count: BLOCK }, backend).records) hash.update(recordLine(record));
}
const expected = hash.digest();
if (wholeJob(1024).recordHash !== expected)
  throw new Error('whole-job: the command and the kernel here disagree; nothing is timed');
console.log(`agreement: 1,024 replicas, record hash ${expected.slice(0, 16)} both ways`);

const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const alone = kernelAlone(replicas);
  const { seconds: whole, kernel } = wholeJob(replicas);
  rounds.push({ whole, kernel, ratio: whole / kernel, alone });
  console.log(
    `round ${round + 1}: whole job ${whole.toFixed(2)} s, in its kernel ${kernel.toFixed(2)} s, ratio ${(whole / kernel).toFixed(3)}; kernel alone ${alone.toFixed(2)} s`,
  );
}
const ratio = median(rounds.map((round) => round.ratio));
const inside = median(rounds.map((round) => round.kernel / round.alone));
console.log(
  `median ratio ${ratio.toFixed(3)} (bar ${BAR}): ${ratio <= BAR ? 'met' : 'missed'}; ${replicas} replicas, n = ${HIDDEN}, one worker, node ${process.version}; in the job the kernel takes ${inside.toFixed(2)} of its time alone`,
);
if (values.json) {
  const machine = describeMachine();
  const kernel = createHash('sha256').update(readKernel().bytes).digest('hex');
  writeFileSync(
    values.json,
    `${JSON.stringify({ machine, kernel, replicas, hidden: HIDDEN, rounds, ratio, inside, bar: BAR }, null, 2)}\n`,
  );
}
process.exitCode = ratio <= BAR ? 0 : 1;
