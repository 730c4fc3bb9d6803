// What the benches share: medians, and the machine that a result belongs to.

import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const summary = (numbers) => ({ median: median(numbers), least: Math.min(...numbers) });

export const describeMachine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
  cores: availableParallelism(),
  load: loadavg()[0],
  node: process.version,
  date: new Date().toISOString(),
});

/** Whether processes can be kept to a core: where `taskset` is. */
export const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Keeps a process and all of its threads to one core, where that is possible. */
export function keepToCore(process, core) {
  if (!pinned) return;
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)]);
  if (status !== 0)
    throw new Error(`expected taskset to keep process ${process.pid} to core ${core}, got exit ${status}`);
}
