// The built pages as files: every link leads somewhere, addresses are relative, nothing inline, nothing off the site, manifests hold.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtPages, DIST } from './serve.ts';

const pages = builtPages();
if (pages.length === 0) console.warn('test/site/pages.test.ts skipped: the site is not built (npm run build)');
const read = (page: string): string => readFileSync(join(DIST, page), 'utf8');
const ids = (html: string): Set<string> => new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));

describe.skipIf(pages.length === 0)('built pages', () => {
  test.each(pages)('%s: every address is relative and leads to a file, every anchor to an element', (page) => {
    const html = read(page);
    for (const [, address] of html.matchAll(/\s(?:href|src|data-spec-url|data-kernel-url|data-result)="([^"]*)"/g)) {
      expect(address, `${page}: ${address}`).not.toMatch(/^(\/|[a-z]+:)/);
      const [path, anchor] = address.split('#');
      const target = path === '' ? join(DIST, page) : join(DIST, dirname(page), path);
      expect(existsSync(target), `${page}: ${address}`).toBe(true);
      if (anchor) expect(ids(readFileSync(target, 'utf8')).has(anchor), `${page}: ${address}`).toBe(true);
    }
  });

  test.each(pages)('%s: nothing inline, one h1, no double id, no verdict that names a physical theory', (page) => {
    const html = read(page);
    expect(html.match(/<style|\sstyle="|\son[a-z]+="|<script(?![^>]*\ssrc=)[^>]*>/g)).toBeNull();
    expect(html.match(/\{\{(row|max|min|arg|claim|result|chart)[^}]*/g)).toBeNull();
    expect(html.match(/<h1/g)).toHaveLength(1);
    const all = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(all.length).toBe(new Set(all).size);
    for (const [verdict] of html.matchAll(/class="(?:rung|claim) [^<]*<[\s\S]*?<\/span>/g)) {
      expect(verdict).not.toMatch(/quantum|nonlocal/i);
    }
  });

  test('every manifest holds', () => {
    for (const page of pages) {
      const manifest = join(DIST, dirname(page), 'manifest.sha256');
      if (!existsSync(manifest)) continue;
      for (const line of readFileSync(manifest, 'utf8').trim().split('\n')) {
        const [sha256, path] = line.split('  ');
        const bytes = readFileSync(join(dirname(manifest), path));
        expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
      }
    }
  });

  test('a report of deep networks calls its rows by no statistic, and explains R² where a row has one', () => {
    const dense = pages.filter((name) => /^(reports\/[^/]+\/v\d+|your-run\/[^/]+)\/index\.html$/.test(name));
    const explained = new Set<boolean>();
    for (const page of dense) {
      const { cells, rows } = JSON.parse(readFileSync(join(DIST, dirname(page), 'result.json'), 'utf8'));
      if (cells[0].cell.kind !== 'dense') continue;
      const html = read(page);
      expect(html, page).toContain('<caption>Rows of the result');
      expect(html, page).not.toContain('Medians over replicas');
      const hasR2 = rows.some((row: object) => Object.keys(row).some((key) => key.startsWith('r2')));
      expect(html.includes('R² compares a trained network'), page).toBe(hasR2);
      explained.add(hasR2);
    }
    expect(explained.size).toBe(2);
  });

  test('a run of one’s own is never a release', () => {
    for (const page of pages.filter((name) => name.startsWith('your-run/') && name !== 'your-run/index.html')) {
      expect(read(page)).toMatch(/Your run: [^<]* replicas, not the published result/);
    }
    for (const page of pages.filter((name) => /^reports\/.*\/v\d+\//.test(name)))
      expect(read(page)).not.toContain('your-run-label');
  });
});
