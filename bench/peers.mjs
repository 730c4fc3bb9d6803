// The kernel beside every peer on the same work: agreement of the weights first, then interleaved rounds of the steady state, then
// the whole job from process start to result.
// node bench/peers.mjs [--peers js|python|js,python] [--rounds R] [--threads 1,2] [--json FILE] [--only TEXT]

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readKernel } from '../packages/core-wasm/dist/node.js';
import { describeMachine, pinned } from './machine.mjs';
import { installTools } from './peers/install.mjs';
import { OURS, PEERS } from './peers/list.mjs';
import { nameOf, printCrossovers, printSteady, printWhole, threadsOf } from './peers/print.mjs';
import { openPrograms, startOf } from './peers/programs.mjs';
import { timeSteady } from './peers/steady.mjs';
import { crossovers, JOB, timeWhole } from './peers/whole.mjs';
import { writeStart } from './peers/work.mjs';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'js' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1,2' },
    json: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const WIDTHS = [3, 16];
const rounds = Number(values.rounds);
const threadCounts = values.threads.split(',').map(Number);
const groups = ['all', ...values.peers.split(',')];

const isChosen = (peer) => groups.includes(peer.group) && (peer === OURS || nameOf(peer).includes(values.only));
const chosen = PEERS.filter(isChosen);
const installed = await installTools(new Set(chosen.map((peer) => peer.tool)));
const { tools, folderOf } = installed;

const skipped = chosen
  .filter(({ tool }) => tools[tool].reason)
  .map((peer) => ({ name: nameOf(peer), reason: tools[peer.tool].reason }));
const peers = chosen.filter(({ tool }) => !tools[tool].reason);

const versions = Object.assign({}, ...Object.values(tools).map((tool) => tool.versions));
if (peers.some(({ file }) => file === 'tfjs.mjs')) {
  const manifest = fileURLToPath(import.meta.resolve('@tensorflow/tfjs/package.json'));
  versions.tfjs = JSON.parse(readFileSync(manifest, 'utf8')).version;
}
const machine = { ...describeMachine(), pinned, versions };
const kernel = createHash('sha256').update(readKernel().bytes).digest('hex');
const { cpu, cores, load, node } = machine;
console.log(`${cpu}, ${cores} cores, load ${load.toFixed(2)}, node ${node}, kernel ${kernel.slice(0, 16)}`);
if (!pinned) console.log('no taskset here: programs are not kept to their cores');
for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);

const failed = [];
const failer = (where, threads) => (peer, reason) => {
  failed.push({ peer: peer.peer, form: peer.form, threads, where, reason });
  console.error(`ERROR ${nameOf(peer)}, ${where}, ${threadsOf(threads)}: ${reason}`);
};

const began = performance.now();
const work = mkdtempSync(join(tmpdir(), 'ncnet-peers-'));
const programs = openPrograms(installed, work);
const agreement = [];
const steady = [];
const whole = [];
try {
  for (const hidden of WIDTHS) await writeStart(startOf(work, hidden), hidden, OURS.replicas);
  for (const threads of threadCounts) {
    const able = peers.filter((peer) => peer.threads.includes(threads));
    for (const hidden of WIDTHS) {
      console.log(`agreement with f64, n = ${hidden}, ${threadsOf(threads)}:`);
      const report = (peer, text) => console.log(`  ${nameOf(peer).padEnd(38)} ${text}`);
      const fail = failer(`n = ${hidden}`, threads);
      const options = { work, hidden, threads, rounds, agreement, report, fail };
      const timed = able.filter((peer) => peer.steady !== false);
      steady.push(...(await timeSteady(timed, programs, options)));
    }
    const isSame = (peer, entry) => entry.peer === peer.peer && entry.form === peer.form && entry.threads === threads;
    const ahead = (peer) => steady.some((entry) => isSame(peer, entry) && entry.n === JOB.hidden && entry.ratio < 1);
    const agreeing = able.filter((peer) => !failed.some((entry) => isSame(peer, entry)));
    const options = { work, folderOf, threads, rounds, ahead, fail: failer('whole job', threads) };
    whole.push(...(await timeWhole(agreeing, programs, options)));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

for (const threads of threadCounts) {
  printSteady(steady, threads, WIDTHS);
  printWhole(whole, threads);
}
const crossover = crossovers(steady, whole);
printCrossovers(crossover);
console.log(`\n${rounds} rounds in ${((performance.now() - began) / 60e3).toFixed(1)} minutes`);
if (failed.length > 0) {
  console.error(`failed: ${failed.map((entry) => `${nameOf(entry)}, ${threadsOf(entry.threads)}`).join('; ')}`);
}
if (values.json) {
  const result = { machine, kernel, rounds, steady, whole, crossover, agreement, skipped, failed };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = failed.length > 0 ? 1 : 0;
