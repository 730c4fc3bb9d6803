// Lora cells without training: schema, the summary against sums by hand, verdicts on records made to be one way or the other.
import { chshS } from 'chsh';
import { describe, expect, test } from 'vitest';
import { fixed, pick } from '../../src/index.ts';
import {
  checkLoraExperiment,
  judgeBalance,
  judgeBump,
  judgeCorrelation,
  judgeDecay,
  judgeFirst2,
  LORA_OUTCOMES,
  LoraCell,
  loraCells,
  loraCharts,
  makeLoraCell,
  summarizeAlone,
  summarizeLora,
} from '../../src/lora/index.ts';
import { aloneOf, cellOf, exactly, INPUT, records, type Shares } from './support.ts';

const easy: Shares = [
  [1, 1],
  [1, 1],
  [1, 1],
  [1, 1],
];
const bump: Shares = [...easy.slice(0, 3), [0.8, 0.8]];
const poor: Shares = easy.map(() => [0.7, 0.7]);
const held: Shares = easy.map(() => [0.6, 0.6]);
const sweep = (...trains: [rank: number, train: Shares, heldOut?: Shares][]) => {
  const cells = trains.map(([rank, train, heldOut = held]) => cellOf(INPUT, rank, records(rank, 5, train, heldOut)));
  return { cells, rows: summarizeLora(cells, LORA_OUTCOMES, 0.75) };
};

describe('the cell', () => {
  test('fills the defaults of ncnet lora, and alpha by the rank', () => {
    expect(makeLoraCell(INPUT, 4)).toMatchObject({
      ...{ kind: 'lora', rank: 4, alpha: 8, targets: ['query', 'value'], layers: null, clip: 1 },
      ...{ backend: 'lora-wasm', resolved: null, rows: 'all', maxLength: 64, weightDecay: 0.01 },
    });
    expect(makeLoraCell({ ...INPUT, alpha: 3 }, 4).alpha).toBe(3);
  });

  test.each([
    [{ parts: 5 }, 'expected at most the 4 rows of batch, got 5; lower it'],
    [{ dropout: 1 }, '<1'],
    [{ layers: [] }, '>=1'],
  ])('refuses %o', (changes, message) => {
    const made = LoraCell.safeParse({ ...makeLoraCell(INPUT, 4), ...changes });
    expect(made.error?.issues[0].message).toContain(message);
  });

  test('an experiment lists a cell for each rank; what is wrong is one line', () => {
    const variant = { replicas: 2, ranks: [1, 8], cell: INPUT };
    const about = Object.fromEntries(
      ['title', 'question', 'paper', 'cost', 'expectation', 'command'].map((key) => [key, 'some text']),
    );
    const literal = {
      kind: 'lora',
      name: 'some-name',
      ...about,
      success: { margin: 0.05 },
      quick: variant,
      full: variant,
    };
    const cells = loraCells(checkLoraExperiment(literal, 'who'), 'quick');
    expect(cells.map(({ rank, alone }) => [rank, alone])).toEqual([
      [1, undefined],
      [8, undefined],
      [8, true],
    ]);
    expect(cells[2]).toEqual({ ...cells[1], alone: true });
    const { success: _, ...without } = literal;
    expect(loraCells(checkLoraExperiment(without, 'who'), 'quick')).toEqual(cells.slice(0, 2));
    const refuse = (changes: object) => () => checkLoraExperiment({ ...literal, ...changes }, 'who');
    expect(refuse({ quick: { ...variant, ranks: [2, 2] } })).toThrow(
      'who: quick.ranks: expected distinct ranks, got 2 twice; drop one',
    );
    expect(refuse({ full: { ...variant, cell: { ...INPUT, step: 3 } } })).toThrow(
      /^who: full\.cell: expected a key that exists, got step; did you mean steps\?/,
    );
    expect(refuse({ success: 0.9 })).toThrow('who: success: expected an object, got 0.9');
    expect(refuse({ full: { ...variant, cell: { ...INPUT, parts: 9 } } })).toThrow(/^who: full\.cell\.parts: expected/);
  });
});

