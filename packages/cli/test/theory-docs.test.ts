// The page on the theory: every command on it is run, and what it prints must be what the page shows.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { launcher } from './helpers.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/theory.md', import.meta.url));

/** Runs a line of the page: `npx ncnet` is this command on this Node. */
function printed(line: string): string {
  const script = `npx() { shift; "$NODE" "$LAUNCHER" "$@"; }\n${line}`;
  const env = { ...process.env, NO_COLOR: '1', NODE: process.execPath, LAUNCHER: launcher };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: repository, env, encoding: 'utf8' });
  expect(status, `${line}\n${stderr}`).toBe(0);
  return stdout;
}

/** The page with the output of the command in each console block made again. */
function regenerated(text: string): string {
  return text.replace(/^```console\n(\$ [^\n]*\n)[\s\S]*?^```$/gm, (_, line: string) => {
    return `\`\`\`console\n${line}${printed(line.slice(2))}\`\`\``;
  });
}

// `vitest run packages/cli/test/theory-docs.test.ts -u` writes the page.
test('docs/theory.md shows what its commands print', async () => {
  await expect(regenerated(readFileSync(page, 'utf8'))).toMatchFileSnapshot(page);
});
