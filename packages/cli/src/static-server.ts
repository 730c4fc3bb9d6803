// A read-only server of one folder, bound to 127.0.0.1, for looking at the built site.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream';

const TYPES: Record<string, string> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.ndjson': 'application/x-ndjson',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

export interface StaticServer {
  url: string;
  close(): Promise<void>;
}

/** @throws the system's error with its code: ENOENT no such folder, ENOTDIR a file, EADDRINUSE, EACCES */
export async function startServer(folder: string, port: number): Promise<StaticServer> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(`${root} is no folder`), { code: 'ENOTDIR' });
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => refuse(request, response, 500, 'cannot read this file'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(request, response, 405, 'only GET and HEAD');
  }
  // Another name that resolves to this address (DNS rebinding) must not read the site.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(request.headers.host ?? '')) {
    return refuse(request, response, 403, 'only 127.0.0.1 or localhost');
  }
  const path = readPath(request.url ?? '/');
  if (path === null) return refuse(request, response, 400, 'not a path');
  const found = await find(root, path);
  if (found === 'outside') return refuse(request, response, 403, 'outside of the folder');
  if (found === 'folder') {
    response.writeHead(301, { Location: `${encodeURI(path)}/` }).end();
    return;
  }
  if (found !== null) return send(request, response, 200, found.file, found);
  const missing = await find(root, '/404.html');
  if (missing !== null && typeof missing === 'object') return send(request, response, 404, missing.file, missing);
  refuse(request, response, 404, 'no such page');
}

/** The decoded path with single slashes; null if it is malformed or climbs. */
function readPath(url: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return null;
  const parts = path.split('/');
  if (parts.some((part) => part.startsWith('.'))) return null; // `..`, and hidden files
  return path.replace(/\/{2,}/g, '/');
}

interface FoundFile {
  file: string;
  size: number;
  mtimeMs: number;
}

async function find(root: string, path: string): Promise<FoundFile | 'folder' | 'outside' | null> {
  try {
    const wanted = await realpath(join(root, path));
    if (wanted !== root && !wanted.startsWith(root + sep)) return 'outside';
    const info = await stat(wanted);
    if (info.isDirectory()) {
      if (!path.endsWith('/')) return 'folder';
      const index = await realpath(join(wanted, 'index.html'));
      if (!index.startsWith(root + sep)) return 'outside';
      return { file: index, ...pick(await stat(index)) };
    }
    return info.isFile() && !path.endsWith('/') ? { file: wanted, ...pick(info) } : null;
  } catch {
    return null;
  }
}

function pick({ size, mtimeMs }: { size: number; mtimeMs: number }) {
  return { size, mtimeMs };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, file: string, info: FoundFile): void {
  const etag = `"${info.size.toString(36)}-${info.mtimeMs.toString(36)}"`;
  const headers = {
    'Content-Type': TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    ETag: etag,
  };
  if (status === 200 && request.headers['if-none-match']?.split(/,\s*/).includes(etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, 'Content-Length': info.size });
  if (request.method === 'HEAD') response.end();
  else pipeline(createReadStream(file), response, () => {});
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = `${status}: ${why}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
