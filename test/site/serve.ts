// What the site's tests share: the built pages, a tiny static server under a path prefix, and a real browser.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const DIST = resolve(import.meta.dirname, '../../sites/report/dist');
export const PREFIX = '/some/prefix';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Addresses of all built pages, "reports/capacity/v1/index.html". */
export function builtPages(): string[] {
  if (!existsSync(DIST)) return [];
  return (readdirSync(DIST, { recursive: true }) as string[]).filter((name) => name.endsWith('.html')).sort();
}

/** Why the browser's tests cannot run here; null where they can. */
export function reasonToSkip(): string | null {
  if (builtPages().length === 0) return 'the site is not built (npm run build)';
  if (!existsSync(CHROMIUM)) return `no browser at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)`;
  return null;
}

/** Serves the built site on loopback under a prefix, with no headers beyond the type. */
export async function serveSite(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(DIST, decodeURIComponent(pathname.slice(PREFIX.length)));
    const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'index.html') : path;
    if (!pathname.startsWith(`${PREFIX}/`) || !file.startsWith(DIST) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address() as { port: number };
  return { server, url: `http://127.0.0.1:${address.port}${PREFIX}/` };
}

export interface Site {
  url: string;
  browser: Browser;
  /** Opens a page, lets `check` look at it, and fails on a console message of level error or a request off the site. */
  visit(path: string, options: BrowserContextOptions, check: (page: Page) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The built site in a browser. */
export async function openSite(): Promise<Site> {
  const { server, url } = await serveSite();
  const browser = await openBrowser();
  return {
    url,
    browser,
    async visit(path, options, check) {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
      const complaints: string[] = [];
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => request.url().startsWith(url) || complaints.push(`off-site ${request.url()}`));
      page.on('response', (response) => response.ok() || complaints.push(`${response.status()} ${response.url()}`));
      try {
        await page.goto(url + path);
        await check(page);
        expect(complaints, path).toEqual([]);
      } finally {
        await context.close();
      }
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Waits until the pointer on a mark of a live chart shows the tooltip. */
export async function expectTip(page: Page, mark: Locator): Promise<void> {
  await mark.scrollIntoViewIfNeeded();
  const look = async () => {
    await page.mouse.move(0, 0);
    await mark.hover({ force: true });
    return page.locator('.chart-tip').isVisible();
  };
  await expect.poll(look, { timeout: 20_000 }).toBe(true);
}

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const quiet = [
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}
