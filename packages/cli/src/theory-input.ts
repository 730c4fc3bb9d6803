// What `ncnet theory --fit` reads: CSV with columns t, H, Y, w and perhaps loss; faults name file and line.
import { decimal, didYouMean } from './flags.ts';
import { fault, readBytes, shown, type WantedFile } from './input-file.ts';

/** Measured curves, one value per row. */
export interface MeasuredCurves {
  name: string;
  firstLine: number; // of the first row in the file
  t: number[];
  H: number[];
  Y: number[];
  w: number[];
  loss?: number[];
}

const COLUMNS = ['t', 'H', 'Y', 'w', 'loss'];
const NEEDED = COLUMNS.slice(0, 4);
const WANTED: WantedFile = {
  flag: '--fit',
  what: 'a CSV file of curves',
  limit: 1 << 24,
  atMost: 'curves in at most 16 MiB',
  shorten: 'keep every tenth row',
};
const FEWEST = 3;

/** @param file a path, or - for stdin @throws UsageError on whatever is no such file */
export async function readCurves(file: string): Promise<MeasuredCurves> {
  const name = file === '-' ? 'stdin' : file;
  const text = (await readText(file, name)).replace(/^\ufeff/, '');
  const lines = text.split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) throw fault(name, 1, 'CSV with the header t,H,Y,w', 'an empty file', 'write the header and the rows');
  const order = readHeader(lines[first], name, first + 1);
  const columns: Record<string, number[]> = Object.fromEntries(order.map((column) => [column, []]));
  for (let i = first + 1; i < lines.length; i++) {
    const fields = lines[i].split(',');
    if (fields.length !== order.length)
      throw fault(
        name,
        i + 1,
        `${order.length} fields ${order.join()}`,
        lines[i].trim() === '' ? 'an empty line' : shown(lines[i]),
        'write one row a line, without gaps',
      );
    fields.forEach((field, j) => {
      const value = decimal(field);
      if (!Number.isFinite(value))
        throw fault(name, i + 1, `a finite number for ${order[j]}`, shown(field), 'mend the row or leave it out');
      columns[order[j]].push(value);
    });
    const { t } = columns;
    if (t.length > 1 && !(t[t.length - 1] > t[t.length - 2]))
      throw fault(
        name,
        i + 1,
        'increasing times',
        `t = ${t[t.length - 1]} after ${t[t.length - 2]}`,
        'sort the rows, one row per time',
      );
  }
  const rows = columns.t.length;
  if (rows < FEWEST)
    throw fault(name, lines.length, `${FEWEST} rows or more`, `${rows} after the header`, 'record more times');
  const { t, H, Y, w, loss } = columns;
  return { name, firstLine: first + 2, t, H, Y, w, loss };
}

/** Column names in the order of the file. */
function readHeader(line: string, name: string, at: number): string[] {
  const order = line.split(',').map((column) => column.trim().replace(/^"(.*)"$/, '$1'));
  const expected = 'a header with the columns t,H,Y,w and perhaps loss';
  if (!order.some((column) => Number.isNaN(decimal(column))))
    throw fault(name, at, expected, shown(line), 'add the header as the first line');
  const unknown = order.find((column) => !COLUMNS.includes(column));
  if (unknown !== undefined) {
    const same = COLUMNS.find((column) => column.toLowerCase() === unknown.toLowerCase());
    const hint = 'name the columns so, with commas between, and leave others out';
    const remedy = same !== undefined ? `did you mean ${same}?` : didYouMean(unknown, ['loss'], hint);
    throw fault(name, at, expected, shown(unknown), remedy);
  }
  const repeated = order.find((column, index) => order.indexOf(column) !== index);
  if (repeated !== undefined) throw fault(name, at, expected, `${repeated} twice`, 'keep one of them');
  const missing = NEEDED.filter((column) => !order.includes(column));
  if (missing.length > 0)
    throw fault(name, at, expected, `no ${missing.join(', ')} in ${shown(line)}`, 'add the missing columns');
  return order;
}

async function readText(file: string, name: string): Promise<string> {
  const bytes = await readBytes(file, name, WANTED);
  const text = bytes.toString('utf8');
  if (bytes.includes(0) || text.includes('\ufffd'))
    throw fault(name, 1, 'CSV as UTF-8 text', 'binary data or another encoding', 'check the file, save it as UTF-8');
  return text;
}
