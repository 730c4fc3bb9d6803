// Starts the programs of the peers: one that waits and is timed round by round, or one that does the whole job and ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pinned } from '../machine.mjs';
import { CONTEXTS, readWeights } from './work.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = fileURLToPath(new URL('../../packages/cli/bin/ncnet.mjs', import.meta.url));
const COUNTS = ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMBA_NUM_THREADS'];

export const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Start weights of a width, and the temporary folder `work` for everything that a run leaves. */
export const startOf = (work, hidden) => join(work, `start-${hidden}`);

function start([program, ...args], threads, environment) {
  const cores = Array.from({ length: threads }, (_, core) => core).join(',');
  const command = pinned ? ['taskset', '-c', cores, program, ...args] : [program, ...args];
  const counts = Object.fromEntries(COUNTS.map((name) => [name, String(threads)]));
  const child = spawn(command[0], command.slice(1), { env: { ...process.env, ...counts, ...environment } });
  child.stdin.on('error', () => {});
  let errors = '';
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-2000);
  });
  return { child, why: () => errors.trim().split('\n').at(-1) || 'it ended without an answer' };
}

/** Seconds from spawn to exit, and what was printed. */
async function runToEnd(command, threads, environment) {
  const began = performance.now();
  const { child, why } = start(command, threads, environment);
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  const [code] = await once(child, 'close');
  const seconds = (performance.now() - began) / 1e3;
  if (code !== 0) throw new Error(why());
  return { seconds, text };
}

export function openPrograms({ tools, folderOf }, work) {
  function commandOf(peer, mode, { hidden, replicas, threads, steps, contexts }) {
    const program = peer.tool.startsWith('native-') ? [] : [join(here, peer.file)];
    const numbers = [hidden, replicas, threads, steps].map(String);
    const tables = contexts.map((pair) => pair.join('/')).join(',');
    return [...tools[peer.tool].command, ...program, peer.variant, mode, ...numbers, startOf(work, hidden), tables];
  }

  /** `compiled`: where compilers keep their results; a folder in `work` is JAX's default, which is nowhere. */
  function environmentOf(peer, threads, compiled) {
    const jax = {
      JAX_COMPILATION_CACHE_DIR: join(compiled, 'jax'),
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0',
      JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES: '-1',
    };
    return {
      PYTHONPYCACHEPREFIX: folderOf('pycache'),
      TORCHINDUCTOR_CACHE_DIR: join(compiled, 'inductor'),
      ...(compiled.startsWith(work) ? {} : jax),
      ...peer.env?.(threads),
    };
  }

  return {
    /** How long a compiler took beforehand; null where none ran. */
    compileSecondsOf: ({ tool }) => tools[tool].compileSeconds ?? null,

    /** A program that has trained a job and waits for questions: its weights then, and ask() for a timing. */
    async startSteady(peer, job) {
      const out = join(work, 'weights');
      const environment = environmentOf(peer, job.threads, folderOf('compiled'));
      const { child, why } = start([...commandOf(peer, 'steady', job), out], job.threads, environment);
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const answer = async () => {
        for (;;) {
          const { value, done } = await lines.next();
          if (done) {
            if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
            throw new Error(why());
          }
          if (value.startsWith('{')) return JSON.parse(value);
        }
      };
      const ask = () => {
        child.stdin.write('\n');
        return answer();
      };
      const stop = () => child.kill();
      try {
        const { steps } = await answer();
        return { peer, steps, ask, stop, weights: readWeights(out, job.replicas * (6 * job.hidden + 2)) };
      } catch (error) {
        stop();
        throw error;
      }
    },

    /** Seconds from process start to result, the mean loss of every context, and the seconds that each trained. */
    async runWhole(peer, job, compiled) {
      const command = commandOf(peer, 'whole', job);
      const { seconds, text } = await runToEnd(command, job.threads, environmentOf(peer, job.threads, compiled));
      const { losses, seconds: training } = JSON.parse(text.trim().split('\n').at(-1));
      return { seconds, losses, training };
    },

    /** The command with an empty store; the mean losses are read from the records that it keeps there. */
    async runCommand({ hidden, replicas, steps, threads }) {
      const store = mkdtempSync(join(work, 'store-'));
      const network = { inputs: 3, hidden, activation: 'tanh', coding: '01', optimizer: 'gd', 'learning-rate': 0.5 };
      const options = Object.entries({ ...network, replicas, steps, workers: threads, store });
      const args = options.flatMap(([name, value]) => [`--${name}`, String(value)]);
      const { seconds } = await runToEnd([process.execPath, cli, 'train', ...args, '--json'], threads);
      const blocks = join(store, 'blocks');
      const records = readdirSync(blocks, { recursive: true })
        .filter((name) => name.endsWith('.ndjson'))
        .flatMap((name) => readFileSync(join(blocks, name), 'utf8').split('\n'))
        .filter((line) => line.startsWith('{"counts"'))
        .map((line) => JSON.parse(line).losses);
      rmSync(store, { recursive: true });
      if (records.length !== replicas) {
        throw new Error(`expected ${replicas} records in the store, got ${records.length}`);
      }
      return {
        seconds,
        losses: CONTEXTS.map((_, c) => mean(records.flatMap((losses) => losses.slice(2 * c, 2 * c + 2)))),
      };
    },
  };
}
