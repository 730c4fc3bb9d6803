// Sweeps, blocks, space and progress: pure parts, checked on numbers.
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { defineExperiment } from 'ncnet';
import { makeDenseCell, taskCell } from 'ncnet/dense';
import { type LoraBackend, makeLoraCell } from 'ncnet/lora';
import { expect, test, vi } from 'vitest';
import { blockCount, blockRange } from '../src/blocks.ts';
import { InputError } from '../src/errors.ts';
import { workerCount } from '../src/pool.ts';
import { createProgress, formatCount, formatSeconds } from '../src/progress.ts';
import { workersFor } from '../src/run-blocks.ts';
import { checkSpace, formatBytes } from '../src/space.ts';
import { expandSweep } from '../src/sweep.ts';
import { drawSample } from '../src/verify.ts';
import { temporaryFolder, tinyCell } from './helpers.ts';

const experiment = defineExperiment({
  ...{ name: 'e', title: 't', question: 'q', paper: 'p', cost: 'c', expectation: 'x', command: 'ncnet run e' },
  cell: {},
  sweep: { sharing: ['frozen', 'separate'], hidden: [1, 2, 3] },
  outcomes: ['correct'],
  quick: { replicas: 10, hidden: [1, 2] },
  full: { replicas: 1000 },
});

test('a variant expands to the product of its axes; overrides make it custom', () => {
  const quick = expandSweep(experiment, 'quick');
  expect(quick).toMatchObject({ variant: 'quick', replicas: 10 });
  expect(quick.cells.map(({ sharing, hidden }) => `${sharing} ${hidden}`)).toEqual([
    ...['frozen 1', 'frozen 2', 'separate 1', 'separate 2'],
  ]);
  expect(expandSweep(experiment, 'full').cells).toHaveLength(6);
  expect(expandSweep(experiment, 'full', { replicas: 1000 }).variant).toBe('full');
  expect(expandSweep(experiment, 'quick', { replicas: 11 })).toMatchObject({ variant: 'custom', replicas: 11 });
  expect(expandSweep(experiment, 'quick', { hidden: [5] })).toMatchObject({
    variant: 'custom',
    cells: [{ hidden: 5 }, { hidden: 5 }],
  });
  expect(() => expandSweep(experiment, 'quick', { hidden: [5, 5] })).toThrow(/distinct hidden widths, got 5,5/);
});

test.each([0, -5, 2.5, 1e99, Number.NaN, 2 ** 32])('%s replicas are refused', (replicas) => {
  expect(() => expandSweep(experiment, 'quick', { replicas })).toThrow(InputError);
});

