// The real command in a child process, in a temporary workspace with one experiment on the reference backend.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export { temporaryFolder, temporaryWorkspace } from '../../runner/test/helpers.ts';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const launcher = fileURLToPath(new URL('../bin/ncnet.mjs', import.meta.url));

/** The flag with which node runs a program before its own. */
export const runFirst = (program: string): string => `--import=data:text/javascript,${encodeURIComponent(program)}`;

/** The environment in which node runs a program of ./fixtures before its own. */
export const preloaded = (name: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${new URL(`./fixtures/${name}.mjs`, import.meta.url)}`,
});

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  finished: Promise<Finished>;
}

export interface StartOptions {
  command?: string;
  environment?: Record<string, string>;
  script?: string;
  detached?: boolean; // a process group of its own
}

export function start(
  args: string[],
  cwd: string,
  { command = process.execPath, environment = {}, script = launcher, detached = false }: StartOptions = {},
): Running {
  const env = { ...process.env, NO_COLOR: '1', ...environment };
  const child = spawn(command, [script, ...args], { cwd, env, detached });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, finished };
}

export function ncnet(args: string[], cwd: string): Promise<Finished> {
  return start(args, cwd).finished;
}

/** What a command that must end well prints on stdout. */
export async function output(args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await ncnet(args, cwd);
  if (code !== 0) throw new Error(`ncnet ${args.join(' ')}: exit ${code}, ${stderr}`);
  return stdout;
}

/** Block files of a store, with what changes when one is written again. */
export function blockStamps(store: string): Map<string, string> {
  const stamps = new Map<string, string>();
  let names: string[] = [];
  try {
    names = readdirSync(join(store, 'blocks'), { recursive: true }) as string[];
  } catch {
    // the store does not exist yet
  }
  for (const name of names.filter((file) => file.endsWith('.ndjson'))) {
    const { ino, mtimeMs, size } = statSync(join(store, 'blocks', name));
    stamps.set(name, `${ino} ${mtimeMs} ${size}`);
  }
  return stamps;
}

/** Block files of a store with the hash of their bytes. */
export function blockHashes(store: string): Record<string, string> {
  const names = [...blockStamps(store).keys()].sort();
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(store, 'blocks', name)))
      .digest('hex');
  return Object.fromEntries(names.map((name) => [name, hash(name)]));
}

/** Waits for a condition; fails at once if the process ends before it holds. */
export async function until(condition: () => boolean, running: Running): Promise<void> {
  let ended: Finished | undefined;
  void running.finished.then((finished) => {
    ended = finished;
  });
  while (!condition()) {
    if (ended !== undefined) throw new Error(`the process ended too early: ${JSON.stringify(ended)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