test('S, C, accuracies and successes are those of the counts', () => {
  const { cells, rows } = sweep([2, bump], [8, poor]);
  expect(rows.map(({ rank, outcome }) => `${rank} ${outcome}`)).toEqual(
    [2, 8].flatMap((rank) => LORA_OUTCOMES.map((outcome) => `${rank} ${outcome}`)),
  );
  for (const row of rows) {
    const { loras } = cells.find(({ cell }) => cell.rank === row.rank)!.statistics;
    const contexts = [0, 1, 2, 3].map((context) =>
      loras.map((record) => {
        const rule = row.outcome === 'held-out' ? 'held-out' : 'correct';
        const [pp, pm, mp, mm] = record.counts[rule]!.slice(4 * context, 4 * context + 4);
        const total = pp + pm + mp + mm;
        return { C: (pp + mm - pm - mp) / total, alice: (pp + pm) / total, bob: (pp + mp) / total };
      }),
    );
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const C = contexts.map((own) =>
      mean(own.map(({ C, alice, bob }) => (row.outcome === 'success' ? (alice >= 0.75 === bob >= 0.75 ? 1 : -1) : C))),
    );
    for (const [k, value] of C.entries()) expect(row.C[k]).toBeCloseTo(value, 12);
    expect(row.S.mean).toBeCloseTo(chshS(C as [number, number, number, number]), 12);
    if (row.outcome === 'success') continue;
    const accuracy = row.outcome === 'correct' ? row.accuracy.train : row.accuracy.heldOut!;
    expect(accuracy.a1b2).toBeCloseTo(mean(contexts[1].map(({ alice }) => alice)), 12);
    expect(accuracy.b2a1).toBeCloseTo(mean(contexts[1].map(({ bob }) => bob)), 12);
    expect(accuracy.a2b1).toBeCloseTo(mean(contexts[2].map(({ alice }) => alice)), 12);
    expect(accuracy.b1a2).toBeCloseTo(mean(contexts[2].map(({ bob }) => bob)), 12);
    const [p, q] = [accuracy.a2b2, accuracy.b2a2];
    expect(row.independentC[3]).toBeCloseTo((2 * p - 1) * (2 * q - 1), 12);
    expect(Math.abs(row.independentC[3] - row.C[3])).toBeLessThan(0.15); // the heads were drawn independently
  }
});

describe('success against the task alone', () => {
  const right = [0.9, 0.7, 0.8, 0.6]; // of a1, a2, b1, b2
  const alone = (replicas: number, shares = right) =>
    aloneOf(
      INPUT,
      8,
      Array.from({ length: replicas }, () => shares),
    );
  const shares: Shares = [
    [0.9, 0.8],
    [0.84, 0.5],
    [0.65, 0.75],
    [0.6, 0.55],
  ];
  const cells = [cellOf(INPUT, 1, exactly(2, shares)), cellOf(INPUT, 8, exactly(2, shares))];

  test('compares head by head with the same replica, and a head at the margin succeeds', () => {
    const rows = summarizeLora([...cells, alone(2)], ['success'], { margin: 0.05 });
    expect(rows.map(({ rank }) => rank)).toEqual([1, 8]); // the cell that is alone has no row
    // Least are .85 (A1), .65 (A2), .75 (B1), .55 (B2): all but Alice's A1 and Bob's B2 of context 12 and A2 of 22 succeed.
    for (const { C, S, flips } of rows) {
      expect(C).toEqual([1, 1, 1, -1]);
      expect(S.mean).toBe(4);
      expect(flips).toMatchObject({ a1: 1, a2: 1, b1: 0, b2: 1 });
    }
    const [other] = summarizeLora(
      [cells[0], aloneOf(INPUT, 8, [right, right.map((share) => share + 0.1)])],
      ['success'],
      { margin: 0.05 },
    );
    // Of the second replica all are .1 higher: no head succeeds, every C is 1.
    expect(other.C).toEqual([1, 1, 1, 0]);
    const edge = cellOf(
      INPUT,
      1,
      exactly(
        1,
        [0, 0, 0, 0].map(() => [0.8, 0.7] as [number, number]),
      ),
    );
    const [exact] = summarizeLora([edge, alone(1, [0.9, 0.9, 0.8, 0.8])], ['success'], { margin: 0.1 });
    expect(exact.composition.both).toBe(1); // .8 - .1 is above .7 in binary
    const [none] = summarizeLora([cells[0], alone(2)], ['success'], { margin: 0.5 });
    expect(none.composition.both).toBe(1);
  });

  test('is told from the tasks alone, of every replica', () => {
    expect(() => summarizeAlone(cells, { margin: 0.05 })).toThrow('expected a cell that is alone, got none; add it');
    const summary = summarizeAlone([...cells, aloneOf(INPUT, 8, [right, [0.7, 0.7, 0.8, 0.6]])], { margin: 0.05 });
    expect(summary).toMatchObject({ rank: 8, margin: 0.05, train: { replicas: [{ a1: 0.9 }, { a1: 0.7, b2: 0.6 }] } });
    expect(summary.train.mean.a1).toBeCloseTo(0.8, 12);
    expect(summary.heldOut!.mean).toEqual({ a1: 0.5, a2: 0.5, b1: 0.5, b2: 0.5 });
    expect(() => summarizeLora(cells, ['success'], { margin: 0.05 })).toThrow('expected replica 0 of the tasks alone');
    expect(() => summarizeLora(cells, ['success'])).toThrow('expected when a head succeeds, got none; give a share');
    expect(() => summarizeLora([...cells, alone(1)], ['success'], { margin: 0.05 })).toThrow(
      'expected replica 1 of the',
    );
  });
});

