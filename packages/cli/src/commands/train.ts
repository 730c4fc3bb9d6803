// ncnet train: any two pairs of boolean tasks, no experiment file needed.
import type { Command } from 'commander';
import type { CellInput, OutcomeRule } from 'ncnet';
import {
  choice,
  flag,
  folder,
  list,
  positiveNumber,
  type Reader,
  taskPair,
  UsageError,
  wholeNumber,
  wordOrNumber,
} from '../flags.ts';
import { examples, STORE_HELP, TIMING_NOTE, WORKERS_HELP } from '../help.ts';
import { withInterrupt } from '../interrupt.ts';

const OUTCOMES = ['correct', 'success', 'tolerance', 'held-out', 'loss-step'] as const;
const ACTIVATIONS = ['sigmoid', 'tanh', 'relu'] as const;
const LOSSES = ['bce', 'mse'] as const;
const OPTIMIZERS = ['adam', 'momentum', 'gd'] as const;
const BATCHES = ['full', '1'] as const;
const CODINGS = ['pm', '01'] as const;
const SHARINGS = ['shared', 'separate', 'frozen', 'only-a'] as const;
const BACKENDS = ['wasm', 'reference'] as const;
const DTYPES = ['f32', 'f64'] as const;

interface TrainFlags {
  inputs: number;
  alice: [string, string];
  bob: [string, string];
  hidden: number[];
  replicas: number;
  outcome: OutcomeRule[];
  activation: (typeof ACTIVATIONS)[number];
  loss: (typeof LOSSES)[number];
  optimizer: (typeof OPTIMIZERS)[number];
  learningRate: number;
  steps: number;
  batch: (typeof BATCHES)[number];
  coding: (typeof CODINGS)[number];
  gain: number;
  sharing: (typeof SHARINGS)[number];
  trainRows: 'all' | number;
  restarts: number;
  tolerance: number;
  seed: number;
  workers?: number;
  backend: (typeof BACKENDS)[number];
  dtype?: (typeof DTYPES)[number];
  store?: string;
  fast?: boolean;
  json?: boolean;
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description(
      'Train every context of two pairs of boolean tasks at several hidden widths and print S, Delta and a verdict.',
    );
  const add = <T>(usage: string, description: string, read: Reader<T>, byDefault?: string): void =>
    void command.addOption(flag(usage, description, read, byDefault));
  const oneOf = (usage: string, values: readonly string[], byDefault: string, more = ''): void =>
    add(usage, values.join('|') + more, choice(values), byDefault);

  add('--inputs <d>', 'number of inputs x1..xd, 1 to 6', wholeNumber(1, 6), '3');
  add('--alice <tasks>', 'two tasks: expressions (! & ^ | ?:) or truth tables', taskPair, 'x2,x1^x2');
  add('--bob <tasks>', 'two tasks, as for --alice', taskPair, 'x2,x2^x3');
  add('--hidden <list>', 'hidden widths 1 to 64; repeated ones are refused', list(wholeNumber(1, 64)), '1,2,3,4,6,8');
  add('--replicas <R>', 'replicas (seeds) of every width', wholeNumber(1, 2 ** 32 - 1), '256');
  add('--outcome <rules>', `outcome rules: ${OUTCOMES.join(', ')}`, list(choice(OUTCOMES)), 'correct');
  oneOf('--activation <f>', ACTIVATIONS, 'sigmoid');
  oneOf('--loss <l>', LOSSES, 'bce');
  oneOf('--optimizer <o>', OPTIMIZERS, 'adam');
  add('--learning-rate <x>', 'step size', positiveNumber(1e6), '0.05');
  add('--steps <T>', 'training steps of every context', wholeNumber(1, 10_000_000), '1000');
  oneOf('--batch <b>', BATCHES, 'full', ': all training rows a step, or one in a shuffled order');
  oneOf('--coding <c>', CODINGS, 'pm', ': inputs as -1/+1 or 0/1');
  add('--gain <g>', 'initial weights are uniform in +-gain/sqrt(fan in)', positiveNumber(1e6), '1');
  oneOf('--sharing <s>', SHARINGS, 'shared');
  add('--train-rows <N>', 'all, or so many rows drawn once per replica', wordOrNumber('all', 1, 64), 'all');
  add('--restarts <K>', 'restarts of every replica; the smallest final loss counts', wholeNumber(1, 1000), '1');
  add('--tolerance <t>', 'for outcome tolerance: |output - target| < t', positiveNumber(1e6), '0.1');
  add('--seed <s>', 'seed of every random draw', wholeNumber(0, 2 ** 32 - 1), '1');
  add('--workers <N>', WORKERS_HELP, wholeNumber(1, 256));
  oneOf('--backend <b>', BACKENDS, 'wasm');
  add('--dtype <t>', `${DTYPES.join('|')} (default: f32, or f64 with --backend reference)`, choice(DTYPES));
  command
    .addOption(flag('--store <dir>', STORE_HELP, folder))
    .option(
      '--fast',
      'relaxed-SIMD kernel: about a tenth faster, NOT reproducible on another machine, so nothing is stored',
    )
    .option('--json', 'print one JSON object on stdout; progress stays on stderr')
    .addHelpText(
      'after',
      TIMING_NOTE +
        examples(
          'ncnet train --hidden 2,3,4 --replicas 1024',
          'ncnet train --inputs 4 --alice "x3,x1^x2" --bob "x1,x3^x4" --hidden 1,2,3,4,8 --outcome correct,success --json',
        ),
    )
    .action(train);
}

