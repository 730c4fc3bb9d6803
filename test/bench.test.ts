// The measured tables of docs/ are those of the committed benches.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('docs/kernel.md, docs/data.md and docs/lora.md hold the numbers of bench/results', () => {
  const script = join(import.meta.dirname, '..', 'bench', 'docs.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
