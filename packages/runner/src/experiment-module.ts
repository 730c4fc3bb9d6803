// Loading an experiment by path, and its result from the records of its cells.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CellRecords, describeIssues, Experiment, type ExperimentModule } from 'ncnet';
import { codeIdentity, sha256 } from 'ncnet/node';
import { InputError, RunnerError } from './errors.ts';
import { Result } from './result-schema.ts';
import type { VariantName } from './sweep.ts';

export interface LoadedExperiment extends ExperimentModule {
  file: string;
  source: string; // sha-256 of the file
}

/** Imports experiments/<name>/experiment.ts and checks what it exports. @throws InputError naming file and field */
export async function loadExperiment(file: string): Promise<LoadedExperiment> {
  if (!existsSync(file))
    throw new InputError(`loadExperiment: expected a file ${file}, got none; see \`ncnet run\` for the names`);
  let loaded: Partial<ExperimentModule>;
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new InputError(`${oneLine(error)} (${file})`);
  }
  const parsed = Experiment.safeParse(loaded.experiment);
  if (!parsed.success) throw new InputError(`loadExperiment: ${describeIssues(parsed.error)} (${file})`);
  if (typeof loaded.summarize !== 'function') {
    throw new InputError(
      `loadExperiment: expected an export "summarize(cells, experiment)", got ${typeof loaded.summarize} (${file})`,
    );
  }
  const folder = basename(dirname(file));
  if (parsed.data.name !== folder) {
    throw new InputError(
      `loadExperiment: expected name "${folder}" like its folder, got "${parsed.data.name}" (${file})`,
    );
  }
  return { experiment: parsed.data, summarize: loaded.summarize, file, source: sha256(readFileSync(file)) };
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
export function buildResult(loaded: LoadedExperiment, variant: VariantName, cells: CellRecords[]): Result {
  const { experiment, summarize, source, file } = loaded;
  let summary: ReturnType<ExperimentModule['summarize']>;
  try {
    summary = summarize(cells, experiment);
  } catch (error) {
    throw new RunnerError(`summarize: ${oneLine(error)} (${file})`);
  }
  const { kernel, sources } = codeIdentity(experiment.cell.backend);
  const parsed = Result.safeParse({
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
  });
  if (!parsed.success) throw new RunnerError(`summarize: ${describeIssues(parsed.error)} (${file})`);
  return parsed.data;
}
