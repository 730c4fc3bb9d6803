// Records of a Parquet file as Hugging Face publishes data sets, by hyparquet: only the columns that are asked for.
import { type FileMetaData, parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { fault, shown } from './errors.ts';
import type { DataRecords } from './records.ts';

/** @param wanted the columns to read, from those of the file @param file as errors show it @throws DataError */
export async function readParquet(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  wanted: (columns: string[]) => string[],
): Promise<DataRecords> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(buffer);
  } catch (error) {
    throw broken(file, error as Error);
  }
  const all = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = wanted(all);
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({ file: buffer, metadata, columns });
  } catch (error) {
    throw broken(file, error as Error);
  }
  const stated = Number(metadata.num_rows);
  if (rows.length !== stated || stated === 0) {
    throw fault(file, stated === 0 ? 'rows' : `${stated} rows`, `${rows.length}`, 'download the file again, in full');
  }
  return { columns: all, records: rows.map((value, i) => ({ where: `${file}: row ${i + 1}`, value })) };
}

function broken(file: string, { message }: Error): Error {
  const remedy = /codec/i.test(message) ? 'save it with Snappy' : 'download the file again, in full';
  return fault(file, 'a Parquet file', shown(message), remedy);
}
