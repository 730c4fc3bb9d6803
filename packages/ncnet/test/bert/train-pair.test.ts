// LoRA training: 20 steps against PyTorch and PEFT, gradients against finite differences, gradient parts, memory, AdamW.
import { readFileSync } from 'node:fs';
import tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { createAdamW, type Parameter } from '../../src/bert/adamw.ts';
import { createEncoder, openBertBackend, openBertFolder, readAdapter } from '../../src/bert/index.ts';
import { learningRateAt } from '../../src/bert/schedule.ts';
import {
  createHeadsTrainer,
  type EncodedRow,
  HEAD_NAMES,
  type HeadsOptions,
  type HeadsStart,
} from '../../src/bert/train-pair.ts';
import { fixtures, largestDifference, openOrSkip } from './support.ts';

const { config, readWeights } = openBertFolder(`${fixtures}tiny`);
const weights = readWeights();
const fixture = JSON.parse(readFileSync(`${fixtures}peft/training.json`, 'utf8'));
const { options: given, batches, losses: wanted, final } = fixture;
const tasks: [EncodedRow[], EncodedRow[]] = [fixture.alice, fixture.bob];
const shapes: HeadsStart['shapes'] = [
  { outputs: 3, choices: 1 },
  { outputs: 1, choices: 3 },
];
const parameter = (values: number[] | number[][]): Parameter => ({
  shape: Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length],
  values: Float32Array.from(values.flat()),
});
const heads = new Map<string, Parameter>(
  Object.entries(fixture.heads).map(([name, values]) => [name, parameter(values as number[])]),
);
const draws = { seed: 1, replica: 0 };

function open(change: Partial<HeadsOptions> = {}, adapterName = 'start', dropout = 0) {
  const encoder = createEncoder(config, weights);
  const adapter = readAdapter(`${fixtures}peft/${adapterName}`, config, () => '');
  const start = { adapter: { ...adapter, config: { ...adapter.config, dropout } }, names: HEAD_NAMES, shapes, heads };
  const { weightDecay, clip } = given;
  const trainer = createHeadsTrainer(encoder, start, { weightDecay, clip, parts: 1, padId: 0, draws, ...change });
  const close = () => {
    trainer.dispose();
    encoder.dispose();
  };
  const step = async (places: number[], rate: number): Promise<number[]> => {
    const loss = trainer.step(
      tasks.map((rows) => places.map((place) => rows[place])),
      rate,
    );
    const values = [...(await loss.data())];
    loss.dispose();
    return values;
  };
  return { trainer, step, close };
}

async function curve(change: Partial<HeadsOptions> = {}, dropout = 0) {
  const { trainer, step, close } = open(change, 'start', dropout);
  const losses: number[][] = [];
  const counts: number[] = [];
  for (const [i, places] of batches.slice(0, given.steps).entries()) {
    losses.push(await step(places, learningRateAt(i, given.learningRate, given.warmUp)));
    counts.push(tf.memory().numTensors);
  }
  const state = await trainer.read();
  close();
  return { losses, counts, state };
}

test('20 steps give the losses and the parameters of PyTorch with PEFT, and leave no tensor behind', async () => {
  await openBertBackend('wasm');
  const { losses, counts, state } = await curve();
  expect(largestDifference(losses.flat(), wanted.flat())).toBeLessThanOrEqual(1e-5);
  const query = 'encoder.layer.0.attention.self.query.lora_B';
  expect(largestDifference(state.parameters.get(query)!, final.lora_B)).toBeLessThanOrEqual(1e-5);
  for (const name of heads.keys()) {
    expect(largestDifference(state.parameters.get(name)!, final[name].flat()), name).toBeLessThanOrEqual(1e-5);
  }
  expect(new Set(counts.slice(1)).size).toBe(1); // the first step makes the frozen weights' transposes
});

test('cpu, wasm and tensorflow, where it is set up, train the same adapter and heads to 1e-6, with the losses of PEFT', async () => {
  const ends: [name: string, parameters: Map<string, Float32Array>][] = [];
  for (const name of ['cpu', 'wasm', 'tensorflow'] as const) {
    if ((await openOrSkip(name)) !== null) continue;
    const { losses, state } = await curve();
    expect(largestDifference(losses.flat(), wanted.flat()), name).toBeLessThanOrEqual(1e-5);
    ends.push([name, state.parameters]);
  }
  expect(ends.length).toBeGreaterThanOrEqual(2);
  for (const [i, [a, first]] of ends.entries()) {
    for (const [b, second] of ends.slice(i + 1)) {
      expect([...second.keys()]).toEqual([...first.keys()]);
      for (const [name, values] of first) {
        expect(largestDifference(values, second.get(name)!), `${a}, ${b}: ${name}`).toBeLessThanOrEqual(1e-6);
      }
    }
  }
});

test('a batch in parts takes the same step', async () => {
  await openBertBackend('wasm');
  const [whole, parts] = [await curve(), await curve({ parts: 3 })];
  expect(largestDifference(parts.losses.flat(), whole.losses.flat())).toBeLessThanOrEqual(1e-5);
  expect(new Set(parts.counts.slice(1)).size).toBe(1);
});

