// ncnet run: an experiment by name; without a name, the list of experiments.
import { join } from 'node:path';
import type { Command } from 'commander';
import { didYouMean, flag, folder, list, printable, UsageError, wholeNumber } from '../flags.ts';
import { examples, STORE_HELP, TIMING_NOTE, WORKERS_HELP } from '../help.ts';
import { withInterrupt } from '../interrupt.ts';

interface RunFlags {
  full?: boolean;
  replicas?: number;
  hidden?: number[];
  workers?: number;
  store?: string;
  json?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run [name]')
    .description(
      'Run an experiment of experiments/ and print its table, claims and the path of its result; without a name, list them (exit code 1 if a file among them is broken).',
    )
    .option(
      '--full',
      'the full variant; the only one that writes experiments/NAME/result.json (default: quick, written under the store)',
    )
    .addOption(flag('--replicas <R>', "replicas of every cell instead of the variant's", wholeNumber(1, 2 ** 32 - 1)))
    .addOption(
      flag(
        '--hidden <list>',
        "hidden widths instead of the variant's; repeated ones are refused",
        list(wholeNumber(1, 64)),
      ),
    )
    .addOption(flag('--workers <N>', WORKERS_HELP, wholeNumber(1, 256)))
    .addOption(flag('--store <dir>', STORE_HELP, folder))
    .option('--json', 'print one JSON object on stdout: result (the path), rows, claims, timing')
    .addHelpText(
      'after',
      TIMING_NOTE +
        examples('ncnet run', 'ncnet run capacity', 'ncnet run capacity --replicas 64 --hidden 2,3,4 --json'),
    )
    .action(run);
}

async function run(name: string | undefined, flags: RunFlags): Promise<void> {
  const { createProgress, findWorkspace, listExperiments, runExperiment, storeFolder } = await import('runner');
  const { MAX_WORKERS, startWorkers, workerCount } = await import('runner/pool');
  const workspace = findWorkspace(process.cwd());
  if (workspace === null) {
    throw new UsageError(
      `expected to be inside the repository (a package.json with "workspaces"), got ${process.cwd()}; change into it`,
    );
  }
  const folder = join(workspace, 'experiments');
  const names = listExperiments(folder);
  if (name === undefined) {
    const { json, ...others } = flags;
    const [other] = Object.keys(others);
    if (other === undefined) return listAll(folder, names, json === true);
    throw new UsageError(
      `expected the name of an experiment with --${other}, got none; see \`ncnet run\` for the names`,
    );
  }
  if (!names.includes(name)) {
    throw new UsageError(
      `expected an experiment (${names.join(', ') || 'none found'}), got "${name}"; ${didYouMean(name, names, 'see `ncnet run`')}`,
    );
  }
  const { full, replicas, hidden, workers, json } = flags;
  startWorkers(workerCount(workers, MAX_WORKERS));
  const store = storeFolder(flags.store, process.cwd());
  const progress = createProgress({ label: `ncnet run ${name}` });
  const { file, result, timing } = await withInterrupt((signal) =>
    runExperiment(join(folder, name, 'experiment.ts'), {
      ...{ store, replicas, hidden, workers, signal, progress },
      variant: full ? 'full' : 'quick',
    }),
  );
  const { variant, rows, claims } = result;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ result: file, variant, replicas: result.replicas, rows, claims, timing })}\n`,
    );
    return;
  }
  const { summaryTables } = await import('../summary-table.ts');
  const { title, question } = result.experiment as { title: string; question: string };
  process.stdout.write(`${title} (${variant}, ${result.replicas} replicas)\n${question}\n\n${summaryTables(rows)}\n`);
  for (const { id, claim, verdict, because } of claims)
    process.stdout.write(`${id}  ${verdict}: ${claim}\n    ${because}\n`);
  process.stdout.write(
    `${claims.length > 0 ? '\n' : ''}${timing.computed} blocks computed, ${timing.cached} from the store ${store}\n${file}\n`,
  );
}

async function listAll(folder: string, names: string[], json: boolean): Promise<void> {
  const { InputError, loadExperiment } = await import('runner');
  const found = [];
  for (const name of names) {
    try {
      const { experiment } = await loadExperiment(join(folder, name, 'experiment.ts'));
      found.push({ name, title: experiment.title, question: experiment.question, cost: experiment.cost });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      process.stderr.write(`ncnet run: ${name} is not listed: ${printable(error.message)}\n`);
      process.exitCode = 1;
    }
  }
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else {
    const width = Math.max(0, ...found.map(({ name }) => name.length));
    for (const { name, question } of found) process.stdout.write(`${name.padEnd(width)}  ${question}\n`);
  }
}
