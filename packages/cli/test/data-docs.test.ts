// The page on data and models: every command in its console blocks is run on an empty cache, and what it prints must be what the page shows.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { launcher, repository, temporaryFolder } from './helpers.ts';

const page = fileURLToPath(new URL('../../../docs/data.md', import.meta.url));
const cache = temporaryFolder();

/** Runs a line of the page: `npx ncnet` is this command on this Node, the cache a temporary one. */
function printed(line: string): string {
  const script = `npx() { shift; "$NODE" "$LAUNCHER" "$@"; }\n${line}`;
  const env = { ...process.env, NO_COLOR: '1', NODE: process.execPath, LAUNCHER: launcher, NCNET_CACHE: cache };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: repository, env, encoding: 'utf8' });
  expect(status, `${line}\n${stderr}`).toBe(0);
  return stdout;
}

/** The page with the output of every command in its console blocks made again. */
function regenerated(text: string): string {
  return text.replace(/^```console\n([\s\S]*?)^```$/gm, (_, block: string) => {
    const commands = block.split('\n').filter((line) => line.startsWith('$ '));
    return `\`\`\`console\n${commands.map((line) => `${line}\n${printed(line.slice(2))}`).join('')}\`\`\``;
  });
}

// `vitest run packages/cli/test/data-docs.test.ts -u` writes the page.
test('docs/data.md shows what its commands print', async () => {
  await expect(regenerated(readFileSync(page, 'utf8'))).toMatchFileSnapshot(page);
}, 120_000);
