// The committed benches: the tables of docs/ are theirs, and the kernels that they measured are those that are built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

it('docs/kernel.md, docs/data.md and docs/lora.md hold the numbers of bench/results', () => {
  const script = join(root, 'bench/docs.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('the kernel that a bench measured is the built one; where it is not, run `npm run bench -- NAME --save`', () => {
  const results = join(root, 'bench/results');
  const measured = readdirSync(results).flatMap((name) => {
    const { kernel, dense } = JSON.parse(readFileSync(join(results, name), 'utf8'));
    return [
      { name, file: 'kernel.wasm', sha256: kernel },
      { name, file: 'dense.wasm', sha256: dense },
    ].filter(({ sha256 }) => sha256 !== undefined);
  });

  it.each(measured)('$name: $file', ({ file, sha256 }) => {
    const bytes = readFileSync(join(root, 'packages/core-wasm/dist', file));
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('six benches name theirs', () => {
    expect(measured.map(({ name }) => name)).toEqual(
      ['accuracy', 'dense', 'growth', 'kernel', 'peers', 'whole-job'].map((name) => `${name}.json`),
    );
  });
});
