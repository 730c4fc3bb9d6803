// The cross-check: its float64 anchor, that this machine's cpu backend keeps every tolerance, and that each rung sees a wrong number.
import { beforeAll, describe, expect, test } from 'vitest';
import { compare, TOLERANCES, verdicts } from '../../src/bert/crosscheck-compare.ts';
import { descend, erf, openReference, type Reference, type Trajectory } from '../../src/bert/crosscheck-float64.ts';
import { type Measured, measureBackend } from '../../src/bert/crosscheck-measure.ts';
import { PARAMETER_COUNT, STEPS, startParameters } from '../../src/bert/crosscheck-model.ts';
import { OP_CASES } from '../../src/bert/crosscheck-ops.ts';
import { openBertBackend } from '../../src/bert/index.ts';

let exact: Reference;
let path: Trajectory;
let measured: Measured;
beforeAll(async () => {
  const model = openReference();
  exact = model(Float64Array.from(startParameters()));
  path = descend(model, startParameters());
  measured = await measureBackend(await openBertBackend('cpu'));
});

test('erf to float64, on both sides of its two formulas', () => {
  // math.erf of Python 3.11
  const known = [
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2.4, 0.999311486103355],
    [2.6, 0.9997639655834707],
    [4, 0.9999999845827421],
  ];
  for (const [x, value] of known) {
    expect(Math.abs(erf(x) - value)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  }
});

test('twenty steps lower the loss of the anchor, and every parameter moves', () => {
  expect(path.parameters).toHaveLength(STEPS);
  const end = path.parameters.at(-1)!;
  expect(openReference()(end).loss).toBeLessThan(0.8 * exact.loss);
  expect(Math.min(...end.map((value, i) => Math.abs(value - startParameters()[i])))).toBeGreaterThan(0);
  expect(end).toHaveLength(PARAMETER_COUNT);
});

test('cpu keeps every tolerance and repeats itself', () => {
  const differences = compare(measured, exact, path);
  expect(verdicts(differences, [0])).toEqual({
    ...{ ops: true, forward: true, gradient: true, step: true, steps: true, apart: true },
  });
  expect(differences.steps.again).toBe(0);
  expect(differences.loss).toBeLessThan(1e-6);
  expect(differences.ops.map(({ op }) => op)).toEqual(OP_CASES.map(({ name }) => name));
  expect(differences.steps.curve).toHaveLength(STEPS);
});

const off = (values: Float32Array, at: number, by: number): Float32Array => values.with(at, values[at] + by);

describe('a wrong number fails its rung and no other', () => {
  const wrong: [rung: string, change: (m: Measured) => Partial<Measured>][] = [
    ...OP_CASES.map(({ name }, i): [string, (m: Measured) => Partial<Measured>] => [
      `ops: ${name}`,
      ({ ops }) => ({ ops: ops.with(i, off(ops[i], 3, Number.NaN)) }),
    ]),
    ['ops', ({ ops }) => ({ ops: ops.with(0, off(ops[0], 7, 1e-4)) })],
    ['forward', ({ lastHidden }) => ({ lastHidden: off(lastHidden, 40, 2e-5) })],
    ['forward', ({ pooled }) => ({ pooled: off(pooled, 0, Number.NaN) })],
    ['gradient', ({ gradient }) => ({ gradient: off(gradient, 5, 1e-3) })],
    ['gradient', ({ gradient }) => ({ gradient: gradient.map((value) => 1.001 * value) })], // cosine alone would miss it
    ['steps', ({ steps }) => ({ steps: steps.with(9, off(steps[9], 0, 1e-2)) })],
    ['steps', ({ steps }) => ({ steps: steps.with(-1, steps[0]) })],
  ];
  test.each(wrong)('%s', (rung, change) => {
    const differences = compare({ ...measured, ...change(measured) }, exact, path);
    const failed = Object.entries(verdicts(differences, [])).filter(([, passed]) => !passed);
    expect(failed.map(([name]) => name)).toEqual([rung.split(':')[0]]);
  });

  test('step: half an update', () => {
    const half = measured.steps[0].map((value, i) => (value + startParameters()[i]) / 2);
    const differences = compare({ ...measured, steps: measured.steps.with(0, half) }, exact, path);
    expect(differences.step).toBeCloseTo(0.5, 4);
    expect(differences.steps.firstOut).toBe(1);
    expect(verdicts(differences, [])).toMatchObject({ step: false, steps: false, gradient: true });
  });

  test.each([1.1 * TOLERANCES.apart, Number.NaN])('apart: %d from another backend', (distance) => {
    const passed = verdicts(compare(measured, exact, path), [0, distance]);
    expect(passed).toEqual({ ops: true, forward: true, gradient: true, step: true, steps: true, apart: false });
  });

  test('the worst number of a failed op is given with the inputs that replay it', () => {
    const ops = measured.ops.with(0, off(measured.ops[0], 7, 1));
    const [{ largest, worst }] = compare({ ...measured, ops }, exact, path).ops;
    expect(largest).toBeCloseTo(1, 4);
    expect(worst.index).toBe(7);
    expect(worst.inputs).toEqual(OP_CASES[0].inputs.map((values) => [...values]));
    expect(TOLERANCES.opAbsolute).toBeLessThan(largest);
  });
});
