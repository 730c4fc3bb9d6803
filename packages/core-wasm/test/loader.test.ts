// The file and its border: no imports, core SIMD only, memory that does not creep, errors that name the field.

import { describe, expect, it } from 'vitest';
import { openKernel } from '../src/kernel.ts';
import type { Network } from '../src/network.ts';
import { parameterCount } from '../src/network.ts';
import { readKernel } from '../src/node.ts';
import { base, bytes, kernel, module, table } from './open.ts';

const request = { alice: table(3, 1), bob: table(3, 2), firstReplica: 0, replicas: 3, restart: 0 };

describe('kernel.wasm', () => {
  it('imports nothing and exports its memory', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WebAssembly.Module.exports(module).some(({ name, kind }) => name === 'memory' && kind === 'memory')).toBe(
      true,
    );
  });

  it('is the file that its hash names', async () => {
    const { sha256 } = readKernel();
    const digest = await crypto.subtle.digest('SHA-256', bytes);
    expect(sha256).toBe(Buffer.from(digest).toString('hex'));
  });

  it('opens from bytes and from a module alike', async () => {
    const one = (await openKernel(bytes)).train(base, request);
    const two = (await openKernel(module)).train(base, request);
    expect(one).toEqual(two);
    expect(one.parameters).toBe(parameterCount(base));
  });

  it('gives back arrays of its own: a later call does not change them', () => {
    const first = kernel.train(base, request);
    const copy = structuredClone(first);
    kernel.train({ ...base, hidden: 64, inputs: 6, steps: 2 }, { ...request, alice: table(6, 1), bob: table(6, 2) });
    expect(first).toEqual(copy);
  });

  it('takes no replicas', () => {
    expect(kernel.train(base, { ...request, replicas: 0 }).weights.length).toBe(0);
  });
});

describe('errors', () => {
  const wrong: [Partial<Record<keyof Network, unknown>>, string][] = [
    [{ inputs: 7 }, 'core-wasm: inputs must be an integer from 1 to 6, got 7'],
    [{ hidden: 0 }, 'core-wasm: hidden must be an integer from 1 to 64, got 0'],
    [{ seed: 2 ** 32 }, 'core-wasm: seed must be an integer from 0 to 4294967295, got 4294967296'],
    [{ seed: 1.5 }, 'seed must be an integer'],
    [{ steps: -1 }, 'steps must be an integer from 0'],
    [{ learningRate: Number.NaN }, 'core-wasm: learningRate must be a positive number, got NaN'],
    [{ gain: -1 }, 'gain must be a number that is not negative'],
    [{ activation: 'gelu' }, 'core-wasm: activation must be "sigmoid" or "tanh" or "relu", got "gelu"'],
    [{ batch: 2 }, 'core-wasm: batch must be "full" or 1, got 2'],
    [{ trainRows: 9 }, 'must be an integer from 1 to 8, got 9'],
    [{ cosine: undefined }, 'core-wasm: cosine must be true or false, got undefined'],
    [{ dtype: 'f16' }, 'dtype must be "f32" or "f64"'],
    [{ lossSteps: true }, 'lossSteps must be "none" or "half" or "all", got true'],
  ];

  it.each(wrong)('%o', (options, message) => {
    expect(() => kernel.train({ ...base, ...options } as Network, request)).toThrow(message);
  });

  it('names a bad table or range', () => {
    expect(() => kernel.train(base, { ...request, alice: new Uint8Array(4) })).toThrow(
      'core-wasm: alice must be a Uint8Array of 8 entries (2^inputs), got 4',
    );
    expect(() => kernel.train(base, { ...request, bob: new Uint8Array(8).fill(2) })).toThrow(
      'bob must be a truth table',
    );
    expect(() => kernel.train(base, { ...request, firstReplica: 2 ** 32 - 1, replicas: 2 })).toThrow(
      'replicas must be',
    );
    expect(() => kernel.train(base, { ...request, restart: -1 })).toThrow('restart must be');
  });
});
