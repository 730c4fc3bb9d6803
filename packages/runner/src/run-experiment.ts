// runExperiment: an experiment's file to its result.json, through cells, records and the experiment's own summary.
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { InputError } from './errors.ts';
import { buildResult, loadExperiment } from './experiment-module.ts';
import { writeResult } from './result.ts';
import type { Result } from './result-schema.ts';
import { type RunCellsOptions, runCells, type Timing } from './run-cells.ts';
import { replaceFile, resultFile } from './store.ts';
import { expandSweep } from './sweep.ts';

export interface RunExperimentOptions extends Pick<RunCellsOptions, 'workers' | 'signal' | 'progress'> {
  store: string;
  variant?: 'quick' | 'full';
  replicas?: number;
  hidden?: number[];
  now?: () => Date;
}

export interface RunExperimentReport {
  file: string; // of the result
  result: Result;
  timing: Timing;
}

/** Runs an experiment. Only the unchanged full variant writes beside the experiment; everything else goes to the store. */
export async function runExperiment(file: string, options: RunExperimentOptions): Promise<RunExperimentReport> {
  const { store, variant = 'quick', replicas, hidden, workers, signal, progress } = options;
  const loaded = await loadExperiment(resolve(file));
  const { experiment } = loaded;
  const sweep = expandSweep(experiment, variant, { replicas, hidden });
  if (variant === 'full' && sweep.variant !== 'full') {
    throw new InputError(
      `runExperiment: expected --full alone (${experiment.full.replicas} replicas, every width), since it writes the committed result, got a change of ${replicas === undefined || replicas === experiment.full.replicas ? 'the widths' : `replicas to ${replicas}`}; drop --full to write under the store`,
    );
  }
  const { cells, timing } = await runCells(sweep.cells, sweep.replicas, { store, workers, signal, progress });
  const result = buildResult(loaded, sweep.variant, cells);
  const stored = resultFile(resolve(store), experiment.name);
  const target = sweep.variant === 'full' ? join(dirname(loaded.file), 'result.json') : stored;
  await writeResult(target, result);
  if (timing.computed > 0) {
    const text = `${JSON.stringify(provenance(result, timing, options.now ?? (() => new Date())), null, 2)}\n`;
    await replaceFile(stored.replace(/\.json$/, '.provenance.json'), text);
    if (sweep.variant === 'full') await replaceFile(join(dirname(loaded.file), 'provenance.json'), text);
  }
  return { file: target, result, timing };
}

/** Clock and machine of the invocation that computed something; beside the result, never in it. */
function provenance(result: Result, timing: Timing, now: () => Date) {
  return {
    variant: result.variant,
    replicas: result.replicas,
    seconds: Number(timing.seconds.toFixed(3)),
    workers: timing.workers,
    blocksComputed: timing.computed,
    blocksFromStore: timing.cached,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    finishedAt: now().toISOString(),
  };
}
