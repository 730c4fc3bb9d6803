// The kernels leave the same bits in every engine: weights, outputs, losses and probes, hashed in Node, Chromium and Firefox.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = join(import.meta.dirname, '..', 'packages', 'core-wasm', 'dist');
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.mjs': 'text/javascript',
};
const PROGRAM = readFileSync(join(import.meta.dirname, 'engine-hashes.mjs'), 'utf8');
const PAGE = `<!doctype html><meta charset="utf-8"><script type="module">
import { hashes } from '/engine-hashes.mjs';
const load = async (name) => new Uint8Array(await (await fetch('/' + name)).arrayBuffer());
const answer = await hashes({ openKernel: (await import('/index.js')).openKernel, openDense: (await import('/dense.js')).openDense, load })
  .catch((error) => ({ error: String(error) }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
</script>`;

let server: Server;
let answered: (hashes: Record<string, string>) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/answer') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        answered(JSON.parse(body));
      });
      return;
    }
    const name = request.url === '/' ? 'index.html' : request.url!.slice(1);
    const file = join(dist, name);
    const text = name === 'index.html' ? PAGE : name === 'engine-hashes.mjs' ? PROGRAM : null;
    if (text === null && !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'text/html' }).end(text ?? readFileSync(file));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
const profiles: string[] = [];
afterAll(() => {
  server.close();
  for (const profile of profiles) rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function inBrowser(command: string, flags: (profile: string) => string[]): Promise<Record<string, string>> {
  const profile = mkdtempSync(join(tmpdir(), 'engine-'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const reply = new Promise<Record<string, string>>((done) => {
    answered = done;
  });
  const options = { stdio: 'ignore', env: { ...process.env, HOME: profile }, detached: true } as const;
  const browser = spawn(command, [...flags(profile), url], options);
  const ended = new Promise<void>((done) => browser.on('exit', () => done()));
  try {
    return await Promise.race([
      reply,
      ended.then(() => Promise.reject(new Error(`${command} ended before the page answered`))),
    ]);
  } finally {
    if (browser.exitCode === null && browser.signalCode === null) process.kill(-browser.pid!, 'SIGKILL'); // with the processes that write its profile
    await ended;
    profiles.push(profile);
  }
}

const ENGINES = [
  {
    name: 'Chromium',
    file: process.env.CHROMIUM ?? '/usr/bin/chromium',
    flags: (profile: string) => [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update', `--user-data-dir=${profile}`],
    ],
  },
  {
    name: 'Firefox',
    file: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    flags: (profile: string) => ['--headless', '--no-remote', '--profile', profile],
  },
];

describe('the same bits in every engine', async () => {
  const { hashes } = await import('./engine-hashes.mjs');
  const { openKernel } = await import('core-wasm');
  const { openDense } = await import('core-wasm/dense');
  const load = async (name: string) => new Uint8Array(readFileSync(join(dist, name)));
  const expected = await hashes({ openKernel, openDense, load });

  for (const { name, file, flags } of ENGINES) {
    const missing = !existsSync(file);
    if (missing) console.log(`skipped: no ${name} at ${file} (install it, or set ${name.toUpperCase()})`);
    it.skipIf(missing)(name, { timeout: 120_000 }, async () => {
      expect(await inBrowser(file, flags)).toEqual(expected);
    });
  }

  it('Node: every workload has a hash of its own', () => {
    expect(new Set(Object.values(expected)).size).toBe(Object.keys(expected).length);
    expect(Object.keys(expected).length).toBeGreaterThan(20);
  });
});
