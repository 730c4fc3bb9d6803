// ncnet status: what the store holds, from its files alone.
import type { Command } from 'commander';
import type { StoredCell } from 'runner';
import { flag, folder } from '../flags.ts';
import { examples, STORE_HELP } from '../help.ts';
import { type Column, formatTable, wantsColour } from '../table.ts';

interface StatusFlags {
  store?: string;
  json?: boolean;
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Show what the store holds: cells, finished replicas, bytes, results.')
    .addOption(flag('--store <dir>', STORE_HELP, folder))
    .option(
      '--json',
      'print one JSON object on stdout: store, blocks, bytes, cells, results, unreadable, otherVersions, conflicts, unfinished',
    )
    .addHelpText('after', examples('ncnet status'))
    .action(run);
}

async function run({ store, json }: StatusFlags): Promise<void> {
  const { formatBytes, readStatus, storeFolder } = await import('runner');
  const status = readStatus(storeFolder(store, process.cwd()));
  if (json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return;
  }
  const lines = [`store ${status.store}: ${status.blocks} blocks, ${formatBytes(status.bytes)}`];
  if (status.cells.length > 0) {
    const hasRanks = status.cells.some(({ cell }) => cell.kind === 'lora');
    const columns: Column<CellGroup>[] = [
      { title: 'cells', align: 'left', text: (group) => group.words },
      { title: hasRanks ? 'hidden or rank' : 'hidden', align: 'left', text: (group) => group.sizes.join(',') },
      { title: 'replicas', text: ({ replicas: [min, max] }) => (min === max ? `${min}` : `${min}-${max}`) },
      { title: 'blocks', text: (group) => String(group.blocks) },
      { title: 'size', text: (group) => formatBytes(group.bytes) },
    ];
    lines.push('', formatTable(groupCells(status.cells), columns, { bold: wantsColour() }).trimEnd());
  }
  if (status.results.length > 0) lines.push('');
  for (const { name, variant, replicas } of status.results)
    lines.push(`result ${name}: ${variant}, ${replicas} replicas`);
  for (const file of status.unreadable) lines.push(`damaged ${file}: delete it, the block is then recomputed`);
  for (const file of status.otherVersions)
    lines.push(`of another version ${file}: keep it, the version that wrote it reads it`);
  for (const file of status.conflicts) lines.push(`conflict ${file}: compare both files with \`ncnet verify\``);
  for (const folder of status.unfinished)
    lines.push(`unfinished ${folder}: the command that trained it goes on from it; delete it to start anew`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

interface CellGroup {
  words: string;
  sizes: number[]; // hidden widths, or ranks of adapters
  replicas: [min: number, max: number]; // finished, of each width
  blocks: number;
  bytes: number;
}

/** Cells that differ in width alone share a line: its tasks, its steps, and what differs from most cells of the store. */
function groupCells(cells: StoredCell[]): CellGroup[] {
  const plain = cells.map(({ cell, kernel, sources }): Record<string, unknown> => ({ ...cell, kernel, sources }));
  const usual = Object.fromEntries(
    [...new Set(plain.filter(({ kind }) => kind === 'ncnet').flatMap(Object.keys))].map((name) => [
      name,
      mostFrequent(plain.filter(({ kind }) => kind === 'ncnet').map((cell) => show(cell[name]))),
    ]),
  );
  const groups = new Map<string, CellGroup>();
  for (const [index, { replicas, blocks, bytes }] of cells.entries()) {
    const cell = plain[index];
    const names = Object.keys(usual).filter(
      (name) => name !== 'hidden' && name !== 'alice' && name !== 'bob' && name !== 'steps',
    );
    const unusual = names
      .filter((name) => show(cell[name]) !== usual[name])
      .map((name) => `${name} ${show(cell[name])}`);
    const { kind } = cell;
    const words =
      kind === 'dense'
        ? describeDense(cell)
        : kind === 'lora'
          ? describeLora(cell)
          : [`${tasks(cell.alice)} / ${tasks(cell.bob)}`, `${cell.steps} steps`, ...unusual].join(', ');
    const own =
      kind === 'lora'
        ? { rank: null, alpha: Number(cell.alpha) / Number(cell.rank) }
        : { [kind === 'dense' ? 'width' : 'hidden']: null };
    const key = JSON.stringify({ ...cell, ...own });
    const group = groups.get(key) ?? { words, sizes: [], replicas: [replicas, replicas], blocks: 0, bytes: 0 };
    group.sizes.push(Number(kind === 'dense' ? cell.width : kind === 'lora' ? cell.rank : cell.hidden));
    group.sizes.sort((a, b) => a - b);
    group.replicas = [Math.min(group.replicas[0], replicas), Math.max(group.replicas[1], replicas)];
    group.blocks += blocks;
    group.bytes += bytes;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A deep network: its depth, activation, training and points. */
function describeDense(cell: Record<string, unknown>): string {
  const { depth, activation, skip, dropout, gain, optimizer, learningRate, steps, tangents, data } = cell;
  const convolution = cell.convolution as { channels: number; kernel: number } | undefined;
  const extras = [skip ? 'skips' : '', Number(dropout) > 0 ? `dropout ${dropout}` : ''].filter((word) => word !== '');
  const named = data as { source: string; batch: number } | undefined;
  return [
    convolution === undefined
      ? `dense, ${depth} ${activation} layer${depth === 1 ? '' : 's'}`
      : `convolutional, ${Number(depth) + 1} ${activation} layers of ${convolution.channels} channels, kernel ${convolution.kernel}`,
    ...extras,
    `gain ${gain}`,
    `${optimizer} ${learningRate}`,
    `${steps} steps`,
    ...(tangents === undefined ? [] : ['tangents']),
    named === undefined ? describePoints(cell.targets as number[][]) : `${named.source} in batches of ${named.batch}`,
  ].join(', ');
}

/** How many points, and of few the targets of each output. */
function describePoints(targets: number[][]): string {
  if (targets.length > 4) return `${targets.length} points`;
  const outputs = targets[0].map((_, k) => targets.map((row) => Number(row[k].toPrecision(3))).join(' '));
  return `${targets.length} points to ${outputs.join(' / ')}`;
}

/** A BERT with adapters: base, tasks, training and what computed; of files their names. */
function describeLora({ base, alice, bob, steps, backend, alone }: Record<string, unknown>): string {
  const short = (path: unknown): string => String(path).replace(/^.*[\\/]/, '');
  const pairs = [alice, bob].map((pair) => (pair as unknown[]).map(short).join(' ')).join(' / ');
  return `lora, ${short(base)}, ${pairs}${alone === true ? ', tasks alone' : ''}, ${steps} steps, ${String(backend).replace('lora-', '')}`;
}

/** Truth tables, long ones cut. */
function tasks(value: unknown): string {
  const tables = Array.isArray(value) ? value.map(String) : [];
  return tables.map((table) => (table.length > 16 ? `${table.slice(0, 16)}...` : table)).join(' ');
}

function show(value: unknown): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 8) : text;
}

function mostFrequent(values: string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}
