// What the benches share: medians, and the machine that a result belongs to.

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
