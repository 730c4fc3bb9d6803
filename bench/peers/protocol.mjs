// The protocol that every peer speaks, for the JavaScript ones (protocol.py and native.cpp speak the same):
//   PEER VARIANT steady|whole n replicas threads steps START TABLES [OUT]
// `steady` trains `steps` steps from the start weights, writes the weights to OUT, prints a line when ready, and answers every line
// of stdin with one timing. `whole` trains every context of TABLES and prints their mean losses.

import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { bitsOf, meanLoss, readWeights } from './work.mjs';

const TIMED_SECONDS = 0.25;

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/** A peer opens as { prepare(tables), run(state, steps), weights(state), loss?(state) }; only run is timed. */
export async function serve(open) {
  const [variant, mode, ...rest] = process.argv.slice(2);
  const [n, replicas, threads, steps] = rest.slice(0, 4).map(Number);
  const [start, tables, out] = rest.slice(4);
  const contexts = tables.split(',').map((pair) => pair.split('/').map(bitsOf));
  const readStart = () => readWeights(start, replicas * (6 * n + 2));
  const peer = await open(variant, { n, replicas, threads, readStart });

  const timed = async (state, steps) => {
    const cpu = process.cpuUsage();
    const wall = performance.now();
    await peer.run(state, steps);
    const milliseconds = performance.now() - wall;
    const { user, system } = process.cpuUsage(cpu);
    return { cpu: (user + system) / 1e6, wall: milliseconds / 1e3 };
  };

  if (mode === 'whole') {
    const losses = [];
    const seconds = [];
    for (const tables of contexts) {
      const state = await peer.prepare(tables);
      seconds.push((await timed(state, steps)).wall);
      losses.push(peer.loss ? peer.loss(state) : meanLoss(await peer.weights(state), n, tables));
    }
    say({ losses, seconds });
    process.exit(0);
  }

  const once = async (steps) => timed(await peer.prepare(contexts[0]), steps);
  const state = await peer.prepare(contexts[0]);
  await peer.run(state, steps);
  writeFileSync(out, Float32Array.from(await peer.weights(state)));
  const { cpu } = await once(steps); // CPU time: as many steps on a busy machine
  const count = Math.round(Math.min(2000, Math.max(10, ((TIMED_SECONDS * threads) / cpu) * steps)));
  await once(count);
  say({ ready: true, steps: count });
  for await (const _ of createInterface({ input: process.stdin })) {
    const { cpu, wall } = await once(count);
    const nanoseconds = 1e9 / (replicas * count);
    say({ cpu: cpu * nanoseconds, wall: wall * nanoseconds });
  }
  process.exit(0);
}
