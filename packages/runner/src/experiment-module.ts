// Loading an experiment by path, and its result from the records of its cells.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type AnyExperiment,
  type AnyExperimentModule,
  checkAnyExperiment,
  describeIssues,
  ExperimentError,
  type ExperimentSummary,
} from 'ncnet';
import { codeIdentity, sha256 } from 'ncnet/node';
import type { AnyCell, RecordsOf } from 'ncnet/training';
import { InputError, RunnerError } from './errors.ts';
import { Result } from './result-schema.ts';
import type { VariantName } from './sweep.ts';

export interface LoadedExperiment {
  experiment: AnyExperiment;
  summarize(cells: RecordsOf<AnyCell>[], experiment: AnyExperiment): ExperimentSummary;
  file: string;
  source: string; // sha-256 of the file
}

/** Imports experiments/<name>/experiment.ts and checks what it exports. @throws InputError naming file and field */
export async function loadExperiment(file: string): Promise<LoadedExperiment> {
  if (!existsSync(file))
    throw new InputError(`loadExperiment: expected a file ${file}, got none; see \`ncnet run\` for the names`);
  let loaded: Partial<AnyExperimentModule>;
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    throw loadFailure(error, file);
  }
  let experiment: AnyExperiment;
  try {
    experiment = checkAnyExperiment(loaded.experiment, 'loadExperiment: export "experiment"');
  } catch (error) {
    throw loadFailure(error, file);
  }
  if (typeof loaded.summarize !== 'function') {
    throw new InputError(
      `loadExperiment: expected an export "summarize(cells, experiment)", got ${typeof loaded.summarize} (${file})`,
    );
  }
  const folder = basename(dirname(file));
  if (experiment.name !== folder) {
    throw new InputError(
      `loadExperiment: expected name "${folder}" like its folder, got "${experiment.name}" (${file})`,
    );
  }
  const summarize = loaded.summarize as LoadedExperiment['summarize']; // its cells are of the experiment's kind
  return { experiment, summarize, file, source: sha256(readFileSync(file)) };
}

/** The error of a file that cannot be imported or holds no experiment, with the line of the file where there is one. */
function loadFailure(error: unknown, file: string): Error {
  if (error instanceof ExperimentError) return new InputError(`${error.message} (${file})`);
  const { name = 'Error', code, stack = '' } = (error ?? {}) as { name?: string; code?: string; stack?: string };
  const unbuilt = code === 'ERR_MODULE_NOT_FOUND' && oneLine(error).includes('/dist/');
  if (unbuilt) return error as Error; // no fault of the file
  const line = /experiment\.ts:(\d+)/.exec(String(stack))?.[1];
  return new InputError(
    `loadExperiment: expected a file that loads, got ${name}: ${oneLine(error)}; mend it (${file}${line === undefined ? '' : `:${line}`})`,
  );
}

function oneLine(error: unknown): string {
  return String((error as Error)?.message ?? error).split('\n')[0];
}

/** Versions of ncnet and of what it computes with. */
function packageVersions(): Record<string, string> {
  const { version, dependencies } = JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve('ncnet/package.json')), 'utf8'),
  );
  return { ncnet: version, ...dependencies };
}

/** The result of an experiment from its cells' records: a pure function of code and records, without a clock. */
export function buildResult(loaded: LoadedExperiment, variant: VariantName, cells: RecordsOf<AnyCell>[]): Result {
  const { experiment, summarize, source, file } = loaded;
  let summary: ExperimentSummary;
  try {
    summary = summarize(cells, experiment);
  } catch (error) {
    throw new RunnerError(`summarize: ${oneLine(error)} (${file})`);
  }
  const { kernel, sources } = codeIdentity(cells[0].cell.backend);
  const result = {
    schema: 'ncnet-result/1',
    experiment,
    variant,
    replicas: cells[0].replicas,
    cells: cells.map(({ cell, replicas, recordHash, probeHash, blocks }) => ({
      cell,
      replicas,
      recordHash,
      probeHash,
      blocks,
    })),
    ...summary,
    provenance: { kernel, sources, experimentSource: source, node: process.version, packages: packageVersions() },
  };
  const parsed = Result.safeParse(result);
  if (!parsed.success) throw new RunnerError(`summarize: ${describeIssues(parsed.error, Result, result)} (${file})`);
  return parsed.data;
}
