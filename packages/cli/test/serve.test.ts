// The server of the built site: loopback, read-only, right types, and nothing outside of its folder.
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StaticServer, startServer } from '../src/static-server.ts';
import { ncnet, start, temporaryFolder, until } from './helpers.ts';

let folder: string;
let site: string;
let server: StaticServer;
beforeAll(async () => {
  folder = temporaryFolder();
  site = join(folder, 'dist');
  mkdirSync(join(site, 'reports/capacity'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(site, 'index.html'), '<h1>home</h1>');
  writeFileSync(join(site, 'reports/capacity/index.html'), '<h1>capacity</h1>');
  writeFileSync(join(site, 'a b.json'), '{}');
  for (const name of ['kernel.wasm', 'chart.svg', 'app.js', 'style.css', 'data.unknown', '.hidden'])
    writeFileSync(join(site, name), 'x');
  symlinkSync(join(folder, 'secret.txt'), join(site, 'link.txt'));
  symlinkSync(folder, join(site, 'up'));
  symlinkSync(join(site, 'index.html'), join(site, 'inside.html'));
  server = await startServer(site, 0);
});
afterAll(() => server.close());

const fetchPage = (path: string, options?: RequestInit) =>
  fetch(new URL(path, server.url), { redirect: 'manual', ...options });

test.each([
  ['/', 'text/html; charset=utf-8', '<h1>home</h1>'],
  ['/reports/capacity/', 'text/html; charset=utf-8', '<h1>capacity</h1>'],
  ['/a%20b.json?x=1', 'application/json', '{}'],
  ['/kernel.wasm', 'application/wasm', 'x'],
  ['/chart.svg', 'image/svg+xml', 'x'],
  ['/app.js', 'text/javascript; charset=utf-8', 'x'],
  ['/style.css', 'text/css; charset=utf-8', 'x'],
  ['/data.unknown', 'application/octet-stream', 'x'],
  ['/inside.html', 'text/html; charset=utf-8', '<h1>home</h1>'],
])('%s is served as %s', async (path, type, body) => {
  const response = await fetchPage(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.text()).toBe(body);
});

test('a folder without its slash is redirected, and never to another host', async () => {
  const response = await fetchPage('/reports/capacity');
  expect([response.status, response.headers.get('location')]).toEqual([301, '/reports/capacity/']);
  expect(await raw('GET //reports/capacity HTTP/1.1\r\nHost: localhost\r\n\r\n')).toContain(
    'Location: /reports/capacity/',
  );
});

test('HEAD has the headers alone; an ETag saves the second transfer', async () => {
  const head = await fetchPage('/kernel.wasm', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '1', '']);
  const etag = head.headers.get('etag')!;
  const again = await fetchPage('/kernel.wasm', { headers: { 'If-None-Match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('what does not exist is 404, with the site’s own page if it has one', async () => {
  expect((await fetchPage('/nothing')).status).toBe(404);
  writeFileSync(join(site, '404.html'), '<h1>no such page</h1>');
  const response = await fetchPage('/nothing');
  expect([response.status, await response.text()]).toEqual([404, '<h1>no such page</h1>']);
});

/** Sends bytes as they are; fetch would tidy the path. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

test.each([
  '/../secret.txt',
  '/reports/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2f%2e%2e%2fetc/passwd',
  '/..\\secret.txt',
  '/..%5csecret.txt',
  '//../secret.txt',
  '/link.txt',
  '/up/secret.txt',
  '/up/',
  '/.hidden',
  '/%00',
  '/%',
  'secret.txt',
])('%s never leaves the folder', async (path) => {
  const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404) /);
  expect(answer).not.toContain('secret\n');
  expect(answer.endsWith('secret')).toBe(false);
});

test('only GET and HEAD, and only by the name of this machine', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) expect((await fetchPage('/', { method })).status).toBe(405);
  expect(await raw('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
});

test('ncnet serve prints its address, ends on Ctrl-C, and says when the port is taken', async () => {
  const running = start(['serve', '--port', '0', '--dir', site], folder);
  const { child, finished } = running;
  let text = '';
  child.stdout!.on('data', (part) => {
    text += part;
  });
  await until(() => text.includes('\n'), running);
  const url = /^http:\/\/127\.0\.0\.1:(\d+)\//.exec(text)!;
  const [response] = await once(get(url[0]), 'response');
  response.resume();
  expect(response.statusCode).toBe(200);
  const taken = await ncnet(['serve', '--port', url[1], '--dir', site], folder);
  expect([taken.code, taken.stdout]).toEqual([2, '']);
  expect(taken.stderr).toMatch(
    new RegExp(`^ncnet serve: --port: expected a free port, got ${url[1]}, which another program uses.*\\n$`),
  );
  child.kill('SIGINT');
  expect((await finished).code).toBe(0);
  const refused = request(url[0]).end();
  const [error] = await once(refused, 'error');
  expect(error.code).toBe('ECONNREFUSED');
});
