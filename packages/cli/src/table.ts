// Aligned text tables for people; numbers to the right, words to the left.

export interface Column<Row> {
  title: string;
  align?: 'left' | 'right'; // default right
  text(row: Row): string;
}

export interface TableOptions {
  bold?: boolean; // the titles, for a terminal that wants colours
}

export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions = {},
): string {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index].length)),
  );
  const pad = (text: string, index: number): string =>
    columns[index].align === 'left' ? text.padEnd(widths[index]) : text.padStart(widths[index]);
  const join = (line: string[]): string => line.map(pad).join('  ').trimEnd();
  const titles = join(columns.map((column) => column.title));
  return `${[options.bold ? `\x1b[1m${titles}\x1b[22m` : titles, ...cells.map(join)].join('\n')}\n`;
}

/** Colours only on a terminal, and never with NO_COLOR (no-color.org). */
export function wantsColour(stream: { isTTY?: boolean } = process.stdout, environment = process.env): boolean {
  return stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
}

export function fixed(value: unknown, digits = 3): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '-';
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

export function interval(value: unknown, digits = 3): string {
  return Array.isArray(value) && value.length === 2 ? `[${fixed(value[0], digits)}, ${fixed(value[1], digits)}]` : '-';
}

/** A t interval; where all replicas are equal its width 0 says nothing. */
export function tInterval(value: unknown): string {
  return Array.isArray(value) && value[0] === value[1] ? '- (all replicas equal)' : interval(value);
}
