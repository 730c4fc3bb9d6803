// Names of cells and rows as a reader meets them, and how long a cell takes to train again.
import type { DenseCell, DenseSource } from 'ncnet/dense';
import { type AnyCell, blockSize, denseSize, rowProducts } from 'ncnet/training';
import type { Result, ResultCell } from 'runner/result';
import { SETTINGS } from './columns.ts';
import { fixed } from './format.ts';

type Json = Record<string, unknown>;

const BRANCH_NAMES: Record<string, string> = {
  frozen: 'frozen layer',
  separate: 'separate layers',
  'only-a': 'only Alice trains the layer',
  shared: 'shared layer',
};

/** Whether a result's cells are adapters of a BERT. */
export const isLora = ({ cells }: Pick<Result, 'cells'>): boolean => cells[0]?.cell.kind === 'lora';

/** What rows differ in: hidden width, or rank of an adapter. */
export const sizeOf = (rows: readonly Json[]) =>
  rows.some((row) => 'rank' in row)
    ? ({ key: 'rank', letter: 'r', words: 'ranks r', title: 'rank' } as const)
    : ({ key: 'hidden', letter: 'n', words: 'widths n', title: 'hidden width' } as const);

export const branchName = (branch: string): string => BRANCH_NAMES[branch] ?? branch;

/** Whether a result's cells are deep networks of the effective theory. */
export const isDense = ({ cells }: Pick<Result, 'cells'>): boolean => cells[0]?.cell.kind === 'dense';

/** The name that the experiment gives to a dense cell of the variant that ran. */
function denseName({ experiment, variant }: Result, index: number): string | undefined {
  const named = (name: string) => (experiment[name] as { cells?: { name: string }[] } | undefined)?.cells;
  return (variant === 'full' ? named('full') : named('quick'))?.[index]?.name;
}

/** The rows that a dense cell names in place of listing them. */
export function dataWords(data: DenseSource): string {
  const rows =
    data.source === 'mnist'
      ? `the first ${fixed(data.images, 0)} training images of MNIST and their digits; the test images are held out`
      : `${data.side} × ${data.side} Gaussian blobs on ${data.pixels} × ${data.pixels} pixels, each in two contexts that ask for its x and for its y`;
  return `${rows}; batches of ${data.batch}; ${data.watch.length} rows watched`;
}

/** Whether every block of a result is one replica. */
export const isByReplica = ({ cells }: Pick<Result, 'cells'>): boolean =>
  cells.every(({ cell }) => blockSize(cell as unknown as AnyCell) === 1);

/** Keys whose value differs between the cells of a result, hidden last. */
function varyingKeys(cells: ResultCell[]): string[] {
  const keys = Object.keys(cells[0]?.cell ?? {}).filter(
    (key) => key !== 'hidden' && new Set(cells.map(({ cell }) => JSON.stringify(cell[key]))).size > 1,
  );
  return [...keys, 'hidden'];
}

/** "frozen layer, n = 3": what tells a cell from its neighbours. */
export function cellLabels(result: Result): string[] {
  if (isDense(result))
    return result.cells.map(({ cell }, index) => denseName(result, index) ?? `cell ${index} of seed ${cell.seed}`);
  if (isLora(result)) return result.cells.map(({ cell }) => `r = ${cell.rank}${cell.alone ? ', each task alone' : ''}`);
  const keys = varyingKeys(result.cells);
  return result.cells.map(({ cell }) =>
    keys
      .map((key) =>
        key === 'hidden'
          ? `n = ${cell.hidden}`
          : key === 'sharing'
            ? branchName(String(cell.sharing))
            : `${key} ${cell[key]}`,
      )
      .join(', '),
  );
}

