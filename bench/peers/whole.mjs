// Table (b): the whole job from process start to result, and from which size of job on a peer that is ahead in the steady state wins.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { median, summary } from '../machine.mjs';
import { COMMAND, OURS } from './list.mjs';
import { mean } from './programs.mjs';
import { bitsOf, CONTEXTS, networkOf, openOurs } from './work.mjs';

export const JOB = { hidden: 3, replicas: 4096, steps: 2000, contexts: CONTEXTS };

const LOSS_BOUND = 1e-5;
/** The last context does not settle at this learning rate: two f64 programs that add in another order part in 4 of 10 replicas. */
const UNSETTLED_LOSS_BOUND = 5e-3;
/** A job that takes longer than this is run in three rounds at most. */
const LONG_SECONDS = 8;
const LONG_ROUNDS = 3;
/** Start-up is the whole program with so few steps. */
const STARTUP_STEPS = 2;

/** The mean losses of the contexts that our kernel has after some steps of the first replicas. */
const known = new Map();
async function expectedLosses({ replicas, steps }) {
  const key = `${replicas} ${steps}`;
  if (!known.has(key)) {
    const kernel = await openOurs();
    const losses = CONTEXTS.map(([alice, bob]) => {
      const request = { alice: bitsOf(alice), bob: bitsOf(bob), firstReplica: 0, replicas, restart: 0 };
      return mean([...kernel.train(networkOf(JOB.hidden, steps), request).losses]);
    });
    known.set(key, losses);
  }
  return known.get(key);
}

async function checkLosses(losses, job) {
  const expected = await expectedLosses(job);
  const bounds = expected.map((_, c) => (c === 3 && job.steps === JOB.steps ? UNSETTLED_LOSS_BOUND : LOSS_BOUND));
  if (losses.length !== 4 || losses.some((loss, c) => !(Math.abs(loss - expected[c]) <= bounds[c]))) {
    throw new Error(`expected the mean losses ${expected}, got ${losses}`);
  }
}

/** One job; of a sample the seconds of the rest are added, from the training times after the first context. */
async function runJob({ peer, sample, folder, warm }, programs, job) {
  if (!warm) rmSync(folder, { recursive: true, force: true });
  if (peer === COMMAND) return programs.runCommand(job);
  const { seconds, losses, training } = await programs.runWhole(peer, { ...job, ...sample }, folder);
  const rest = sample ? (job.replicas * job.steps) / (sample.replicas * sample.steps) - 1 : 0;
  return { seconds: seconds + rest * CONTEXTS.length * median(training.slice(1)), losses };
}

/**
 * The whole job of every peer, right after ours each time, and the start-up of ours and of those that are `ahead` of ours in
 * the steady state.
 */
export async function timeWhole(peers, programs, { work, folderOf, threads, rounds, ahead, fail }) {
  const runs = peers.flatMap((peer) =>
    peer.whole.map((way) => ({ peer, ...way, times: [], ratios: [], startups: [] })),
  );
  const [ours] = runs;
  const job = { ...JOB, threads };
  const startup = { ...job, steps: STARTUP_STEPS };
  for (const [i, run] of runs.entries()) {
    run.folder = run.warm ? folderOf('compiled') : join(work, `compiled-${i}`);
    run.measureStartup = run.peer === OURS || ahead(run.peer);
  }
  const time = async (run, round) => {
    if (round < 0) {
      // Untimed: fills the file cache, and the compile cache of a warm run.
      await runJob(run, programs, startup);
      if (run.warm) await runJob(run, programs, job);
      return;
    }
    const beside = run === ours ? null : await runJob(ours, programs, job);
    const { seconds, losses } = await runJob(run, programs, job);
    await checkLosses(losses, run.sample ?? JOB);
    run.times.push(seconds);
    run.ratios.push(beside === null ? 1 : seconds / beside.seconds);
    run.losses = losses;
    run.long = !run.sample && seconds > LONG_SECONDS;
    if (run.measureStartup) run.startups.push((await runJob(run, programs, startup)).seconds);
  };
  for (let round = -1; round < rounds; round++) {
    for (const run of runs) {
      if (run.failed || (round >= LONG_ROUNDS && run.long)) continue;
      try {
        await time(run, round);
      } catch (error) {
        run.failed = true;
        fail(run.peer, `whole job: ${error.message}`);
      }
    }
  }
  return runs
    .filter((run) => !run.failed)
    .map(({ peer, warm, sample, times, ratios, startups, losses }) => ({
      ...{ peer: peer.peer, form: peer.form, warm: warm ?? false, threads, rounds: times.length },
      seconds: summary(times),
      ratio: median(ratios),
      ...{ loss: mean(losses), losses, estimated: sample ?? null },
      startup: startups.length > 0 ? median(startups) : null,
      compileSeconds: programs.compileSecondsOf(peer),
    }));
}

/** Sizes from which a peer that is ahead in the steady state wins: start-up + size * time per replica-step of both. */
export function crossovers(steady, whole) {
  const isSame = (a) => (b) => a.peer === b.peer && a.form === b.form && a.threads === b.threads;
  const timeOf = (entry) => steady.filter(({ n }) => n === JOB.hidden).find(isSame(entry)).nanoseconds.median * 1e-9;
  return whole
    .filter(({ peer, startup }) => startup !== null && peer !== OURS.peer)
    .map((entry) => {
      const { peer, form, warm, threads, startup } = entry;
      const ours = whole.find(isSame({ peer: OURS.peer, form: OURS.form, threads }));
      const replicaSteps = Math.max(0, (startup - ours.startup) / (timeOf(ours) - timeOf(entry)));
      return { peer, form, warm, threads, startup: { peer: startup, ours: ours.startup }, replicaSteps };
    });
}
