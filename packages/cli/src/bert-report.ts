// Embeddings for people (a table of first numbers) and for programs (one JSON object, written piece by piece).
import { once } from 'node:events';
import type { Embedded } from './bert-embed.ts';
import { type Column, fixed, formatTable } from './table.ts';

const SHOWN_NUMBERS = 4;
const SHOWN_CHARACTERS = 36;

type Row = Embedded['rows'][number] & { row: number };

export function embeddingTable({ rows, backend, device }: Embedded, bold: boolean): string {
  const first = (values: Float32Array | null): string =>
    values === null ? '-' : Array.from(values.subarray(0, SHOWN_NUMBERS), (value) => fixed(value, 4)).join(' ');
  const columns: Column<Row>[] = [
    { title: 'row', text: ({ row }) => String(row) },
    { title: 'tokens', text: ({ ids }) => String(ids.length) },
    { title: 'text', align: 'left', text: ({ tokens }) => shortened(tokens.join(' ')) },
    { title: 'cls', align: 'left', text: ({ cls }) => first(cls) },
    { title: 'mean', align: 'left', text: ({ mean }) => first(mean) },
    { title: 'pooled', align: 'left', text: ({ pooled }) => first(pooled) },
  ];
  const table = formatTable(
    rows.map((row, i) => ({ ...row, row: i + 1 })),
    columns,
    { bold },
  );
  const width = rows[0].cls.length;
  return `${table}\nbackend ${backend} (${device}); the first ${Math.min(SHOWN_NUMBERS, width)} of ${width} numbers, --json prints all\n`;
}

function shortened(text: string): string {
  const characters = [...text.replace(/[\p{Cc}\p{Cf}]/gu, '?')];
  return characters.length <= SHOWN_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, SHOWN_CHARACTERS - 3).join('')}...`;
}

/** A large result is longer than a string can be, so each row is written by itself. */
export async function writeJson({ rows, base, backend, device }: Embedded): Promise<void> {
  const write = async (text: string): Promise<void> => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  };
  await write('{"rows":[');
  for (const [i, { ids, typeIds, cls, mean, pooled }] of rows.entries()) {
    const row = { ids, typeIds, cls: numbers(cls), mean: numbers(mean), pooled: pooled && numbers(pooled) };
    await write(`${i === 0 ? '' : ','}${JSON.stringify(row)}`);
  }
  await write(`],${JSON.stringify({ base, backend, device }).slice(1)}\n`);
}

/** Nine digits tell every float32 from its neighbours. */
const numbers = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toPrecision(9)));