async function train(flags: TrainFlags): Promise<void> {
  checkTogether(flags);
  const { startWorkers, workerCount } = await import('runner/pool');
  startWorkers(workerCount(flags.workers, flags.hidden.length * Math.ceil(flags.replicas / 256)));
  const { createProgress, runCells, storeFolder } = await import('runner/cells');
  const { CellInput, makeCell, SMALLEST_SINGLE } = await import('ncnet/cell');
  const { parseTask } = await import('ncnet/training');
  const { codeIdentity } = await import('ncnet/node');
  for (const [flag, tasks] of [
    ['--alice', flags.alice],
    ['--bob', flags.bob],
  ] as const) {
    for (const task of tasks) attempt(() => parseTask(task, flags.inputs), `${flag}: `);
  }
  checkUnderflow(flags, SMALLEST_SINGLE);
  const { hidden, replicas, outcome, batch, trainRows, workers, fast = false, json } = flags;
  const { inputs, alice, bob, activation, loss, optimizer, learningRate, steps } = flags;
  const { coding, gain, sharing, restarts, tolerance, seed, backend, dtype } = flags;
  const input: CellInput = CellInput.parse({
    ...{ inputs, alice, bob, activation, loss, optimizer, learningRate, steps, coding, gain, sharing },
    ...{ trainRows, restarts, tolerance, seed, backend, dtype },
    batch: batch === 'full' ? 'full' : 1,
    lossSteps: outcome.includes('loss-step') ? 'half' : 'none',
  });
  const cells = hidden.map((width) => ({ ...makeCell(input, width), ...(fast && { backend: 'wasm-fast' as const }) }));
  const store = storeFolder(flags.store, process.cwd());
  const progress = createProgress({ label: 'ncnet train' });
  const report = await withInterrupt((signal) => {
    const running = runCells(cells, replicas, { store, rules: outcome, workers, signal, progress });
    import('ncnet').catch(() => {}); // loads the statistics while the threads train; a failure is reported below
    return running;
  });
  const { summarizeCells } = await import('ncnet');
  const rows = summarizeCells(report.cells, outcome);
  if (json) {
    const kernel = { sha256: codeIdentity(cells[0].backend).kernel }; // empty for reference, which uses none
    const printed = {
      cells: rows,
      timing: report.timing,
      kernel,
      node: process.version,
      backend: cells[0].backend,
      reproducible: !fast,
    };
    process.stdout.write(`${JSON.stringify(printed)}\n`);
    return;
  }
  const { summaryTables } = await import('../summary-table.ts');
  process.stdout.write(`alice ${alice.join(', ')}; bob ${bob.join(', ')}; ${steps} steps\n\n${summaryTables(rows)}\n`);
  const { computed, cached, seconds } = report.timing;
  process.stdout.write(
    fast
      ? `NOT REPRODUCIBLE: ${computed} blocks computed in ${seconds.toFixed(1)} s by the relaxed-SIMD kernel; nothing is stored\n`
      : `${computed} blocks computed in ${seconds.toFixed(1)} s, ${cached} from the store ${store}\n`,
  );
}

/** What single flags cannot know. */
function checkTogether({ outcome, inputs, trainRows, steps, backend, dtype, fast, store }: TrainFlags): void {
  if (fast && backend === 'reference') {
    throw new UsageError('--fast: expected --backend wasm, whose kernel it replaces, got reference; drop one of them');
  }
  if (fast && store !== undefined) {
    throw new UsageError(
      '--fast: expected no --store, since its records differ between machines and are not kept, got one; drop --store or --fast',
    );
  }
  const rows = 2 ** inputs;
  if (trainRows !== 'all' && trainRows > rows) {
    throw new UsageError(
      `--train-rows: expected at most the ${rows} rows of ${inputs} inputs, got ${trainRows}; lower it or raise --inputs`,
    );
  }
  if (outcome.includes('held-out') && (trainRows === 'all' || trainRows === rows)) {
    throw new UsageError(
      `--outcome held-out: expected rows that are left out, got --train-rows ${trainRows} of ${rows}; leave some out, as in --train-rows ${Math.max(1, rows - 2)}`,
    );
  }
  if (outcome.includes('loss-step') && steps < 2) {
    throw new UsageError(`--outcome loss-step: expected at least 2 steps to compare, got --steps ${steps}; raise it`);
  }
  if (backend === 'reference' && dtype === 'f32') {
    throw new UsageError(
      '--dtype: expected f64 with --backend reference (it computes in doubles), got f32; drop --dtype',
    );
  }
}

/** Values that single precision turns into 0 would train nothing. */
function checkUnderflow({ learningRate, gain, backend, dtype }: TrainFlags, smallest: number): void {
  const isSingle = (dtype ?? (backend === 'reference' ? 'f64' : 'f32')) === 'f32';
  if (isSingle && learningRate < smallest) {
    throw new UsageError(
      `--learning-rate: expected at least 1.2e-38 with --dtype f32 (smaller numbers lose digits or are 0 there), got ${learningRate}; raise it, or take --dtype f64`,
    );
  }
  if (gain < smallest) {
    throw new UsageError(
      `--gain: expected at least 1.2e-38 (initial weights are f32 with every --dtype, smaller ones lose digits or are 0), got ${gain}; raise it`,
    );
  }
}

/** Runs a check of ncnet's and names the flag it is about. */
function attempt(check: () => unknown, who: string): void {
  try {
    check();
  } catch (error) {
    throw new UsageError(who + (error as Error).message);
  }
}
