// ncnet verify: computes a result or a block of records again and compares; exit code 0 only on equality.
import { join } from 'node:path';
import type { Command } from 'commander';
import type { VerifyReport } from 'runner';
import { flag, wholeNumber } from '../flags.ts';
import { examples, WORKERS_HELP } from '../help.ts';
import { withInterrupt } from '../interrupt.ts';

interface VerifyFlags {
  sample?: number;
  workers?: number;
  json?: boolean;
}

export function addVerify(program: Command): void {
  program
    .command('verify <file>')
    .description(
      'Compute a result.json or a block file (.ndjson) again, never from the store, and compare the bytes. Exit 0 only on equality.',
    )
    .addOption(
      flag(
        '--sample <k>',
        'compare k blocks, drawn with the hash of the file as seed (default: everything)',
        wholeNumber(1, 1e9),
      ),
    )
    .addOption(flag('--workers <N>', WORKERS_HELP, wholeNumber(1, 256)))
    .option('--json', 'print one JSON object on stdout: equal, compared, differences, notes')
    .addHelpText(
      'after',
      examples('ncnet verify experiments/capacity/result.json --sample 4', 'ncnet verify .ncnet/results/capacity.json'),
    )
    .action(run);
}

async function run(file: string, { sample, workers, json }: VerifyFlags): Promise<void> {
  const { createProgress, findWorkspace, verify } = await import('runner');
  const experiments = join(findWorkspace(process.cwd()) ?? process.cwd(), 'experiments');
  const progress = createProgress({ label: 'ncnet verify' });
  const report = await withInterrupt((signal) => verify(file, { sample, workers, signal, progress, experiments }));
  if (!report.equal) process.exitCode = 1; // before the write: its reader may be gone
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  if (!report.equal) throw new CheckFailed(describeDifference(report));
  if (json) return;
  const lines = [
    report.blocks === report.blocksOf
      ? `EQUAL  ${file}`
      : `SAMPLE EQUAL  ${file}: record hashes only; rows, claims and charts need a verify without --sample`,
    `computed ${report.blocks} of ${report.blocksOf} blocks, ${report.replicas} replica${report.replicas === 1 ? '' : 's'}`,
  ];
  for (const what of report.compared) lines.push(`compared: ${what}`);
  for (const note of report.notes) lines.push(`note: ${note}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The file is not what the computation gives: exit code 1. */
class CheckFailed extends Error {
  readonly exitCode = 1;
}

function describeDifference({ file, differences, notes }: VerifyReport): string {
  const [{ where, expected, got }] = differences;
  const others = differences.length > 1 ? ` (and ${differences.length - 1} more; --json lists them)` : '';
  const because =
    notes.length > 0
      ? `${notes.join('; ')}; compute it again with this code`
      : 'the file was changed, or the code that derives it was: write it again';
  return `${file}: expected ${where} to be ${expected}, as the file says, got ${got}${others}; ${because}`;
}
