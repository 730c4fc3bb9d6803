// The two tables and the words of the peers bench.

import { JOB } from './whole.mjs';

export const nameOf = ({ peer, form, warm }) => `${peer}, ${form}${warm ? ', warm compile cache' : ''}`;
export const threadsOf = (threads) => `${threads} thread${threads === 1 ? '' : 's'}`;

const digits = (value) => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0));

function print(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  console.log(`\n${title}`);
  for (const row of rows) console.log(row.map(pad).join('  ').trimEnd());
}

export function printSteady(steady, threads, widths) {
  const entries = steady.filter((entry) => entry.threads === threads);
  const rows = [...new Set(entries.map(nameOf))].map((name) => [
    name,
    ...widths.flatMap((n) => {
      const entry = entries.find((each) => nameOf(each) === name && each.n === n);
      if (!entry) return ['-', '-', '-'];
      return [entry.nanoseconds.median, entry.nanoseconds.least, entry.ratio].map(digits);
    }),
  ]);
  const clock = threads === 1 ? 'CPU time' : 'wall time';
  const title = `steady state, ${threadsOf(threads)}: ns per replica-step (${clock}); ratio to ours, below 1 is ahead of us`;
  print(title, [['', ...widths.flatMap((n) => [`n = ${n}`, 'least', 'ratio'])], ...rows]);
}

export function printWhole(whole, threads) {
  const entries = whole.filter((entry) => entry.threads === threads);
  const rows = entries.map(({ seconds, ratio, loss, estimated, ...entry }) => [
    nameOf(entry),
    ...[seconds.median, seconds.least, ratio].map(digits),
    loss.toFixed(6),
    estimated ? `estimated from ${estimated.steps} steps of ${estimated.replicas} replicas (the loss is theirs)` : '',
  ]);
  const size = `${JOB.contexts.length} contexts x ${JOB.replicas} replicas x ${JOB.steps} steps, n = ${JOB.hidden}`;
  print(`whole job, ${threadsOf(threads)}: ${size}; wall seconds from process start to result`, [
    ['', 'median', 'least', 'ratio', 'mean loss', ''],
    ...rows,
  ]);
}

export function printCrossovers(crossovers) {
  console.log(`\nahead of us in the steady state at n = ${JOB.hidden}:${crossovers.length === 0 ? ' nobody' : ''}`);
  for (const { replicaSteps, startup, ...entry } of crossovers) {
    const replicas = Math.ceil(replicaSteps / (JOB.contexts.length * JOB.steps)).toLocaleString('en');
    const million = (replicaSteps / 1e6).toFixed(1);
    const from =
      replicaSteps === 0 ? 'at any size' : `from ${million} million replica-steps on, ${replicas} replicas of the job`;
    const starts = `starts in ${startup.peer.toFixed(2)} s, ours in ${startup.ours.toFixed(2)} s`;
    console.log(`  ${nameOf(entry)}, ${threadsOf(entry.threads)}: ${starts}; it wins ${from}`);
  }
}
