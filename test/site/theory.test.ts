// The theory page in a browser: sliders move the closed form, a network trains in the page, and a dense cell is trained again.
import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { fixedPoint, toParallelState, toVectorState } from 'theory';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describe as describeTheory, plotsOf, startOf } from '../../sites/report/src/theory/curves.ts';
import { plotSvg, ticks } from '../../sites/report/src/theory/plot.ts';
import { builtPages, openBrowser, reasonToSkip, serveSite } from './serve.ts';

describe('plots', () => {
  test('draw the closed form up to its end, and say it in words', () => {
    const settings = { etaH: 0.5, etaY: 2, H: 0.01, dy: 0.02 };
    const { hInf } = fixedPoint({ etaH: 0.5, etaY: 2, dx2: 1, dyStar: Math.SQRT1_2 }, { H: 0.01, Y: 0.0004 });
    const [H, Y, , plane] = plotsOf(settings, null).map(({ curves }) => curves[0]);
    expect(H.y[H.y.length - 1] / hInf).toBeGreaterThan(0.95);
    expect(Y.y[Y.y.length - 1]).toBeCloseTo(0.5, 1);
    expect(plane.x).toEqual(H.y);
    expect(describeTheory(settings)).toContain(`ends at ${hInf.toPrecision(3)} (rich`);
    expect(describeTheory({ ...settings, H: 10 })).toContain('lazy');
    expect(describeTheory({ etaH: 0.56, etaY: 2.1, H: 1e-3, dy: 0.5 })).toContain('(dominant decoder'); // as in ncnet theory
  });

  test('draw and say the saddle, which a start leaves towards nothing', () => {
    const saddle = { etaH: 1, etaY: 1, H: 0.1, dy: -0.1 };
    const plots = plotsOf(saddle, null);
    expect(plots[0].title).toContain('ends at 0.00');
    for (const { curves } of plots) expect(Array.from(curves[0].x).every(Number.isFinite)).toBe(true);
    expect(describeTheory(saddle)).toMatch(/ends at 0\.00 \(stuck in the saddle.*never get half way\.$/);
  });

  test('start where the network starts, whatever the sign and size of dy', () => {
    for (const dy of [-1.4, -0.8, -0.3, -1e-4, 0, 1e-4, 0.5, 0.8, 1.4]) {
      const { H, Y, w } = toVectorState(Math.SQRT1_2, { H: 0.2, dy });
      const start = startOf({ t: [0], H: [H], Y: [Y], w: [w] });
      expect(start.dy).toBeCloseTo(dy, 12);
      expect(start.dy).toBeCloseTo(toParallelState(Math.SQRT1_2, { H, Y, w }).dy, 12);
      expect(start.H).toBe(0.2);
    }
  });

  test('leave out what is no number and keep 0 on the axes', () => {
    const svg = plotSvg({
      title: 'H',
      xTitle: 't',
      curves: [{ kind: 'network', x: [1, 2, 3], y: [1, Number.NaN, 3] }],
    });
    expect(svg).not.toContain('NaN');
    expect(svg.match(/d="(M[^"]*)"/)![1].split('L')).toHaveLength(2);
    expect(ticks([0, 1])).toEqual([0, 0.5, 1]);
    expect(ticks([-0.12, 0])).toContain(0);
  });
});

const reason = reasonToSkip();
if (reason !== null) console.warn(`test/site/theory.test.ts skipped in the browser: ${reason}`);

describe.skipIf(reason !== null)('the theory page', { timeout: 120_000 }, () => {
  let server: Server;
  let browser: Browser;
  let site: string;
  beforeAll(async () => {
    ({ server, url: site } = await serveSite());
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function visit(path: string, check: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => request.url().startsWith(site) || complaints.push(`off-site ${request.url()}`));
    await page.goto(site + path);
    await check(page);
    expect(complaints).toEqual([]);
    await context.close();
  }

  test('redraws with the keyboard and says the end of the hidden distance', async () => {
    await visit('theory/', async (page) => {
      const before = await page.innerHTML('#theory-plots');
      const words = await page.textContent('#theory-words');
      await page.focus('#theory-etaH');
      for (let k = 0; k < 20; k++) await page.keyboard.press('ArrowRight');
      expect(await page.innerHTML('#theory-plots')).not.toBe(before);
      expect(await page.textContent('#theory-words')).not.toBe(words);
      expect(await page.getAttribute('#theory-etaH', 'aria-valuetext')).toBe(
        await page.textContent('#theory-etaH-value'),
      );
    });
  });

  test('trains the default network, fits every layer and draws it beside the theory', async () => {
    await visit('theory/', async (page) => {
      expect(await page.locator('.plot-network').count()).toBe(0);
      await page.click('#theory-train');
      await expect.poll(() => page.textContent('#theory-status'), { timeout: 60_000 }).toMatch(/Layer \d: R²/);
      const status = await page.textContent('#theory-status');
      expect(status).toMatch(/^Trained 630 steps to a loss of 1e-6/); // bit-reproducible, so the count is the same everywhere
      const [H] = status!
        .match(/w: ([\d.]+)/)!
        .slice(1)
        .map(Number);
      expect(H).toBeGreaterThan(0.98);
      expect(await page.locator('.plot-network').count()).toBe(4);
      expect(await page.locator('#theory-layer option').count()).toBe(8);
      await page.selectOption('#theory-layer', '0');
      expect(await page.textContent('#theory-status')).toContain('Layer 0');
      await page.click('#theory-clear');
      expect(await page.locator('.plot-network').count()).toBe(0);
    });
  });

  const dense = builtPages().find(
    (page) =>
      /^(reports|your-run)\/theory-depth\/(v\d+\/)?index\.html$/.test(page) && !/^reports\/[^/]+\/index/.test(page),
  );
  test.skipIf(dense === undefined)('a dense cell of a report matches when it is trained in the page', async () => {
    await visit(dense!, async (page) => {
      await page.click('#rerun-first');
      await page.waitForSelector('.rerun-result', { timeout: 110_000 });
      expect(await page.textContent('.rerun-result')).toMatch(/^MATCH: the first 1 replicas/);
    });
  });
});
