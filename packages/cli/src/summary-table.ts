// The table of S by width or rank with intervals, Delta and verdicts, for rows of ncnet's summary; other rows show their plain columns.
import { SUMMARY_KEYS } from 'ncnet';
import { type Column, fixed, formatTable, interval, tInterval, wantsColour } from './table.ts';

type Row = Record<string, unknown>;

const read = (row: Row, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Row | undefined)?.[key], row);

const difference = (row: Row): string => {
  const { sOdd, delta } = row as { sOdd?: unknown; delta?: unknown };
  return typeof sOdd === 'number' && typeof delta === 'number' ? fixed(sOdd - delta) : '-';
};

const SUMMARY: Column<Row>[] = [
  { title: 'S', text: (row) => fixed(read(row, 'S', 'mean')) },
  { title: '95 % t interval', text: (row) => tInterval(read(row, 'S', 'ci95')) },
  { title: '95 % bounded', text: (row) => interval(read(row, 'S', 'ci95Bounded')) }, // the interval that verdicts use
  { title: 'Delta', text: (row) => fixed(row.delta) },
  { title: 'sOdd-Delta', text: difference },
  { title: 'needed', text: ({ trialsNeeded }) => String(trialsNeeded ?? '-') }, // replicas until S > 2 is expected to show
];

const VERDICT: Column<Row> = {
  title: 'verdict',
  align: 'left',
  text: (row) => String(read(row, 'verdict', 'words') ?? '-'),
};

/** Hidden width, or rank of an adapter. */
const SIZE = (key: 'hidden' | 'rank'): Column<Row> => ({
  title: key === 'rank' ? 'rank' : 'n',
  text: (row) => String(row[key] ?? '-'),
});

/** One table per outcome rule. Plain columns in which the rows of a rule differ are shown too, words first. */
export function summaryTables(rows: readonly Row[]): string {
  const bold = wantsColour();
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) groups.set(row.outcome, [...(groups.get(row.outcome) ?? []), row]);
  const tables: string[] = [];
  for (const [outcome, group] of groups) {
    const replicas = new Set(group.map((row) => row.replicas));
    const named = outcome === undefined ? '' : `outcome ${outcome}, ${[...replicas].join('/')} replicas\n`;
    tables.push(named + formatTable(group, columnsOf(group), { bold }));
  }
  return tables.join('\n');
}

function columnsOf(rows: readonly Row[]): Column<Row>[] {
  const isSummary = rows.some((row) => read(row, 'S', 'mean') !== undefined);
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const plain = [...names]
    .filter((name) => !isSummary || !SUMMARY_KEYS.has(name))
    .filter((name) => name !== 'outcome' && rows.every((row) => row[name] === null || typeof row[name] !== 'object'))
    .filter((name) => !isSummary || new Set(rows.map((row) => row[name])).size > 1);
  const columns = plain.map(
    (name): Column<Row> => ({
      title: name,
      align: rows.some((row) => typeof row[name] === 'number') ? 'right' : 'left',
      text: (row) => {
        const value = row[name];
        if (typeof value === 'number' && !Number.isInteger(value)) return fixed(value);
        return value === undefined || value === null ? '-' : String(value);
      },
    }),
  );
  if (!isSummary) return columns;
  const words = columns.filter(({ align }) => align === 'left');
  const numbers = columns.filter(({ align }) => align !== 'left');
  const size = SIZE(rows.some(({ rank }) => rank !== undefined) ? 'rank' : 'hidden');
  return [...words, size, ...SUMMARY, ...numbers, VERDICT];
}
