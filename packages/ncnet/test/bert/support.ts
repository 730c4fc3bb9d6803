// Shared by the BERT tests: backends, fixture folders, what Hugging Face computed with them, and largest differences.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe } from 'vitest';
import {
  BackendUnavailable,
  type BertBackendName,
  type BertEncoder,
  createEncoder,
  openBertBackend,
  openBertFolder,
} from '../../src/bert/index.ts';

export const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
export const MODELS = ['tiny', 'tiny-f16', 'tiny-bf16'] as const;

export interface ExpectedTokens {
  text_a: string;
  text_b: string | null;
  ids: number[];
  typeIds: number[];
}

export interface ExpectedRow extends ExpectedTokens {
  lastHidden: number[][];
  pooled: number[] | null;
}

export interface Expected {
  rows: ExpectedRow[];
  truncated: (ExpectedTokens & { maxLength: number })[];
}

const all = JSON.parse(readFileSync(`${fixtures}expected.json`, 'utf8'));
export const expected = (model: (typeof MODELS)[number]): Expected => all[model];

export function openEncoder(folder: string): BertEncoder {
  const opened = openBertFolder(folder);
  return createEncoder(opened.config, opened.readWeights());
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`expected equal lengths, got ${a.length} and ${b.length}`);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

/** Opens a backend, or says on stderr why this machine lacks it and what enables it. */
export async function openOrSkip(name: BertBackendName): Promise<BackendUnavailable | null> {
  try {
    await openBertBackend(name);
    return null;
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) throw error;
    console.warn(`skipped: ${name}: ${error.reason}; ${error.remedy}`);
    return error;
  }
}

/** The same tests on each backend; one that this machine lacks is listed as skipped, with the reason and what enables it. */
export async function describeBackends(tests: (name: BertBackendName) => void): Promise<void> {
  for (const name of ['cpu', 'wasm', 'tensorflow', 'webgpu'] as const) {
    const missing = await openOrSkip(name);
    describe.skipIf(missing !== null)(missing === null ? name : `${name} (${missing.reason})`, () => {
      beforeAll(async () => void (await openBertBackend(name)));
      tests(name);
    });
  }
}
