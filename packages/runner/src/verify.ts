// verify: computes a result or a block of records again, never from the store, and compares.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AnyCell, canonicalJson, describeIssues, hasWidths, schemasOf } from 'ncnet';
import { type CodeIdentity, cellDifferences, codeIdentity, sha256 } from 'ncnet/node';
import { blockSize } from 'ncnet/training';
import { type BlockIdentity, decodeBlock, parseBlock } from './block-file.ts';
import { checkRecords, readIdentity } from './block-schema.ts';
import type { BlockResult } from './block-worker.ts';
import { blockCount, blockRange, replicaCost } from './blocks.ts';
import { type Difference, firstDifference, firstLineDifference } from './difference.ts';
import { InputError, Interrupted, RunnerError } from './errors.ts';
import { buildResult, type LoadedExperiment, loadExperiment } from './experiment-module.ts';
import type { Progress } from './progress.ts';
import { formatResult, noResult, readResult } from './result.ts';
import type { Result } from './result-schema.ts';
import { runBlocks } from './run-blocks.ts';
import { runCells } from './run-cells.ts';
import { expandSweep } from './sweep.ts';

export interface VerifyOptions {
  sample?: number; // blocks, drawn with the file's hash as seed; all if left out
  workers?: number;
  signal?: AbortSignal;
  progress?: Progress;
  experiments?: string; // folder of the experiments, to derive rows, claims and charts again
}

export interface VerifyReport {
  file: string;
  kind: 'result' | 'records';
  equal: boolean;
  blocks: number; // computed
  blocksOf: number;
  replicas: number; // computed
  compared: string[]; // in words
  differences: Difference[]; // the first ones
  notes: string[];
}

const MAX_DIFFERENCES = 20;

/** Computes what a result.json or a block file says, and compares; `equal` is true only if everything compared agrees. */
export async function verify(file: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  if (options.sample !== undefined && (!Number.isInteger(options.sample) || options.sample < 1)) {
    throw new InputError(`verify: expected --sample to be a whole number of blocks from 1, got ${options.sample}`);
  }
  const bytes = readGiven(file);
  return isBlock(bytes, file) ? verifyRecords(file, bytes, options) : verifyResult(file, bytes, options);
}

/** The bytes of a file that somebody names. @throws InputError if it is none */
function readGiven(file: string): Uint8Array<ArrayBuffer> {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw noResult(file, 'a folder');
    if (stats.isCharacterDevice() || stats.isBlockDevice()) throw noResult(file, 'a device');
    return readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code ?? '')) throw noResult(file, 'no such file');
    throw new RunnerError(
      `verify: expected to read ${file}, got ${code ?? message}; check its permissions and the disk`,
    );
  }
}

/** Whether a file is meant as a block of records: by its header, or by the name that the store gives. */
function isBlock(bytes: Uint8Array<ArrayBuffer>, file: string): boolean {
  const end = bytes.indexOf(10);
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? bytes.length : end);
  return line.includes('"ncnet-block/') || /^[0-9a-f]{64}\.ndjson/.test(basename(file));
}

async function verifyRecords(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const header = readIdentity(bytes, file);
  const stored = decodeBlock(bytes, file, header);
  const invalid = checkRecords(header.cell, parseBlock(stored), header.first);
  if (invalid !== null) throw new RunnerError(`verify: ${file}: ${invalid}; delete this file and compute it again`);

  const { cell, first, count } = header;
  const identity = { cell, first, count, ...codeIdentity(cell.backend) };
  const elsewhere = await cellDifferences(cell);
  const [computed] = await computeBlocks([identity], options);
  const differences: Difference[] = [];
  const notes = codeNotes(header, identity);
  const sameCode = notes.length === 0;
  notes.push(...elsewhere);
  const equal = sameCode
    ? Buffer.from(stored.bytes).equals(Buffer.from(computed.bytes))
    : stored.recordsSha256 === computed.recordsSha256 && stored.probesSha256 === computed.probesSha256;
  if (!equal) differences.push(firstLineDifference(stored.bytes, computed.bytes));
  return {
    file,
    kind: 'records',
    equal: differences.length === 0,
    ...{ blocks: 1, blocksOf: 1, replicas: header.count },
    compared: [sameCode ? 'every byte of the block' : 'every byte of its records and probes'],
    differences,
    notes,
  };
}

