// The page of worked examples: every command on it is run, and what it prints must be what the page shows.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { launcher, temporaryFolder } from './helpers.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/chsh-examples.md', import.meta.url));
const store = temporaryFolder();
const done = new Map<string, string>();

/** Runs a line of the page: `npx ncnet` and `node` are this command and this Node, the store is a temporary one. */
function printed(line: string): string {
  const before = done.get(line);
  if (before !== undefined) return before;
  const script = `
    node() { "$NODE" "$@"; }
    npx() { shift; if [ "$1" = train ]; then set -- "$@" --store "$STORE"; fi; "$NODE" "$LAUNCHER" "$@"; }
    ${line}`;
  const env = { ...process.env, NO_COLOR: '1', NODE: process.execPath, LAUNCHER: launcher, STORE: store };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: repository, env, encoding: 'utf8' });
  expect(status, `${line}\n${stderr}`).toBe(0);
  done.set(line, stdout.trim() === '' ? '' : stdout.replace(/\n*$/, '\n'));
  return done.get(line)!;
}

/** The page with the output of every command in its console blocks made again. */
function regenerated(text: string): string {
  return text.replace(/^```console\n([\s\S]*?)^```$/gm, (_, block: string) => {
    const commands = block.split('\n').filter((line) => line.startsWith('$ '));
    return `\`\`\`console\n${commands.map((line) => `${line}\n${printed(line.slice(2))}`).join('')}\`\`\``;
  });
}

// `vitest run packages/cli/test/analyse-docs.test.ts -u` writes the page.
test('docs/chsh-examples.md shows what its commands print', async () => {
  await expect(regenerated(readFileSync(page, 'utf8'))).toMatchFileSnapshot(page);
}, 600_000);

test("the example file of NCnet's counts is what training gives", () => {
  const command =
    'npx ncnet train --hidden 3 --outcome success --replicas 256 --json | node docs/examples/joint-counts.mjs';
  expect(readFileSync(page, 'utf8')).toContain(`$ ${command}\n`);
  expect(printed(command)).toBe(readFileSync(`${repository}docs/examples/ncnet-success.csv`, 'utf8'));
});

test('the page calls nothing quantum or nonlocal', () => {
  expect(readFileSync(page, 'utf8')).not.toMatch(/quantum|non-?local/i);
});
