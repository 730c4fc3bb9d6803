// ncnet crosscheck: all backends of this machine on one tiny BERT against float64, and the tolerances that they keep or miss.
import type { Command } from 'commander';
import { BERT_BACKENDS as BACKENDS, type BertBackendName } from 'ncnet/words';
import { choice, flag, list, UsageError } from '../flags.ts';
import { examples } from '../help.ts';
import { exitOnInterrupt } from '../interrupt.ts';

interface CrosscheckFlags {
  backends?: BertBackendName[];
  json?: boolean;
  save?: boolean;
}

const NOTES = `
A tiny seeded BERT is computed by every backend, each in a process of its own: single ops, a forward pass, gradients,
one step and 20 steps of gradient descent. A float64 program of plain loops is the anchor. The steps are computed twice
(A/A), so that a backend's own noise stands beside its distance from others (A/B). A backend named in --backends must
be here. --save writes bench/results/crosscheck.json, which the site's page Cross-check shows.`;

export function addCrosscheck(program: Command): void {
  program
    .command('crosscheck')
    .description('Compare all backends of this machine with float64 and with each other: ops, BERT, gradients, steps.')
    .addOption(
      flag('--backends <list>', `which: ${BACKENDS.join(',')} (default: all that are here)`, list(choice(BACKENDS))),
    )
    .option('--json', 'print one JSON object on stdout: passed, backends, absent, failed, tolerances, model, machine')
    .option('--save', 'write the result into the workspace, for the site')
    .addHelpText('after', `${NOTES}\n${examples('ncnet crosscheck', 'ncnet crosscheck --backends cpu,wasm --json')}`)
    .action(run);
}

async function run({ backends, json, save }: CrosscheckFlags): Promise<void> {
  const release = exitOnInterrupt('ncnet crosscheck: interrupted; nothing is kept, start it again');
  try {
    const [{ crosscheck }, { crosscheckText, withMachine }] = await Promise.all([
      import('ncnet/bert'),
      import('../crosscheck-text.ts'),
    ]);
    const file = save ? await resultFile() : undefined;
    const onStage = (stage: string): void => void process.stderr.write(`ncnet crosscheck: ${stage}\n`);
    const result = withMachine(await crosscheck({ backends, onStage }));
    if (file !== undefined) {
      const { writeFileSync } = await import('node:fs');
      writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    }
    if (!result.passed) process.exitCode = 1; // before the write: its reader may be gone
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : crosscheckText(result));
  } finally {
    release();
  }
}

async function resultFile(): Promise<string> {
  const [{ findWorkspace }, { join }] = await Promise.all([import('runner'), import('node:path')]);
  const workspace = findWorkspace(process.cwd());
  if (workspace !== null) return join(workspace, 'bench', 'results', 'crosscheck.json');
  throw new UsageError(`--save: expected to be inside the repository, got ${process.cwd()}; change into it`);
}
