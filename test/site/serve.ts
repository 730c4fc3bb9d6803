// What the site's tests share: the built pages, a tiny static server under a path prefix, and a real browser.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';

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