async function verifyResult(file: string, bytes: Uint8Array, options: VerifyOptions): Promise<VerifyReport> {
  const { result, text } = readResult(file, Buffer.from(bytes).toString('utf8'));
  if (result.cells.length === 0)
    throw new RunnerError(`verify: expected cells in ${file}, got none; nothing can be computed again`);
  const cells = result.cells.map((entry, index) => {
    const cell = parseCell(entry.cell, file);
    const expected = blockCount(entry.replicas, blockSize(cell));
    if (entry.blocks.length !== expected) {
      throw new RunnerError(
        `verify: cells.${index} of ${file}: expected ${expected} block hashes for ${entry.replicas} replicas, got ${entry.blocks.length}`,
      );
    }
    return cell;
  });
  const blocksOf = result.cells.reduce((sum, { blocks }) => sum + blocks.length, 0);
  const report: VerifyReport = {
    ...{ file, kind: 'result', equal: false, blocks: 0, blocksOf, replicas: 0 },
    ...{ compared: [], differences: [], notes: [] },
  };
  report.notes.push(...codeNotes(result.provenance, codeIdentity(cells[0].backend)));
  report.notes.push(...(await cellDifferences(cells[0])));
  if (options.sample !== undefined && options.sample < blocksOf)
    await verifySample(report, result, cells, text, options);
  else await verifyWhole(report, result, cells, text, options);
  if (result.provenance.node !== process.version) {
    report.notes.push(`node differs: written by ${result.provenance.node}, computed here by ${process.version}`);
  }
  report.equal = report.differences.length === 0;
  report.differences = report.differences.slice(0, MAX_DIFFERENCES);
  return report;
}

/** Some blocks over all cells: their record hashes alone, after the cells were held against the experiment's plan, if it is here. */
async function verifySample(
  report: VerifyReport,
  result: Result,
  cells: AnyCell[],
  text: string,
  options: VerifyOptions,
) {
  const file = experimentFile(result, options);
  if (!existsSync(file)) {
    report.notes.push(`no ${file} here: the cells were not compared with those that the experiment plans`);
  } else {
    const { asPlanned } = await comparePlan(report, result, cells, file);
    if (!asPlanned) return;
    report.compared.push('variant, replicas and cells with the plan of the experiment');
  }
  const all = result.cells.flatMap((entry, cell) => entry.blocks.map((hash, block) => ({ cell, block, hash })));
  const chosen = drawSample(all, options.sample!, sha256(text));
  const identities = chosen.map(({ cell, block }) => ({
    cell: cells[cell],
    ...blockRange(result.cells[cell].replicas, block, blockSize(cells[cell])),
    ...codeIdentity(cells[cell].backend),
  }));
  const computed = await computeBlocks(identities, options);
  for (const [index, { cell, block, hash }] of chosen.entries()) {
    report.replicas += identities[index].count;
    compare(report, `cells.${cell}.blocks.${block}`, hash, computed[index].recordsSha256);
  }
  report.blocks = chosen.length;
  report.compared.push(`the record hashes of ${chosen.length} of ${report.blocksOf} blocks`);
  report.notes.push('a sample compares no probes and derives no rows; leave --sample out to compare everything');
}

/** Everything: hashes of every cell, then the rows, claims and charts that the experiment derives from them. */
async function verifyWhole(
  report: VerifyReport,
  result: Result,
  cells: AnyCell[],
  text: string,
  options: VerifyOptions,
) {
  const { replicas } = result;
  const file = experimentFile(result, options);
  if (!existsSync(file)) {
    const name = String(result.experiment.name);
    throw new InputError(
      `verify: expected the experiment "${name}" of this result, got no ${file}; run it inside the repository that has it`,
    );
  }
  const { loaded, asPlanned } = await comparePlan(report, result, cells, file);
  const literal = firstDifference(normal(result.experiment), normal(loaded.experiment), 'experiment');
  if (literal !== null) report.differences.push(literal);
  if (!asPlanned) return; // other cells than the experiment's: nothing to compute
  const { workers, signal, progress } = options;
  const computed = await runCells(cells, replicas, { store: null, workers, signal, progress });
  report.blocks = computed.timing.computed;
  report.replicas = replicas * cells.length;
  for (const [index, { recordHash, probeHash, blocks }] of computed.cells.entries()) {
    const entry = result.cells[index];
    for (const [block, hash] of blocks.entries())
      compare(report, `cells.${index}.blocks.${block}`, entry.blocks[block], hash);
    compare(report, `cells.${index}.recordHash`, entry.recordHash, recordHash);
    compare(report, `cells.${index}.probeHash`, entry.probeHash, probeHash);
  }
  report.compared.push('the hash of every record, block and probe');

  const derived = buildResult(loaded, result.variant, computed.cells);
  for (const part of ['rows', 'alone', 'claims', 'charts'] as const) {
    const difference = firstDifference(normal(result[part]), normal(derived[part]), part);
    if (difference !== null) report.differences.push(difference);
  }
  for (const name of ['kernel', 'sources', 'experimentSource'] as const) {
    compare(report, `provenance.${name}`, result.provenance[name], derived.provenance[name]);
  }
  const packages = firstDifference(result.provenance.packages, derived.provenance.packages, 'provenance.packages');
  if (packages !== null) report.differences.push(packages);
  compare(report, 'the layout of the file', sha256(text), sha256(formatResult(result)));
  report.compared.push(
    `experiment, variant, cells, rows, ${result.alone === undefined ? '' : 'accuracies of the tasks alone, '}claims, charts, provenance (but for the version of Node) and the layout of the file`,
  );
}