describe('verdicts', () => {
  const of = (
    judge: (rows: ReturnType<typeof sweep>['rows']) => { verdict: string },
    ...given: Parameters<typeof sweep>
  ) => judge(sweep(...given).rows).verdict;

  test('a low rank gives S > 2', () => {
    expect(of(judgeBump, [1, bump], [64, easy])).toBe('supported');
    expect(of(judgeBump, [1, poor], [16, bump], [64, easy])).toBe('partly supported');
    expect(of(judgeBump, [1, poor], [64, easy])).toBe('not supported');
  });

  test('S > 2 at one rank of many must withstand the correction for the others', () => {
    const { rows } = sweep([1, easy]);
    const [row] = pick(rows, 'correct');
    expect(() => pick(pick(rows, 'correct'), 'success')).toThrow(
      'expected rows of the rule success, got correct; add it to outcomes',
    );
    const S = { ...row.S, mean: 2.05, sd: 0.03, ci95: [2.013, 2.087] as [number, number] }; // five seeds: t = 3.73, p = .010
    const others = [2, 4, 8, 16, 32, 64].map((rank) => ({ ...row, rank }));
    expect(judgeBump([{ ...row, S }]).verdict).toBe('supported');
    const among = judgeBump([{ ...row, S }, ...others]);
    expect(among.verdict).toBe('not tested');
    expect(among.because).toContain('above 2 at no rank, undecided at rank 1');
    expect(judgeBalance([{ ...row, S }]).verdict).toBe('not supported');
    expect(judgeBalance([{ ...row, S }, ...others]).verdict).toBe('not tested');
    expect(judgeBump([{ ...row, S: { ...S, sd: 0.015 } }, ...others]).verdict).toBe('supported'); // t = 7.45, p = .0009
    expect(judgeBump([{ ...row, S, replicas: 1 }]).verdict).not.toBe('supported'); // one seed has no spread
  });

  test('S goes to 2 as the rank grows', () => {
    expect(of(judgeDecay, [1, bump], [64, easy])).toBe('supported');
    expect(of(judgeDecay, [64, bump], [1, easy])).toBe('not supported');
    expect(of(judgeDecay, [64, [...easy.slice(0, 3), [0.975, 1]]])).toBe('not tested');
  });

  test('equal difficulty gives no S > 2', () => {
    expect(of(judgeBalance, [1, poor], [64, easy])).toBe('supported');
    expect(of(judgeBalance, [1, poor], [64, bump])).toBe('not supported');
  });

  test('S goes with accuracy on rows held out, and is good where S first reaches 2', () => {
    const rising: [number, Shares, Shares][] = [0.6, 0.7, 0.8].map((share, k) => [
      2 ** k,
      easy.map(() => [share, share] as [number, number]),
      easy.map(() => [share - 0.1, share - 0.1] as [number, number]),
    ]);
    const { cells, rows } = sweep(...rising, [64, easy, easy]);
    const { verdict, because } = judgeCorrelation(cells, rows);
    expect(because).toMatch(/\(1, 2, 4\): 0\.9\d; over all ranks 0\.9.*: within a rank nothing is shown\.$/);
    expect(verdict).toBe('partly supported');
    expect(judgeFirst2(rows)).toMatchObject({ verdict: 'supported' });
    const falling = sweep([1, poor, easy], [2, easy, poor]);
    expect(judgeFirst2(falling.rows)).toMatchObject({ verdict: 'not supported' });
    const nearly = sweep([1, easy.map(() => [0.995, 1] as [number, number])]);
    expect(pick(nearly.rows, 'correct')[0].S.mean).toBeGreaterThan(1.95);
    expect(judgeFirst2(nearly.rows)).toMatchObject({ verdict: 'not tested' });
    const few = [1, 2].map((rank) => cellOf(INPUT, rank, records(rank, 2, poor, held)));
    expect(judgeCorrelation(few, summarizeLora(few, LORA_OUTCOMES, 1)).verdict).toBe('not tested');
  });

  test('only what holds within the ranks supports that S goes with generalisation', () => {
    const judged = (heldOut: (rank: number, seed: number) => number) => {
      const cells = [1, 2, 3].map((rank) => {
        const seeds = [0, 1, 2, 3, 4].map((replica) => {
          const all = (share: number): Shares => easy.map(() => [share, share]);
          const own = records(
            10 * rank + replica,
            1,
            all(0.5 + 0.1 * rank + 0.02 * replica),
            all(heldOut(rank, replica)),
          );
          return { ...own[0], replica };
        });
        return cellOf(INPUT, rank, seeds);
      });
      const { verdict, because } = judgeCorrelation(cells, summarizeLora(cells, LORA_OUTCOMES, 1));
      const [r, low, high] = because
        .match(/centred by rank: (\S+) \[(\S+), (\S+)\]/)!
        .slice(1)
        .map(Number);
      // Fisher's z: 15 seeds, 3 ranks, so a standard error of 1 / sqrt(15 - 3 - 2).
      expect(Math.atanh(high) - Math.atanh(r)).toBeCloseTo(1.96 / Math.sqrt(10), 1);
      expect(Math.atanh(r) - Math.atanh(low)).toBeCloseTo(1.96 / Math.sqrt(10), 1);
      return { verdict, because, low, high };
    };
    const both = judged((rank, seed) => 0.2 + 0.1 * rank + 0.08 * seed);
    expect(both).toMatchObject({ verdict: 'supported' });
    expect(both.low).toBeGreaterThan(0);
    const against = judged((rank, seed) => 0.3 + 0.2 * rank - 0.05 * seed);
    expect(against.verdict).toBe('partly supported');
    expect(against.high).toBeLessThan(0);
    expect(against.because).toMatch(/within a rank the seeds with a larger S generalise worse\.$/);
  });
});

