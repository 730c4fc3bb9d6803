// Records of data files in the formats that data sets are published in: TSV, JSON lines, a JSON array. Strict: a cut or misencoded file is an error with its line.
import { type DataError, fault, shown } from './errors.ts';

export interface DataRecord {
  where: string; // file:line, or file and entry
  value: Record<string, unknown>;
}

export interface DataRecords {
  columns: string[]; // of the header, or the keys of the first record
  records: DataRecord[];
}

const AGAIN = 'download the file again, in full';

/** @param file as errors show it @throws DataError with the first line that is no UTF-8 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let line = 1;
    for (let start = 0; start < bytes.length; line++) {
      const end = bytes.indexOf(0x0a, start);
      const stop = end < 0 ? bytes.length : end;
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, stop));
      } catch {
        break;
      }
      start = stop + 1;
    }
    throw fault(`${file}:${line}`, 'UTF-8 text', 'another encoding or binary data', 'save the file as UTF-8');
  }
}

/** Tab-separated values with a header, without quoting: a quotation mark is a character (as GLUE and PAWS-X publish). */
export function parseTsv(text: string, file: string): DataRecords {
  const lines = linesOf(text, file);
  const columns = lines[0].split('\t');
  const repeated = columns.find((column, i) => columns.indexOf(column) !== i);
  if (repeated !== undefined) throw fault(`${file}:1`, 'distinct columns', `${shown(repeated)} twice`, 'rename one');
  const records = lines.slice(1).map((line, i): DataRecord => {
    const where = `${file}:${i + 2}`;
    const fields = line.split('\t');
    if (fields.length !== columns.length) {
      const expected = `${columns.length} columns (${shown(columns.join(', '))})`;
      throw fault(
        where,
        expected,
        `${fields.length}`,
        fields.length < columns.length ? `the row is cut: ${AGAIN}` : 'leave tabs out of the texts',
      );
    }
    return { where, value: Object.fromEntries(columns.map((column, place) => [column, fields[place]])) };
  });
  if (records.length === 0) throw fault(file, 'rows after the header', 'none', AGAIN);
  return { columns, records };
}

/**
 * The objects of JSON lines, one a line; blank lines at the end are none.
 * @param wrong the error of what came in place of an object, in a line from 1 on
 */
export function readJsonLines(text: string, wrong: (at: number, got: string) => Error): Record<string, unknown>[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0) throw wrong(1, 'an empty file');
  return lines.map((line, i) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw wrong(i + 1, line.trim() === '' ? 'an empty line' : shown(line));
    }
    if (!isObject(value)) throw wrong(i + 1, shown(line));
    return value;
  });
}

export function parseJsonLines(text: string, file: string): DataRecords {
  const where = (at: number): string => `${file}:${at}`;
  const values = readJsonLines(text, (at, got) => fault(where(at), 'a JSON object', got, `mend the line, or ${AGAIN}`));
  return { columns: Object.keys(values[0]), records: values.map((value, i) => ({ where: where(i + 1), value })) };
}

/** One JSON array of objects. */
export function parseJsonArray(text: string, file: string): DataRecords {
  let values: unknown;
  try {
    values = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw wrongJson(text, file, error as Error);
  }
  if (!Array.isArray(values) || values.length === 0) {
    throw fault(`${file}:1`, 'an array of objects', Array.isArray(values) ? 'an empty one' : shown(values), AGAIN);
  }
  const records = values.map((value, i): DataRecord => {
    const where = `${file}: entry ${i + 1}`;
    if (!isObject(value)) throw fault(where, 'a JSON object', shown(value), AGAIN);
    return { where, value };
  });
  return { columns: Object.keys(records[0].value), records };
}

function wrongJson(text: string, file: string, { message }: Error): DataError {
  const position = /at position (\d+)/.exec(message)?.[1];
  const line = text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
  const cut = position === undefined || Number(position) >= text.length;
  return fault(`${file}:${line}`, 'a JSON array', cut ? 'an end in the middle' : 'what is no JSON', AGAIN);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Two texts or more, as choices are. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length >= 2 && value.every((text) => typeof text === 'string');
}

function linesOf(text: string, file: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1] === '') lines.pop();
  if (lines.length === 0) throw fault(`${file}:1`, 'rows', 'an empty file', AGAIN);
  return lines;
}
