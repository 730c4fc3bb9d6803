// Joins runs of peers.mjs with different peers into one file, since all peers together take longer than a machine stays quiet.
// The kernel's own rows are those of the first run; every ratio stays that to the kernel in the rounds of its own run.
// node bench/merge-peers.mjs FIRST.json OTHER.json... > bench/results/peers.json

import { readFileSync } from 'node:fs';

const runs = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
if (runs.length === 0) throw new Error('merge-peers: expected files written by peers.mjs --json, got none');
const [first] = runs;
const seen = new Set();
const merged = { ...first, machine: { ...first.machine, versions: {} }, runs: [] };
for (const key of ['steady', 'whole', 'crossover', 'agreement', 'skipped', 'failed']) merged[key] = [];
for (const [index, run] of runs.entries()) {
  if (run.kernel !== first.kernel) throw new Error(`merge-peers: run ${index + 1} timed another kernel; time it again`);
  if (run.machine.cpu !== first.machine.cpu || run.machine.cores !== first.machine.cores) {
    throw new Error(`merge-peers: run ${index + 1} is of another machine; time all peers on one`);
  }
  const names = [...new Set(run.agreement.map(({ peer }) => peer))].filter((peer) => peer !== 'ours');
  const twice = names.filter((peer) => seen.has(peer));
  if (twice.length > 0) throw new Error(`merge-peers: ${twice.join(', ')} is in two runs; leave one out`);
  for (const peer of names) seen.add(peer);
  const { date, load } = run.machine;
  merged.runs.push({ peers: names, rounds: run.rounds, date, load });
  Object.assign(merged.machine.versions, run.machine.versions);
  for (const key of ['steady', 'whole', 'crossover', 'agreement', 'skipped', 'failed']) {
    merged[key].push(...run[key].filter(({ peer }) => index === 0 || peer !== 'ours'));
  }
}
process.stdout.write(`${JSON.stringify(merged, null, 2)}\n`);