/** Rows without what a table does not show: hashes, lists, and what is not known. Settings come first. */
export function plainColumns(rows: Json[]): Json[] {
  return rows.map((row) => {
    const kept = Object.entries(row).filter(([key, value]) => key !== 'recordHash' && typeof value !== 'object');
    const rank = (key: string) => SETTINGS.indexOf(key) + 1 || SETTINGS.length + 1;
    return Object.fromEntries(kept.sort(([a], [b]) => rank(a) - rank(b)));
  });
}

/**
 * Rows of plain values for tables, one for each `what`. The settings that tell a row from its neighbours stand in its
 * first column, so that they stay in view: "width 2, gain 0.05, steps 4000" where it takes several of them.
 */
export function plainRows(rows: Json[]): Json[] {
  const plain = plainColumns(rows).map(({ what = '', ...row }) => ({ kind: String(what).replaceAll('_', ' '), row }));
  return plain.map(({ kind, row }) => {
    const keys = tellingSettings(plain.filter((other) => other.kind === kind).map((other) => other.row));
    if (keys.length < 2) return { kind, ...row };
    const rest = Object.entries(row).filter(([key]) => !keys.includes(key));
    return { kind, row: rowName(row, keys), ...Object.fromEntries(rest) };
  });
}

const rowName = (row: Json, keys: string[]): string =>
  keys.map((key) => (typeof row[key] === 'string' ? row[key] : `${key}\u00a0${row[key]}`)).join(', ');

/** As many settings as it takes until no two rows agree in them, those that do not vary left out. */
function tellingSettings(rows: Json[]): string[] {
  const keys: string[] = [];
  const told = () => new Set(rows.map((row) => rowName(row, keys))).size;
  for (const key of SETTINGS) {
    if (told() === rows.length) break;
    if (new Set(rows.map((row) => row[key])).size > 1) keys.push(key);
  }
  return keys;
}

/** Rows that share branch and outcome rule, in the order of the result. */
export function rowGroups(rows: Json[]): { name: string; outcome: string; branch: string | null; rows: Json[] }[] {
  const groups = new Map<string, { name: string; outcome: string; branch: string | null; rows: Json[] }>();
  for (const row of rows) {
    const branch = typeof row.branch === 'string' ? row.branch : null;
    const outcome = String(row.outcome);
    const key = `${branch}/${outcome}`;
    const name = branch === null ? `outcome rule ${outcome}` : `${branchName(branch)}, outcome rule ${outcome}`;
    if (!groups.has(key)) groups.set(key, { name, outcome, branch, rows: [] });
    groups.get(key)!.rows.push(row);
  }
  return [...groups.values()];
}

/**
 * Seconds that one core of a present laptop needs for replicas of a cell: nanoseconds per replica and step as measured
 * with the preset at d = 3 (15 + 10 n), growing with the rows as measured at d = 3 to 6. A first guess: the page measures its own rate.
 */
export function estimateSeconds(cell: Json, replicas: number): number {
  if (cell.kind === 'dense') {
    const dense = cell as unknown as DenseCell;
    const { batch: rows } = denseSize(dense);
    const products = rowProducts(dense);
    const steps = dense.data === undefined && dense.stopLoss > 0 ? Math.min(1500, dense.steps) : dense.steps; // the loss ends it
    const large = products > 1e6 ? 1.5e-9 : 4e-10; // large weights come from memory, those of convolutions do not
    const perProduct = dense.convolution === undefined ? large : 6e-10;
    return replicas * steps * (2e-5 + products * perProduct * (rows / 2 + 0.5));
  }
  const rows = 2 ** Number(cell.inputs);
  const hidden = Number(cell.hidden) * (cell.sharing === 'separate' ? 2 : 1);
  const everyStep = cell.lossSteps === 'none' ? 1 : 1.4;
  const nanoseconds = (15 + 10 * hidden) * (rows / 8) ** 0.75 * everyStep * (cell.dtype === 'f64' ? 2 : 1);
  const training = replicas * 4 * Number(cell.steps) * Number(cell.restarts) * nanoseconds * 1e-9;
  return training + replicas * 1.5e-4;
}
