// What is published: the tarball's files, no imports from elsewhere, and a start in a fresh folder without this repository.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { delft } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('..', import.meta.url));
const built = existsSync(join(root, 'dist/index.js'));
const folder = mkdtempSync(join(tmpdir(), 'chsh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!built)('the tarball (needs npm run build)', () => {
  const [pack] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    }),
  );

  test('holds dist, README, package.json and the licence, nothing else', () => {
    const files: string[] = pack.files.map((f: { path: string }) => f.path);
    const other = files.filter((f) => !/^dist\/(numeric\/)?[\w-]+\.(js|d\.ts)$/.test(f));
    expect(other.filter((f) => f !== 'LICENSE').sort()).toEqual(['README.md', 'package.json']);
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.ts'),
    );
    for (const source of sources) expect(files).toContain(`dist/${source.replace(/\.ts$/, '.js')}`);
  });

  test('has no dependency, and imports nothing but its own files', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const key of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      expect(manifest[key]).toBeUndefined();
    for (const file of pack.files) {
      if (!file.path.endsWith('.js')) continue;
      const text = readFileSync(join(root, file.path), 'utf8');
      for (const [, from] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g))
        expect(from).toMatch(/^\.\.?\/.*\.js$/);
      expect(text).not.toMatch(/Math\.random|\bprocess\.\w|\brequire\(/);
    }
  });

  test('installs alone and works in a fresh folder', () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, pack.filename)], {
      cwd: folder,
    });
    const program = `import { analyseCounts } from 'chsh'; console.log(analyseCounts(${JSON.stringify(delft)}).game.pBinomial);`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(Number(out)).toBeCloseTo(0.0390776713897, 12);
  });
});
