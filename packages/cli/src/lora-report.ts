// The table of S by rank for people: one per outcome rule, then how often each head is right.
import type { LoraReport } from './lora-run.ts';
import { type Column, fixed, formatTable, interval, tInterval, wantsColour } from './table.ts';

type Cell = LoraReport['cells'][number];

const COLUMNS: Column<Cell>[] = [
  { title: 'rank', text: ({ rank }) => String(rank) },
  { title: 'S', text: ({ S }) => fixed(S.mean) },
  { title: '95 % t interval', text: ({ S }) => tInterval(S.ci95) },
  { title: '95 % bounded', text: ({ S }) => interval(S.ci95Bounded) },
  { title: 'C11 C12 C21 C22', align: 'left', text: ({ C }) => C.map((value) => fixed(value)).join(' ') },
  { title: 'Delta', text: ({ delta }) => fixed(delta) },
  { title: 'sOdd-Delta', text: ({ sOdd, delta }) => fixed(sOdd - delta) },
  { title: 'needed', text: ({ trialsNeeded }) => String(trialsNeeded ?? '-') }, // seeds until S > 2 is expected to show
  { title: 'verdict', align: 'left', text: ({ verdict }) => verdict.words },
];

export function loraTables(report: LoraReport): string {
  const { cells, alone, rows, tasks, timing, base, backend, device } = report;
  const bold = wantsColour();
  const outcomes = [...new Set(cells.map(({ outcome }) => outcome))];
  const tables = outcomes.map((outcome) => {
    const own = cells.filter((cell) => cell.outcome === outcome);
    return `outcome ${outcome}, ${own[0].replicas} seeds\n${formatTable(own, COLUMNS, { bold })}`;
  });
  const heads = Object.keys(cells[0].accuracy.train) as (keyof Cell['accuracy']['train'])[];
  const shares = cells
    .filter(({ outcome }) => outcome === outcomes[0])
    .flatMap(({ rank, accuracy }) =>
      (['train', 'heldOut'] as const).flatMap((split) =>
        accuracy[split] ? [{ rank, split, own: accuracy[split] }] : [],
      ),
    );
  const accuracy: Column<(typeof shares)[number]>[] = [
    { title: 'rank', text: ({ rank }) => String(rank) },
    { title: 'rows', align: 'left', text: ({ split }) => (split === 'train' ? 'train' : 'held out') },
    ...heads.map((head) => ({ title: head, text: ({ own }: (typeof shares)[number]) => fixed(own[head]) })),
  ];
  const { trained, cached, steps, seconds, stepsPerSecond } = timing;
  const speed =
    stepsPerSecond === null ? '' : `, ${steps} steps in ${seconds.toFixed(1)} s (${stepsPerSecond.toPrecision(3)}/s)`;
  return [
    `alice ${tasks.alice.join(', ')}; bob ${tasks.bob.join(', ')}; ${rows.train} training and ${rows.heldOut} held-out rows, paired by ${rows.pairing}`,
    ...tables,
    `accuracy of a head (a1b2: Alice's first task beside Bob's second)\n${formatTable(shares, accuracy, { bold })}`,
    ...(alone === null ? [] : [aloneTable(alone, bold)]),
    `${trained} trainings${speed}, ${cached} from the store; base ${base}, backend ${backend} (${device})\n`,
  ].join('\n');
}

function aloneTable({ rank, margin, train, heldOut }: NonNullable<LoraReport['alone']>, bold: boolean): string {
  const splits = [
    { split: 'train', mean: train.mean },
    ...(heldOut === null ? [] : [{ split: 'held out', mean: heldOut.mean }]),
  ];
  const columns: Column<(typeof splits)[number]>[] = [
    { title: 'rank', text: () => String(rank) },
    { title: 'rows', align: 'left', text: ({ split }) => split },
    ...(['a1', 'a2', 'b1', 'b2'] as const).map((task) => ({
      title: task,
      text: ({ mean }: (typeof splits)[number]) => fixed(mean[task]),
    })),
  ];
  const rule = `a head succeeds with at least its seed's accuracy on the training rows minus ${margin}`;
  return `accuracy of a task trained alone; ${rule}\n${formatTable(splits, columns, { bold })}`;
}
