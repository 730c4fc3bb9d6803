// Writes the measured tables of docs/kernel.md from bench/results/. A test keeps the page in step.
// node bench/docs.mjs [--check]

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = new URL('../docs/kernel.md', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(`results/${name}.json`, import.meta.url), 'utf8'));

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const machineOf = ({ machine }) =>
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}, ${machine.date.slice(0, 10)}`;

const TABLES = {
  law() {
    const growth = read('growth');
    const rows = growth.law.map(({ inputs, a, b, worst }) => [
      inputs,
      `${a.toFixed(1)} + ${b.toFixed(1)} n`,
      `${(100 * worst).toFixed(0)} %`,
    ]);
    return `${table(['inputs d', 'ns per replica-step', 'largest deviation, n = 1..64'], rows)}\n\n${machineOf(growth)}.`;
  },
  replicas() {
    const growth = read('growth');
    const rows = growth.replicas.map(({ replicas, seconds, nanoseconds, mebibytes }) => [
      replicas.toLocaleString('en'),
      seconds.toFixed(1),
      nanoseconds.toFixed(0),
      mebibytes.toFixed(0),
    ]);
    const head = ['replicas', 'whole command, s', 'ns per replica-step and worker', 'peak memory, MiB'];
    return `${table(head, rows)}\n\n${growth.bytesPerReplica.toFixed(0)} bytes per further replica.`;
  },
  operations() {
    const { workloads } = read('kernel');
    const rows = workloads.map(({ name, operations, nanoseconds, predicted }) => [
      name,
      ...['arithmetic', 'divisions', 'loads', 'stores', 'scalar'].map((kind) => operations[kind].toFixed(0)),
      nanoseconds.whole.median.toFixed(0),
      predicted.toFixed(2),
    ]);
    const head = [
      'workload',
      'arithmetic',
      'divisions, roots',
      'loads',
      'stores',
      'single numbers',
      'ns',
      'measured / predicted',
    ];
    return table(head, rows);
  },
};

const before = readFileSync(PAGE, 'utf8');
const after = before.replace(
  /<!-- (\w+) -->[\s\S]*?<!-- end -->/g,
  (_, name) => `<!-- ${name} -->\n${TABLES[name]()}\n<!-- end -->`,
);
if (!process.argv.includes('--check')) writeFileSync(PAGE, after);
else if (after !== before) {
  console.error(
    `${fileURLToPath(PAGE)}: expected the numbers of bench/results, got others; run \`node bench/docs.mjs\``,
  );
  process.exitCode = 1;
}