test('blocks cover every replica once, 256 at a time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (replicas) => {
      let next = 0;
      for (let block = 0; block < blockCount(replicas); block++) {
        const { first, count } = blockRange(replicas, block);
        expect(first).toBe(next);
        expect(count).toBe(Math.min(256, replicas - first));
        next += count;
      }
      expect(next).toBe(replicas);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('workers are never more than blocks, and must be a sensible whole number', () => {
  expect(workerCount(8, 3)).toBe(3);
  expect(workerCount(2, 3)).toBe(2);
  expect(workerCount(undefined, 1)).toBe(1);
  for (const bad of [0, -1, 1.5, 1e9, Number.NaN]) expect(() => workerCount(bad, 3)).toThrow(InputError);
});

test('trainings of lora take as many workers as fit the memory, and one on a GPU, unless asked for more', async () => {
  const lora = (backend: LoraBackend, batch = 32) => [
    makeLoraCell({ base: 'tiny-mlm', alice: ['a1', 'a2'], bob: ['b1', 'b2'], backend, batch }, 1),
  ];
  const memory = vi.spyOn(process, 'availableMemory').mockReturnValue(1e9);
  try {
    expect(await workersFor(lora('lora-wasm'), 16)).toBe(1);
    memory.mockReturnValue(4e9);
    expect(await workersFor(lora('lora-wasm', 32), 16)).toBe(Math.min(2, availableParallelism()));
    expect(await workersFor(lora('lora-wasm', 512), 16)).toBe(1); // 2 layers of 2 x 512 x 64 tokens: 4 GB
    memory.mockReturnValue(1e15);
    expect(await workersFor(lora('lora-wasm'), 1000)).toBe(availableParallelism());
    expect(await workersFor(lora('lora-tensorflow-gpu'), 16)).toBe(1);
    expect(await workersFor(lora('lora-webgpu'), 16)).toBe(1);
    expect(await workersFor(lora('lora-tensorflow-gpu'), 16, 3)).toBe(3);
    expect(await workersFor([tinyCell(1)], 1000)).toBe(availableParallelism());
  } finally {
    memory.mockRestore();
  }
});

test('more than disk or memory can hold is refused at once, with need, free and remedy', () => {
  const effects = (freeBytes: number, freeMemory: number) => ({
    freeBytes: () => freeBytes,
    freeMemory: () => freeMemory,
  });
  const store = temporaryFolder();
  const cells = [tinyCell(1), tinyCell(2)];
  expect(() => checkSpace(cells, 1e9, store, effects(1e9, 1e15))).toThrow(
    /expected room for 1.40 TB .* got 1.00 GB free .* --store/,
  );
  expect(() => checkSpace(cells, 1e9, store, effects(1e15, 1e9))).toThrow(
    /^memory: expected 2.40 TB .* got 1.00 GB free/,
  );
  expect(() => checkSpace(cells, 1000, store, effects(1e9, 1e9))).not.toThrow();
  expect(() => checkSpace(cells, 1e5, null, effects(0, 1e9))).not.toThrow();
  // a probe with tangents: some 300 looks of four numbers beside its curves
  const dense = { ...taskCell('X1', 'XOR'), depth: 1, width: 2, steps: 4000, samples: 2 };
  const [plain, looked] = [makeDenseCell(dense), makeDenseCell({ ...dense, tangents: 48 })];
  expect(() => checkSpace([plain], 1e5, store, effects(1e9, 1e15))).not.toThrow();
  expect(() => checkSpace([looked], 1e5, store, effects(1e9, 1e15))).toThrow('expected room for');
});

test('plain progress writes a line every few seconds and one at the end', () => {
  const lines: string[] = [];
  let clock = 0;
  const progress = createProgress({ stream: { write: (text) => lines.push(text) }, now: () => clock, label: 'x' });
  progress.begin({ blocks: 4, cost: 4 });
  progress.advance({ steps: 1e6, cost: 1, computed: false });
  clock = 2000;
  progress.advance({ steps: 1e6, cost: 1, computed: true });
  expect(lines).toEqual([]);
  clock = 6000;
  progress.advance({ steps: 3e6, cost: 1, computed: true });
  expect(lines).toEqual([
    'x: [===============     ]  75 %  3/4 blocks, 1 from the store  667 k replica-steps/s  ETA 3 s\n',
  ]);
  progress.advance({ steps: 1, cost: 1, computed: true });
  progress.end();
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('100 %');
});

test('what an earlier run trained is progress, but no speed', () => {
  const lines: string[] = [];
  let clock = 0;
  const progress = createProgress({ stream: { write: (text) => lines.push(text) }, now: () => clock, label: 'x' });
  progress.begin({ blocks: 2, cost: 40 });
  clock = 10_000;
  progress.advance({ steps: 5, cost: 5, computed: true, block: false });
  progress.advance({ steps: 15, cost: 15, computed: true, earlier: true });
  clock = 20_000;
  progress.advance({ steps: 5, cost: 5, computed: true, block: false });
  expect(lines.at(-1)).toBe('x: [============        ]  62 %  1/2 blocks  0.500 replica-steps/s  ETA 30 s\n');
  progress.end();
});

test('what training prepares before its first step is no speed either: no time left until there is one', () => {
  const lines: string[] = [];
  let clock = 0;
  const progress = createProgress({ stream: { write: (text) => lines.push(text) }, now: () => clock, label: 'x' });
  progress.begin({ blocks: 1, cost: 100 });
  clock = 60_000;
  progress.advance({ steps: 10, cost: 10, computed: true, block: false });
  expect(lines.at(-1)).toBe('x: [==                  ]  10 %  0/1 blocks  0.167 replica-steps/s\n');
  clock = 70_000;
  progress.advance({ steps: 40, cost: 40, computed: true, block: false });
  expect(lines.at(-1)).toBe('x: [==========          ]  50 %  0/1 blocks  0.714 replica-steps/s  ETA 13 s\n');
  progress.end();
});

test('progress on a terminal redraws one line that fits', () => {
  let text = '';
  const stream = {
    write(part: string) {
      text += part;
    },
    isTTY: true,
    columns: 40,
  };
  const progress = createProgress({ stream, now: () => 0 });
  progress.begin({ blocks: 1, cost: 1 });
  progress.advance({ steps: 5, cost: 1, computed: true });
  progress.end();
  expect(text.startsWith('\r\x1b[2K')).toBe(true);
  expect(text.split('\n')).toHaveLength(2);
  for (const line of text.split('\x1b[2K').slice(1)) expect(line.trimEnd().length).toBeLessThan(40);
});

test('numbers for people', () => {
  expect([0.4219, 1.18, 18.04, 99.94, 99.96, 118.4].map(formatCount)).toEqual([
    ...['0.422', '1.18', '18.0', '99.9', '100', '118'],
  ]);
  expect([0, 7, 999, 1000, 12_345, 999_999, 4.2e12].map(formatCount)).toEqual([
    '0',
    '7',
    '999',
    '1.00 k',
    '12.3 k',
    '1.00 M',
    '4.20 T',
  ]);
  expect([0.2, 59, 600, 7200].map(formatSeconds)).toEqual(['1 s', '59 s', '10 min', '2.0 h']);
  expect([12, 1500].map(formatBytes)).toEqual(['12 B', '1.50 kB']);
});

test('a sample is distinct, in order, and decided by the seed', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const sample = drawSample(items, 10, 'seed');
  expect(new Set(sample).size).toBe(10);
  expect(sample).toEqual([...sample].sort((a, b) => a - b));
  expect(drawSample(items, 10, 'seed')).toEqual(sample);
  expect(drawSample(items, 10, 'other')).not.toEqual(sample);
  expect(drawSample(items, 200, 'seed')).toEqual(items);
});
