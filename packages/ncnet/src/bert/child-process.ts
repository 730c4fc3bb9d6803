// A child process of this package's own: all are started alike, and one that ends without an answer says how.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.')); // .ts from sources, .js when built
const TAIL = 4000; // characters of stderr that are kept

export interface OwnChild {
  child: ChildProcess;
  /** How it ended, and what stderr said last, as in: exit SIGKILL after "out of memory". */
  ended(how: string): string;
}

/** @param name of a file beside this one, without ending @param env added to this process's own */
export function startChild(name: string, args: string[], env: Record<string, string> = {}): OwnChild {
  const file = fileURLToPath(new URL(`./${name}${extension}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env },
  });
  let noise = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    noise = (noise + text).slice(-TAIL);
  });
  return {
    child,
    ended(how) {
      const last = noise.split('\n').findLast((line) => line.trim() !== '');
      return last === undefined ? how : `${how} after "${last.trim()}"`;
    },
  };
}