/** Where the experiment that a result names is, if it is here. */
function experimentFile({ experiment }: Result, { experiments = 'experiments' }: VerifyOptions): string {
  const name = String(experiment.name);
  return join(experiments, /^[a-z0-9-]+$/.test(name) ? name : '', 'experiment.ts');
}

/** Holds the variant, the replicas and the cells of a result against its experiment. */
async function comparePlan(
  report: VerifyReport,
  result: Result,
  cells: AnyCell[],
  file: string,
): Promise<{ loaded: LoadedExperiment; asPlanned: boolean }> {
  const loaded = await loadExperiment(file);
  if (result.provenance.experimentSource !== loaded.source) {
    report.notes.push(apart('the file of the experiment differs', result.provenance.experimentSource, loaded.source));
  }
  const planned = planDifferences(result, cells, loaded);
  report.differences.push(...planned);
  return { loaded, asPlanned: planned.length === 0 };
}

/** What a result holds other than what its experiment plans for the variant: the variant itself, the replicas, the cells. */
function planDifferences(result: Result, cells: AnyCell[], { experiment }: LoadedExperiment): Difference[] {
  const { variant, replicas } = result;
  const widths = cells.flatMap((cell) => (cell.kind === 'ncnet' ? [cell.hidden] : []));
  const hidden = hasWidths(experiment) ? [...new Set(widths)] : undefined;
  const plan =
    variant === 'custom'
      ? expandSweep(experiment, 'quick', { replicas, hidden }) // as `ncnet run` makes one
      : expandSweep(experiment, variant);
  const differences: Difference[] = [];
  const add = (where: string, expected: unknown, got: unknown): void => {
    const difference = firstDifference(expected, got, where);
    if (difference !== null) differences.push(difference);
  };
  add('variant', variant, plan.variant);
  add('replicas', replicas, plan.replicas);
  for (const [index, entry] of result.cells.entries()) add(`cells.${index}.replicas`, entry.replicas, plan.replicas);
  add('the number of cells', cells.length, plan.cells.length);
  for (const [index, cell] of plan.cells.entries()) {
    const given = cells[index];
    if (given === undefined) break;
    const named = given.kind === 'lora' ? { ...given, resolved: null } : given; // found by the machine that trained it
    add(`cells.${index}.cell`, normal(named), normal(cell));
  }
  return differences;
}

/** A value as JSON holds it, keys sorted. */
const normal = (value: unknown): unknown => JSON.parse(canonicalJson(JSON.parse(JSON.stringify(value ?? null))));

async function computeBlocks(
  identities: BlockIdentity[],
  { workers, signal, progress }: VerifyOptions,
): Promise<BlockResult[]> {
  const results = new Array<BlockResult>(identities.length);
  const wanted = identities.map((identity, index) => ({ ...identity, file: null, scratch: null, index }));
  const finished = await runBlocks([...new Set(identities.map(({ cell }) => cell))], wanted, {
    blocks: identities.length,
    cost: identities.reduce((sum, { cell, count }) => sum + count * replicaCost(cell), 0),
    ...{ workers, signal, progress },
    done({ index }, result) {
      results[index] = result;
    },
  });
  if (!finished) throw new Interrupted('interrupted: nothing was written; run the same command again');
  return results;
}

function parseCell(value: unknown, file: string): AnyCell {
  const schema = schemasOf(value).cell;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new RunnerError(`verify: cell of ${file}: ${describeIssues(parsed.error, schema, value)}`);
  return parsed.data;
}

/** k distinct items, by a shuffle that the seed decides (Fisher-Yates, draws from sha-256 of seed and index), in order. */
export function drawSample<T>(items: readonly T[], k: number, seed: string): T[] {
  const order = items.map((_, index) => index);
  for (let i = 0; i < Math.min(k, order.length); i++) {
    const draw = Number.parseInt(sha256(`${seed} ${i}`).slice(0, 12), 16);
    const j = i + (draw % (order.length - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order
    .slice(0, k)
    .sort((a, b) => a - b)
    .map((index) => items[index]);
}

function compare(report: VerifyReport, where: string, expected: unknown, got: unknown): void {
  if (expected !== got) report.differences.push({ where, expected: String(expected), got: String(got) });
}

/** What computed a file other than the code here: one line each. */
function codeNotes(written: CodeIdentity, here: CodeIdentity): string[] {
  const said = { kernel: 'kernel differs', sources: 'sources differ' };
  const names = (['kernel', 'sources'] as const).filter((name) => written[name] !== here[name]);
  return names.map((name) => apart(said[name], written[name], here[name]));
}

function apart(what: string, written: string, here: string): string {
  const short = (hash: string): string => (hash === '' ? 'none' : hash.slice(0, 12));
  return `${what}: written by ${short(written)}, computed here by ${short(here)}`;
}
