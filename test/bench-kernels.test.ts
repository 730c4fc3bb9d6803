// The kernels that the committed benches measured are those that are built, which train the reports.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const results = join(root, 'bench/results');
const measured = readdirSync(results).flatMap((name) => {
  const { kernel, dense } = JSON.parse(readFileSync(join(results, name), 'utf8'));
  return [
    { name, file: 'kernel.wasm', sha256: kernel },
    { name, file: 'dense.wasm', sha256: dense },
  ].filter(({ sha256 }) => sha256 !== undefined);
});

describe('a bench measured the built kernel; where it did not, run `npm run bench -- NAME --save`', () => {
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
