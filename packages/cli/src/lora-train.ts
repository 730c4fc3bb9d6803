// Every training of `ncnet lora`, one after the other: read if it is kept, gone on with if it was cut off, else trained.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256Hex } from 'ncnet';
import {
  adapterOf,
  type BertEncoder,
  type ContextOutcome,
  computeFrozenStates,
  type FrozenStates,
  type PairedTasks,
  startOf,
  type TrainingOptions,
  trainContext,
  writeAdapter,
} from 'ncnet/bert';
import { Interrupted } from 'runner';
import { openTraining } from './lora-store.ts';
import { createRedrawnLine } from './redrawn-line.ts';

/** Contexts 11, 12, 21, 22: places of Alice's and Bob's tasks among a1, a2, b1, b2. */
const CONTEXTS = [
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
] as const;

export interface LoraTiming {
  seconds: number; // of the trainings done in this invocation, reading of outcomes included
  steps: number; // trained in this invocation
  stepsPerSecond: number | null;
  trained: number; // trainings, of which `resumed` went on from a checkpoint
  resumed: number;
  cached: number; // read from the store
}

interface Work {
  encoder: BertEncoder;
  padId: number;
  base: string;
  baseName: string;
  paired: PairedTasks;
  frozenLayers: number; // that no adapter changes
  hashes: string[]; // of the four tasks' rows
  identity: Record<string, unknown>; // what every key shares
  options: TrainingOptions[]; // by rank
  seeds: number;
  seed: number;
  store: string;
  adapters?: string;
  checkpointSeconds: number;
  signal: AbortSignal;
}

/** @returns outcomes by rank, replica and context */
export async function trainAll(work: Work): Promise<{ contexts: ContextOutcome[][][]; timing: LoraTiming }> {
  const timing: LoraTiming = { seconds: 0, steps: 0, stepsPerSecond: null, trained: 0, resumed: 0, cached: 0 };
  const total = work.options.reduce((sum, { steps }) => sum + 4 * work.seeds * steps, 0);
  const trainings = 4 * work.seeds * work.options.length;
  const line = createRedrawnLine({});
  let done = 0; // steps, those from the store too
  let skipped = 0; // steps that were not trained now
  const draw = (loss: string): void =>
    line.draw((seconds) => {
      const finished = timing.trained + timing.cached;
      const parts = [`ncnet lora: ${Math.floor((100 * done) / total)} %  ${finished}/${trainings} trainings`];
      if (timing.cached > 0) parts.push(`${timing.cached} from the store`);
      const rate = (done - skipped) / seconds;
      parts.push(`${rate.toPrecision(3)} steps/s`, loss);
      if (rate > 0) parts.push(`ETA ${Math.ceil((total - done) / rate)} s`);
      return parts.join('  ');
    });

  let frozen: Promise<FrozenStates | null> | undefined; // computed once, at the first training
  const train = async (options: TrainingOptions, replica: number, context: number): Promise<ContextOutcome> => {
    const [i, j] = CONTEXTS[context];
    const tasks = [work.paired.tasks[i], work.paired.tasks[j]] as const;
    const draws = { seed: work.seed, replica };
    const own = { alice: work.hashes[i], bob: work.hashes[j] };
    // Frozen states are computed in batches of all four tasks' texts, whose rounding may differ with the batch.
    const identity = { ...work.identity, options, draws, ...own, together: work.frozenLayers > 0 ? work.hashes : null };
    const kept = openTraining(work.store, sha256Hex(canonicalJson(identity)));
    const name = `a${i + 1}b${j - 1}`;
    const folder = work.adapters && join(work.adapters, `rank-${options.lora.rank}`, `seed-${replica + 1}`, name);
    const stored = await kept.read();
    if (stored !== null && (folder === undefined || existsSync(join(folder, 'adapter_config.json')))) {
      timing.cached++;
      done += options.steps;
      skipped += options.steps;
      return stored;
    }
    const started = performance.now();
    const resume = kept.readCheckpoint();
    const first = resume === undefined ? 0 : Math.max(...resume.steps.values());
    done += first;
    skipped += first;
    let written = started;
    const { encoder, padId, base } = work;
    const texts = work.paired.tasks.flatMap((task) => [...task.train, ...task.heldOut].flatMap((row) => row.texts));
    frozen ??= computeFrozenStates(encoder, texts, work.frozenLayers, padId);
    const { outcome, state } = await trainContext({
      ...{ encoder, padId, base, tasks, options, draws, resume, frozen: await frozen },
      async onStep(step, losses, read) {
        done++;
        timing.steps++;
        draw(`loss ${losses.map((loss) => loss.toFixed(3)).join(' + ')}`);
        await new Promise((resolve) => setImmediate(resolve)); // lets signals and timers in
        const { aborted } = work.signal;
        if (step < options.steps && (aborted || performance.now() - written >= 1000 * work.checkpointSeconds)) {
          await kept.writeCheckpoint(await read());
          written = performance.now();
        }
        if (aborted) throw new Interrupted(interrupted(timing, trainings, work.store));
      },
    });
    if (folder !== undefined) {
      const { adapter } = startOf(encoder, tasks, options.lora, draws, base);
      writeAdapter(folder, adapterOf(adapter, state), work.baseName);
    }
    await kept.finish([tasks[0].name, tasks[1].name], identity, outcome);
    timing.trained++;
    if (resume !== undefined) timing.resumed++;
    timing.seconds += (performance.now() - started) / 1000;
    return outcome;
  };

  const contexts: ContextOutcome[][][] = [];
  try {
    for (const options of work.options) {
      const replicas: ContextOutcome[][] = [];
      for (let replica = 0; replica < work.seeds; replica++) {
        const four: ContextOutcome[] = [];
        for (let context = 0; context < 4; context++) four.push(await train(options, replica, context));
        replicas.push(four);
      }
      contexts.push(replicas);
    }
  } finally {
    line.end();
  }
  if (timing.steps > 0) timing.stepsPerSecond = timing.steps / timing.seconds;
  return { contexts, timing };
}

function interrupted({ trained, cached }: LoraTiming, trainings: number, store: string): string {
  return `interrupted: ${trained + cached} of ${trainings} trainings and a checkpoint are kept in ${store}; to resume, run the same command again`;
}
