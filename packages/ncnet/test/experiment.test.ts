// Experiment literals: what is wrong is one line that names the path, what was expected, what came and what was meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellInput, makeCell } from '../src/cell.ts';
import { didYouMean } from '../src/did-you-mean.ts';
import { defineExperiment, Experiment } from '../src/experiment.ts';
import { describeIssues } from '../src/issues.ts';

const literal = {
  ...{ name: 'e', title: 't', question: 'q', paper: 'p', cost: 'c', expectation: 'x', command: 'ncnet run e' },
  cell: {},
  sweep: { hidden: [1, 2] },
  outcomes: ['correct'],
  quick: { replicas: 10 },
  full: { replicas: 1000 },
};
const define = (change: object) => defineExperiment({ ...literal, ...change } as never);

describe('a literal that cannot be used', () => {
  it.each([
    [{ sweep: { hidden: [2.5] } }, 'sweep.hidden[0]: expected a whole number from 1 to 64, got 2.5'],
    [{ sweep: { hidden: [1, 1e99] } }, 'sweep.hidden[1]: expected a whole number from 1 to 64, got 1e+99'],
    [{ sweep: { hidden: [] } }, 'sweep.hidden: expected a list of 1 to 1000 values, got []'],
    [{ sweep: { hiden: [1] } }, 'sweep: expected a key that exists, got hiden; did you mean hidden?'],
    [{ quick: { replicass: 9 } }, 'quick: expected a key that exists, got replicass; did you mean replicas?'],
    [{ quick: { replicas: 1e99 } }, 'quick.replicas: expected a whole number from 1 to 10000000, got 1e+99'],
    [{ quick: { replicas: 1, x: 2 } }, 'quick: expected a key that exists, got x; the keys are replicas, hidden'],
    [{ full: undefined }, 'full: expected an object, got nothing'],
    [{ title: '' }, 'title: expected text that is not empty, got ""'],
    [{ outcomes: ['corect'] }, /^outcomes\[0\]: expected correct\|.*, got "corect"; did you mean correct\?$/],
    [{ cell: { gain: -1 } }, 'cell.gain: expected a number above 0 and at most 1000000, got -1'],
    [{ cell: { learningRate: Number.NaN } }, /^cell\.learningRate: expected a number above 0 .*, got NaN$/],
    [{ cell: { batch: 2 } }, 'cell.batch: expected "full" or 1, got 2'],
    [{ cell: { alice: ['x1'] } }, 'cell.alice: expected a list of 2 values, got ["x1"]'],
    [{ cell: { alice: ['x1', 'x9'] } }, /^cell\.alice\[1\]: task "x9": expected .*, got x9; raise cell\.inputs or/],
    [{ cell: { trainRows: 9 } }, 'cell.trainRows: expected at most 8 rows, got 9'],
    [{ cell: { learningRate: 1e-60 } }, /^cell\.learningRate: expected at least 1\.2e-38, .*, got 1e-60$/],
    [{ sweep: { hidden: [3, 3] } }, 'sweep.hidden: expected distinct values, got 3 twice; drop one'],
    [{ quick: { replicas: 1, hidden: [3, 3] } }, 'quick.hidden: expected distinct values, got 3 twice; drop one'],
    [{ outcomes: ['loss-step'] }, /^outcomes: expected cell\.lossSteps .*, got "none"/],
    [{ outcomes: ['held-out'] }, /^outcomes: expected rows that are left out .*, got cell\.trainRows all of 8/],
  ])('%o', (change, expected) => {
    const message = String(
      (() => {
        try {
          return define(change);
        } catch (error) {
          return (error as Error).message;
        }
      })(),
    );
    expect(message.startsWith('defineExperiment e: ')).toBe(true);
    const problem = message.slice('defineExperiment e: '.length);
    if (typeof expected === 'string') expect(problem).toBe(expected);
    else expect(problem).toMatch(expected);
  });

  it('shows the first three problems and counts the others', () => {
    expect(() => define({ sweep: { hidden: [0, 65, 2.5, 'x', null] } })).toThrow(/\[2\].*, got 2\.5 \(and 2 more\)$/);
  });

  it('is described whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom('cell', 'sweep', 'quick', 'outcomes', ''), (value, key) => {
        const given = key === '' ? value : { ...literal, [key]: value };
        const parsed = Experiment.safeParse(given);
        if (!parsed.success) expect(describeIssues(parsed.error, Experiment, given)).toMatch(/expected/);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('numbers that single precision turns into 0', () => {
  const cell = (changes: object) => () => makeCell(CellInput.parse(changes), 2);
  it('are refused where they are used as such', () => {
    expect(cell({ learningRate: 1e-60 })).toThrow(/at least 1\.2e-38/);
    expect(cell({ learningRate: 1e-60, dtype: 'f64' })).not.toThrow();
    expect(cell({ learningRate: 2e-38 })).not.toThrow();
    for (const dtype of ['f32', 'f64']) expect(cell({ gain: 1e-60, dtype })).toThrow(/at least 1\.2e-38/);
  });
});

it('did you mean: the nearest word, or the hint', () => {
  const known = ['hidden', 'replicas', 'seed'];
  expect(didYouMean('hiden', known, 'see help')).toBe('did you mean hidden?');
  expect(didYouMean('hidedn', known, 'see help')).toBe('did you mean hidden?');
  expect(didYouMean('colour', known, 'see help')).toBe('see help');
  expect(didYouMean('x'.repeat(1e6), known, 'see help')).toBe('see help');
});