test('gradients of adapter and heads through the whole encoder are those of finite differences', async () => {
  await openBertBackend('wasm');
  // Weight decay 0, no clipping, first moments (1 - beta1) g after one step: the gradient is read from the optimizer.
  const { trainer, step, close } = open({ weightDecay: 0, clip: null }, 'plain');
  const start = await trainer.read();
  const places = [0, 1, 2, 3];
  await step(places, 0);
  const gradients = new Map(
    [...(await trainer.read()).first].map(([name, m]) => [name, m.map((value) => value / 0.1)]),
  );
  const lossAt = async (name: string, place: number, by: number): Promise<number> => {
    const moved = start.parameters.get(name)!.slice();
    moved[place] += by;
    trainer.restore({ ...start, parameters: new Map(start.parameters).set(name, moved) });
    const [a, b] = await step(places, 0);
    return a + b;
  };
  const h = 1 / 64; // float32 losses: rounding 1e-7 / h against h^2 of the third derivative, which Richardson removes
  const errors: number[] = [];
  const largest = Math.max(...[...gradients.values()].flatMap((g) => [...g].map(Math.abs)));
  for (const [name, gradient] of gradients) {
    const place = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best]) ? i : best), 0);
    const difference = async (d: number) =>
      ((await lossAt(name, place, d)) - (await lossAt(name, place, -d))) / (2 * d);
    const slope = (4 * (await difference(h)) - (await difference(2 * h))) / 3;
    errors.push(Math.abs(slope - gradient[place]) / largest);
  }
  expect(errors).toHaveLength(11); // A and B of query and value in two layers, weight and bias of Alice, weight of Bob
  expect(Math.max(...errors)).toBeLessThanOrEqual(1e-4);
  close();
});

test('dropout changes the losses, the same way each time, and 0 leaves them alone', async () => {
  await openBertBackend('wasm');
  const [none, once, again] = [await curve(), await curve({}, 0.5), await curve({}, 0.5)];
  expect(once.losses).toEqual(again.losses);
  expect(once.losses[0]).toEqual(none.losses[0]); // B = 0: nothing to drop yet
  expect(largestDifference(once.losses.flat(), none.losses.flat())).toBeGreaterThan(1e-4);
});

test('logits: batches of similar length give what rows alone give', async () => {
  await openBertBackend('wasm');
  const { trainer, close } = open({}, 'plain');
  for (const head of [0, 1] as const) {
    const together = await trainer.logits(head, tasks[head]);
    const alone: number[] = [];
    for (const row of tasks[head]) alone.push(...(await trainer.logits(head, [row])));
    expect(together).toHaveLength(30);
    expect(largestDifference(together, alone)).toBeLessThanOrEqual(1e-5);
  }
  close();
});

/** AdamW in float64 on one number, by the paper's algorithm. */
function plainAdamW(gradients: (number | null)[], start: number, rate: number, decay: number): number {
  let [m, v, p, t] = [0, 0, start, 0];
  for (const g of gradients) {
    if (g === null) continue;
    t++;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p = p - rate * (m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8) + decay * p);
  }
  return p;
}

test('AdamW keeps the moments of each name when heads take turns, where an optimizer by position mixes them', async () => {
  await openBertBackend('cpu');
  const one = (value: number) => ({ shape: [1], values: Float32Array.of(value) });
  const groups = { shared: new Map([['s', one(1)]]), a: new Map([['a', one(1)]]), b: new Map([['b', one(1)]]) };
  const optimizer = createAdamW(groups, { weightDecay: 0.1 });
  const turns = Array.from(
    { length: 12 },
    (_, i): Record<string, number> => (i % 2 === 0 ? { s: 0.3 - i, a: 2 } : { s: 0.5, b: -0.01 * i }),
  );
  for (const turn of turns) {
    const gradients = new Map(Object.entries(turn).map(([name, g]) => [name, tf.tensor1d([g])]));
    optimizer.step(gradients, 0.05);
    tf.dispose([...gradients.values()]);
  }
  const { parameters, steps } = await optimizer.read();
  expect(Object.fromEntries(steps)).toEqual({ shared: 12, a: 6, b: 6 });
  for (const name of ['s', 'a', 'b']) {
    expect(parameters.get(name)![0]).toBeCloseTo(
      plainAdamW(
        turns.map((turn) => turn[name] ?? null),
        1,
        0.05,
        0.1,
      ),
      5,
    );
  }
  expect(() => optimizer.step(new Map([['x', tf.scalar(1)]]), 1)).toThrow(
    'expected gradients of its parameters, got x',
  );
  optimizer.dispose();
});

test('the norm of all gradients together is clipped', async () => {
  await openBertBackend('cpu');
  const optimizer = createAdamW(
    {
      g: new Map([
        ['x', parameter([0, 0])],
        ['y', parameter([0])],
      ]),
    },
    { clip: 1 },
  );
  optimizer.step(
    new Map([
      ['x', tf.tensor1d([2, 3])],
      ['y', tf.tensor1d([6])],
    ]),
    0.1,
  );
  const { first } = await optimizer.read();
  expect(largestDifference([...first.get('x')!, ...first.get('y')!], [2 / 70, 3 / 70, 6 / 70])).toBeLessThan(1e-7);
  expect(() => optimizer.step(new Map([['x', tf.tensor1d([2, 3])]]), 0.1)).toThrow(
    'all gradients of group g, got none of y',
  );
  optimizer.dispose();
});

test('the warm-up is linear and ends at the full rate', () => {
  expect([0, 1, 2, 3, 4, 9].map((step) => learningRateAt(step, 1, 4))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  expect([0, 5].map((step) => learningRateAt(step, 0.5, 0))).toEqual([0.5, 0.5]);
});