test('charts are by rank, and say what the rows say', () => {
  const { cells } = sweep([1, poor], [4, bump], [64, easy]);
  const single = aloneOf(
    INPUT,
    64,
    [1, 2, 3, 4, 5].map(() => [1, 1, 0.9, 0.9]),
  );
  const rows = summarizeLora([...cells, single], LORA_OUTCOMES, { margin: 0.05 });
  const charts = loraCharts([...cells, single], rows, summarizeAlone([single], { margin: 0.05 }));
  const [s] = charts;
  const top = pick(rows, 'correct')[1];
  expect(s.title).toBe(`S on the training rows is largest at rank 4 (${fixed(top.S.mean)}) and 2.000 at rank 64`);
  expect(s.alt).toContain(`r=4: ${fixed(top.S.mean)}`);
  expect(s.data.filter(({ kind }) => kind === 'replicas')).not.toHaveLength(0);
  const chart = (name: string) => charts.find((own) => own.name === name)!;
  const [poorRow] = pick(rows, 'correct');
  const { b1a1, b1a2 } = poorRow.accuracy.train;
  const below = chart('accuracy-alone').data.find(({ rank, series }) => rank === 1 && series === 'B1')!;
  expect(below.value).toBeCloseTo((b1a1 + b1a2) / 2 - 0.9, 12);
  expect(chart('accuracy-alone').title).toMatch(
    /^Beside another head, A\d at rank 1 is furthest below its task alone, by 0\.3/,
  );
  const success = chart('s-success').data.filter(({ kind }) => kind === 'replicas');
  expect(success).toContainEqual({ kind: 'replicas', rank: 64, S: 2, share: 1 }); // five seeds in one dot
  expect(success.reduce((sum, { share }) => sum + (share as number), 0)).toBeCloseTo(3, 12);
  expect(chart('s-success').title).toBe(
    'Success, at most 0.05 below the task alone: S is 2.000 at rank 1 and 2.000 at rank 64',
  );
  expect(JSON.stringify(charts)).not.toMatch(/hidden width|"hidden"/);
  const without = loraCharts(cells, summarizeLora(cells, ['correct', 'held-out'])).map(({ name }) => name);
  expect(without).toEqual(
    charts.map(({ name }) => name).filter((name) => name !== 'accuracy-alone' && name !== 's-success'),
  );
  for (const { data, alt } of charts) {
    expect(data.length).toBeGreaterThan(0);
    expect(alt).not.toMatch(/NaN|undefined/);
  }
});

test('what five seeds cannot tell is null in rows and no bar in charts; equal seeds have no interval', () => {
  const { cells, rows } = sweep([1, poor], [64, easy]);
  const [poorRow, easyRow] = pick(rows, 'correct');
  expect(poorRow).toMatchObject({ deltaCi95: null, cbdCi95: null, pCbd: null, noSignallingP: expect.any(Number) });
  expect(poorRow.pS).toBe(1);
  expect(easyRow.S.ci95).toEqual([2, 2]); // stays in the rows
  const charts = loraCharts(cells, rows);
  const data = (name: string) => charts.find((own) => own.name === name)!.data;
  for (const { series, rank, low } of data('signalling-correct'))
    expect(low !== undefined, `${series} at ${rank}`).toBe(series === 'S' && rank === 1);
  const means = data('s-correct').filter(({ kind }) => kind === 'mean');
  expect(means.map(({ low, interval }) => [typeof low, interval])).toEqual([
    ['number', expect.stringMatching(/^-?\d\.\d{4} to \d\.\d{4}$/)],
    ['undefined', '–, all replicas equal'],
  ]);
  expect(charts[0].alt).toContain('r=64: 2.000 (all replicas equal)');
});
