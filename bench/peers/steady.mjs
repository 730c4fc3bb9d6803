// Table (a): nanoseconds per replica-step once everything is compiled, after every peer's weights have agreed with the f64 reference.

import { median, summary } from '../machine.mjs';
import { OURS } from './list.mjs';
import { startOf } from './programs.mjs';
import { bitsOf, CONTEXTS, readWeights, trainPlain } from './work.mjs';

const AGREEMENT_STEPS = 50;
const WEIGHT_BOUND = 5e-5;
const CONTEXT = CONTEXTS[3];

function reference(work, hidden, replicas) {
  const weights = Float64Array.from(readWeights(startOf(work, hidden), replicas * (6 * hidden + 2)));
  trainPlain(weights, hidden, AGREEMENT_STEPS, CONTEXT.map(bitsOf));
  return weights;
}

/** Starts every peer; those that agree stay. `report` gets a line for each, `fail` those that do not. */
async function startAgreeing(peers, programs, { work, hidden, threads, agreement, report, fail }) {
  const expected = reference(work, hidden, OURS.replicas);
  const started = [];
  for (const peer of peers) {
    try {
      const job = { hidden, replicas: peer.replicas, threads, steps: AGREEMENT_STEPS, contexts: [CONTEXT] };
      const program = await programs.startSteady(peer, job);
      const off = program.weights.reduce((worst, weight, p) => Math.max(worst, Math.abs(weight - expected[p])), 0);
      const agrees = off <= WEIGHT_BOUND; // false for NaN
      agreement.push({ peer: peer.peer, form: peer.form, n: hidden, threads, off, agrees });
      report(
        peer,
        `max |dw| ${off.toExponential(2)} over ${peer.replicas} replicas, timed over ${program.steps} steps`,
      );
      if (agrees) started.push(program);
      else {
        program.stop();
        fail(peer, `expected weights within ${WEIGHT_BOUND} of the reference, got ${off}; it is not timed`);
      }
    } catch (error) {
      fail(peer, error.message);
    }
  }
  return started;
}

/** CPU time of one thread, wall time of more; ratios to ours in the same round. */
export async function timeSteady(peers, programs, options) {
  const { hidden, threads, rounds } = options;
  const started = await startAgreeing(peers, programs, options);
  try {
    if (started[0]?.peer !== OURS) throw new Error('peers: expected our kernel to start and agree, it did not');
    const times = started.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, { ask }] of started.entries()) {
        const { cpu, wall } = await ask();
        times[i].push(threads === 1 ? cpu : wall);
      }
    }
    return started.map(({ peer, steps }, i) => ({
      ...{ peer: peer.peer, form: peer.form, n: hidden, threads, replicas: peer.replicas, steps },
      nanoseconds: summary(times[i]),
      ratio: median(times[i].map((time, round) => time / times[0][round])),
    }));
  } finally {
    for (const { stop } of started) stop();
  }
}
