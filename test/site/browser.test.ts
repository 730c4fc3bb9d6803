// The built site in a real browser: charts, re-run, accessibility, phone width, no request that leaves the site.
import { readFileSync, statSync } from 'node:fs';

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPages, DIST, expectTip, openSite, reasonToSkip, type Site } from './serve.ts';

const reason = reasonToSkip();
if (reason !== null) console.warn(`test/site/browser.test.ts skipped: ${reason}`);
const pages = builtPages().filter((page) => !/^reports\/[^/]+\/index\.html$/.test(page)); // without the pages that lead on
const reports = pages.filter((page) => /^(reports\/[^/]+\/v\d+|your-run\/[^/]+)\/index\.html$/.test(page));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(reason !== null)('the site in a browser', { timeout: 180_000 }, () => {
  let site: Site;
  const visit: Site['visit'] = (path, options, check) => site.visit(path, options, check);

  beforeAll(async () => {
    site = await openSite();
  }, 60_000);

  afterAll(() => site?.close());

  test.each(pages)('%s has no axe violation, light and dark, and fits a phone', async (path) => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 375],
    ] as const) {
      await visit(path, { colorScheme, viewport: { width, height: 800 } }, async (page) => {
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await page.evaluate(axe);
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
          // Rows of a table that differ in their numbers alone look the same; axe is slow on hundreds of them.
          for (const body of document.querySelectorAll('tbody')) {
            const looks = new Set<string>();
            for (const row of [...body.rows]) {
              const parts = [row, ...row.querySelectorAll('*')];
              const look = parts
                .map((part) => `${part.tagName} ${part.getAttribute('class')} ${part.getAttribute('style')}`)
                .join();
              if (looks.has(look)) row.remove();
              looks.add(look);
            }
          }
          const { violations } = await axe.run();
          return violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .slice(0, 3)
                .map((node) => node.html.slice(0, 160))
                .join(' | ')}`,
          );
        });
        expect(violations, `${path} ${colorScheme} ${width}`).toEqual([]);
      });
    }
  });

  test.each(reports)('%s shows its charts without scripts', async (path) => {
    await visit(path, { javaScriptEnabled: false }, async (page) => {
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 800 });
        const pictures = page.locator('figure.chart');
        const count = await pictures.count();
        expect(count).toBeGreaterThan(0);
        for (let index = 0; index < count; index++) {
          const drawn = pictures.nth(index).locator('.chart-wide svg, img.chart-narrow').filter({ visible: true });
          await drawn.scrollIntoViewIfNeeded();
          expect(await drawn.count()).toBe(1);
          const box = await drawn.boundingBox();
          expect(box!.width).toBeGreaterThan(300);
          expect(box!.height).toBeGreaterThan(120);
        }
        expect(await page.locator('#rerun').isVisible()).toBe(false);
        const instead = path.includes('/lora-')
          ? page.getByText('A page cannot re-run these cells')
          : page.locator('#rerun-off');
        expect(await instead.isVisible()).toBe(true);
      }
    });
  });

  test.each(reports.slice(0, 3))('%s has live charts with tooltips', async (path) => {
    await visit(path, { viewport: { width: 1280, height: 900 } }, async (page) => {
      const pictures = page.locator('[data-spec-url]');
      for (let index = 0; index < (await pictures.count()); index++) {
        const picture = pictures.nth(index);
        await picture.scrollIntoViewIfNeeded();
        await expect.poll(() => picture.getAttribute('data-live'), { timeout: 20_000 }).toBe('yes');
        expect(await picture.locator('.chart-live svg').isVisible()).toBe(true);
        expect(await picture.locator('.chart-wide').isVisible()).toBe(false);
      }
      const points = page.locator('.chart-live .mark-symbol.role-mark path, .chart-live .mark-rect.role-mark path');
      await expectTip(page, points.last());
    });
  });

  describe.skipIf(reports.length === 0)('re-run this cell', () => {
    const path = reports.find((name) => name.startsWith('reports/capacity/')) ?? reports[0];

    test('the first block of a cell matches', async () => {
      await visit(path, {}, async (page) => {
        await page.click('#rerun-first');
        await page.waitForSelector('.rerun-result', { timeout: 120_000 });
        expect(await page.textContent('.rerun-result')).toMatch(/^MATCH: the first \d+ replicas/);
      });
    });

    test('a whole cell matches the published record hash', async () => {
      await visit(path, {}, async (page) => {
        await page.selectOption('#rerun-cell', '0');
        await page.click('#rerun-all');
        await page.waitForSelector('.rerun-result', { timeout: 170_000 });
        expect(await page.textContent('.rerun-result')).toMatch(/^MATCH: all \d+ replicas/);
        const { cells } = JSON.parse(readFileSync(join(DIST, path, '../result.json'), 'utf8'));
        const facts = await page.textContent('#rerun-details');
        expect(facts!.split(cells[0].recordHash).length - 1).toBe(2); // published and computed
      });
    });

    test('a forged hash is found out', async () => {
      await visit(path, {}, async (page) => {
        await page.route('**/result.json', async (route) => {
          const result = await (await route.fetch()).json();
          for (const cell of result.cells) cell.blocks[0] = '0'.repeat(64);
          await route.fulfill({ json: result });
        });
        await page.click('#rerun-all');
        await page.waitForSelector('.rerun-result', { timeout: 120_000 });
        expect(await page.textContent('.rerun-result')).toMatch(/^DIFFERS: the first differing block is number 1/);
      });
    });

    test('cancelling in the middle ends the worker', async () => {
      await visit(path, {}, async (page) => {
        await page.evaluate(() => {
          const Native = Worker;
          // Hears its first block and then nothing, so that a fast machine is no sooner done than a slow one.
          window.Worker = class extends Native {
            override set onmessage(listener: (event: MessageEvent) => void) {
              let blocks = 0;
              super.onmessage = (event) => {
                if (blocks === 0) listener(event);
                if (event.data.type === 'block') blocks += 1;
              };
            }
          };
        });
        await page.click('#rerun-all');
        await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0, null, {
          timeout: 120_000,
        });
        expect(await page.textContent('#rerun-status')).toMatch(/^\d+ of \d+ replicas/);
        expect(page.workers()).toHaveLength(1);
        await page.click('#rerun-cancel');
        expect(await page.textContent('.rerun-result')).toBe('Cancelled.');
        expect(await page.locator('#rerun-all').isEnabled()).toBe(true);
        expect(await page.locator('#rerun-cancel').isEnabled()).toBe(false);
        await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(0);
      });
    });

    test('cancelling while the hashes load starts no worker, and the next run is the only one', async () => {
      await visit(path, {}, async (page) => {
        let workers = 0;
        page.on('worker', () => workers++);
        let load = (): void => {};
        const held = new Promise<void>((resolve) => {
          load = resolve;
        });
        await page.route('**/result.json', async (route) => {
          await held;
          await route.continue();
        });
        await page.click('#rerun-first');
        await page.click('#rerun-cancel');
        await page.click('#rerun-first');
        load();
        await page.waitForSelector('.rerun-result', { timeout: 120_000 });
        expect(await page.textContent('.rerun-result')).toMatch(/^MATCH/);
        expect(workers).toBe(1);
        expect(await page.locator('#rerun-details dt', { hasText: 'kernel loaded' }).count()).toBe(1);
      });
    });

    test('a result that does not load is a failure, not a difference', async () => {
      const context = await site.browser.newContext();
      const page = await context.newPage();
      await page.goto(site.url + path);
      await page.route('**/result.json', (route) => route.fulfill({ status: 500, json: { cells: [] } }));
      await page.click('#rerun-first');
      await page.waitForSelector('.rerun-result.failed');
      expect(await page.textContent('.rerun-result')).toBe('Could not run: the published result did not load: 500.');
      await context.close();
    });
  });

  test('the keyboard reaches the re-run button and the first link skips to the content', async () => {
    await visit(reports[0] ?? 'index.html', {}, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => location.hash)).toBe('#main');
    });
  });

  test('pages read from a folder without a server', async () => {
    const context = await site.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(DIST, 'index.html')).href);
    const font = () => page.locator('body').evaluate((body) => getComputedStyle(body).fontFamily);
    expect(await font()).toContain('Charter');
    await page.click('nav[aria-label="Site"] a >> text=Method');
    await page.waitForURL('**/method/index.html'); // with its style sheets
    expect(await page.textContent('h1')).toBe('Method');
    expect(await font()).toContain('Charter');
    await context.close();
  });

  test.each(['index.html', ...reports])('%s weighs less than 150 kB before the chart bundle', async (path) => {
    let weight = 0;
    const context = await site.browser.newContext({ viewport: { width: 375, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'IntersectionObserver'));
    page.on('response', async (response) => {
      const file = response
        .url()
        .slice(site.url.length)
        .replace(/[?#].*$/, '');
      weight += statSync(join(DIST, decodeURIComponent(file))).size;
    });
    await page.goto(site.url + path, { waitUntil: 'networkidle' });
    await context.close();
    expect(weight).toBeGreaterThan(1000);
    expect(weight).toBeLessThan(150_000);
  });
});
