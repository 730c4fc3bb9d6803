// The kernel's ratios to the prototypes, whose code is not in this repository, outlive the results that are measured without them.
import { readFileSync } from 'node:fs';

/** The result of the kernel bench that a file holds; null where it holds none. */
export function readEarlier(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(result.workloads) ? result : null;
  } catch {
    return null;
  }
}

/**
 * A result of the kernel bench with the ratios that it could not measure and an earlier result has; each says when, where
 * and of which kernel it was measured.
 */
export function keepRatios(fresh, earlier) {
  const { machine, kernel } = earlier;
  const source = { date: machine.date, cpu: machine.cpu, kernel };
  const workloads = fresh.workloads.map((workload) => {
    const old = earlier.workloads.find(({ name }) => name === workload.name)?.ratios ?? {};
    const kept = Object.entries(old).map(([prototype, entry]) => [prototype, { measured: source, ...entry }]);
    return { ...workload, ratios: { ...Object.fromEntries(kept), ...workload.ratios } };
  });
  return { ...fresh, workloads };
}
