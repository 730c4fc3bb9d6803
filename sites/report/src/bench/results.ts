// The results of the benches as the kernel page reads them: one file each in bench/results/, checked when the site is built.
import { z } from 'zod';
import { readMeasured } from '../measured.ts';

const Machine = z.object({
  cpu: z.string(),
  cores: z.number(),
  load: z.number(), // 1-minute load average, this bench's own work and all other
  node: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()).optional(),
});
export type Machine = z.infer<typeof Machine>;

const Summary = z.object({ median: z.number(), least: z.number() });
const Skipped = z.array(z.string());
const head = { machine: Machine, rounds: z.number().optional() };

const peer = { peer: z.string(), form: z.string(), threads: z.number() };
export const Peers = z.object({
  ...head,
  kernel: z.string(),
  steady: z
    .array(z.object({ ...peer, n: z.number(), replicas: z.number(), nanoseconds: Summary, ratio: z.number() }))
    .min(1),
  whole: z.array(
    z.object({
      ...peer,
      warm: z.boolean(),
      seconds: Summary,
      ratio: z.number(),
      estimated: z.object({ steps: z.number(), replicas: z.number() }).nullable(),
      startup: z.number().nullable(),
      rounds: z.number().optional(), // fewer for a long job
      compileSeconds: z.number().nullable().optional(), // before the job, where a compiler ran beforehand
    }),
  ),
  crossover: z.array(
    z.object({
      ...peer,
      warm: z.boolean(),
      startup: z.object({ peer: z.number(), ours: z.number() }),
      replicaSteps: z.number().nullable(), // null where no size is large enough
    }),
  ),
  agreement: z.array(z.object({ ...peer, n: z.number(), off: z.number().nullable(), agrees: z.boolean() })),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  failed: z.array(z.object({ ...peer, where: z.string(), reason: z.string() })),
  runs: z
    .array(z.object({ peers: z.array(z.string()), rounds: z.number(), date: z.string(), load: z.number() }))
    .optional(),
});
export type Peers = z.infer<typeof Peers>;
export type Steady = Peers['steady'][number];
export type Whole = Peers['whole'][number];

/** To a prototype; measured: when and where, if not with the rest. */
const Ratio = z.object({
  ...{ ratio: z.number(), least: z.number(), bar: z.number() },
  measured: z.object({ date: z.string(), cpu: z.string(), kernel: z.string() }).optional(),
});

export const Options = z.object({
  ...head,
  kernel: z.string(),
  skipped: Skipped,
  workloads: z
    .array(
      z.object({
        name: z.string(),
        operations: z.record(z.string(), z.number()), // by class: arithmetic, divisions, loads, stores, ...
        nanoseconds: z.record(z.string(), Summary),
        predicted: z.number(), // measured / predicted
        fast: z.number().optional(), // time of the relaxed build by that of the reproducible one
        ratios: z.record(z.string(), Ratio),
      }),
    )
    .min(1),
});
export type Options = z.infer<typeof Options>;

export const Growth = z.object({
  ...head,
  kernel: z.string(),
  widths: z.array(z.object({ inputs: z.number(), hidden: z.number(), nanoseconds: Summary })).min(1),
  law: z.array(z.object({ inputs: z.number(), a: z.number(), b: z.number(), worst: z.number() })).min(1),
  workers: z
    .array(z.object({ workers: z.number(), stepsPerSecond: z.number(), speedup: z.number(), most: z.number() }))
    .min(1),
  replicas: z
    .array(
      z.object({
        ...{ replicas: z.number(), seconds: z.number(), trainingSeconds: z.number(), workers: z.number() },
        ...{ nanoseconds: z.number(), mebibytes: z.number() },
        quarters: z.array(z.number()).nullable().optional(), // replica-steps per second in each quarter of the run
      }),
    )
    .min(1),
  bytesPerReplica: z.number().nullable(),
});
export type Growth = z.infer<typeof Growth>;

export const Dense = z.object({
  ...head,
  dense: z.string(),
  skipped: Skipped,
  kernels: z
    .array(
      z.object({
        name: z.string(),
        seconds: z.number(),
        flopsPerSecond: z.number(),
        speedOfC: z.number().optional(),
        peakFlopsPerSecond: z.number().optional(),
        ofPeak: z.number().optional(),
      }),
    )
    .min(1),
  steps: z.array(z.object({ name: z.string(), seconds: z.number(), least: z.number() })).min(1),
});
export type Dense = z.infer<typeof Dense>;

const checked = { reach: z.number(), error: z.number() };
export const Accuracy = z.object({
  ...head,
  kernel: z.string(),
  activations: z
    .array(
      z.object({
        ...checked,
        inputs: z.number(),
        ...{ form: z.enum(['product', 'direct']), dtype: z.enum(['f32', 'f64']) },
        ...{ activation: z.string(), coding: z.enum(['pm', '01']), bar: z.number().nullable() },
        asGiven: z.number().optional(), // of the product form: against weights before they are rounded to exponents
      }),
    )
    .min(1),
  deltas: z.array(z.object({ ...checked, activation: z.string(), bar: z.number() })).min(1),
});
export type Accuracy = z.infer<typeof Accuracy>;

export const WholeJob = z.object({
  ...head,
  kernel: z.string(),
  replicas: z.number(),
  hidden: z.number(),
  rounds: z.array(z.object({ whole: z.number(), kernel: z.number(), ratio: z.number(), alone: z.number() })).min(1),
  ratio: z.number(),
  inside: z.number(), // time inside the job's kernel by its time alone
  bar: z.number(),
});
export type WholeJob = z.infer<typeof WholeJob>;

/** The command that makes each file again. */
export const COMMANDS = {
  peers: 'node bench/peers.mjs --peers js,python --json bench/results/peers.json',
  kernel: 'node bench/kernel.mjs --json bench/results/kernel.json',
  growth: 'node bench/growth.mjs --json bench/results/growth.json',
  dense: 'node bench/dense.mjs --json bench/results/dense.json',
  accuracy: 'node bench/accuracy.mjs --json bench/results/accuracy.json',
  'whole-job': 'node bench/whole-job.mjs --json bench/results/whole-job.json',
} as const;
export type BenchName = keyof typeof COMMANDS;
export const BENCHES = Object.keys(COMMANDS) as BenchName[];

/** A bench's result, and its file as it is offered for download. */
export interface Bench<T> {
  name: BenchName;
  result: T;
  bytes: Buffer;
}

/** @throws Error of one line that names the file and the command that writes it */
export const readBench = <T extends z.ZodType>(name: BenchName, schema: T, folder?: string): Bench<z.infer<T>> => ({
  name,
  ...readMeasured('kernel', `${name}.json`, COMMANDS[name], schema, folder),
});

export const readBenches = (folder?: string) => ({
  peers: readBench('peers', Peers, folder),
  kernel: readBench('kernel', Options, folder),
  growth: readBench('growth', Growth, folder),
  dense: readBench('dense', Dense, folder),
  accuracy: readBench('accuracy', Accuracy, folder),
  wholeJob: readBench('whole-job', WholeJob, folder),
});
export type Benches = ReturnType<typeof readBenches>;
