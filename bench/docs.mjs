// Writes the measured tables of the pages of docs/ from bench/results/. A test keeps the pages in step.
// node bench/docs.mjs [--check]

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGES = ['kernel', 'data', 'lora'].map((name) => new URL(`../docs/${name}.md`, import.meta.url));
const fileOf = (name) => new URL(`results/${name}.json`, import.meta.url);
const read = (name) => JSON.parse(readFileSync(fileOf(name), 'utf8'));

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const machineOf = ({ machine }) =>
  `${machine.cpu}, ${machine.cores} cores, load average ${machine.load.toFixed(1)}, Node ${machine.node.slice(1)}, ${machine.date.slice(0, 10)}${machine.load > machine.cores ? ' (beside other work, so that absolute times do not hold)' : ''}`;

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
    const { quarters } = growth.replicas.at(-1);
    const rates = quarters?.map((rate) => (rate / 1e6).toFixed(1));
    const flat = rates
      ? ` Rate of the four quarters of the largest run: ${rates.join(', ')} million replica-steps a second.`
      : '';
    return `${table(head, rows)}\n\n${growth.bytesPerReplica.toFixed(0)} bytes per further replica.${flat}`;
  },
  operations() {
    const kernel = read('kernel');
    const { workloads } = kernel;
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
    return `${table(head, rows)}\n\n${machineOf(kernel)}. The times of two rows are of different minutes; the last column compares with W in the same round.`;
  },
  peers() {
    const peers = read('peers');
    const nameOf = (whole) => `${whole.peer} (${whole.form}${whole.warm ? '; warm compile cache' : ''})`;
    const names = [...new Set(peers.whole.filter(({ ratio }) => ratio < 10).map(nameOf))];
    const entry = (name, threads) => peers.whole.find((whole) => nameOf(whole) === name && whole.threads === threads);
    const ratio = (name) => entry(name, 1)?.ratio ?? Infinity;
    const cells = (found) =>
      found === undefined ? ['-', '-'] : [found.seconds.median.toFixed(2), found.ratio.toFixed(2)];
    const rows = names
      .sort((a, b) => ratio(a) - ratio(b))
      .map((name) => [name, ...cells(entry(name, 1)), ...cells(entry(name, 2))]);
    const times = peers.whole.flatMap(({ compileSeconds }) => compileSeconds ?? []);
    const compiling = times.length > 0 ? ` Compiling C++ took ${Math.max(...times).toFixed(1)} s.` : '';
    const head = ['program', '1 thread, s', 'ratio', '2 threads, s', 'ratio'];
    return `${table(head, rows)}\n\n${machineOf(peers)}; medians of ${peers.rounds} interleaved rounds (fewer for long jobs); a ratio is the median of those to the kernel's run just before, not the quotient of the medians. Every other program that was timed takes at least ten times as long.${compiling}`;
  },
  fast() {
    const rows = read('kernel').workloads.filter(({ fast }) => fast !== undefined);
    const times = rows.map(({ name, fast }) => `${fast.toFixed(2)} (${name})`);
    return `Measured: ${times.join(', ')} times the time of the reproducible build.`;
  },
  dense() {
    const dense = read('dense');
    const shown = (number, digits = 2) => (number === undefined ? '-' : number.toFixed(digits));
    const loops = dense.kernels.map(({ name, speedOfC, ofPeak }) => [name, shown(speedOfC), shown(ofPeak)]);
    const steps = dense.steps.map(({ name, seconds }) => [name, Number((1e3 * seconds).toPrecision(2))]);
    const tables = [
      table(['loop', 'speed by that of C', 'share of the peak'], loops),
      table(['one step of a network', 'ms'], steps),
    ];
    return `${tables.join('\n\n')}\n\n${machineOf(dense)}. The bars: .8 of the speed of C, half of the peak with 64 rows, 20 ms for a step of 20 x 500 with two rows.`;
  },
  accuracy() {
    const { activations } = read('accuracy');
    const widths = [...new Set(activations.map(({ inputs }) => inputs))];
    const product = activations.filter(({ form }) => form === 'product');
    const keys = [...new Set(product.map(({ activation, coding, reach }) => `${activation} ${coding} ${reach}`))];
    const rows = keys.map((key) => {
      const cells = product.filter(({ activation, coding, reach }) => `${activation} ${coding} ${reach}` === key);
      const [{ activation, coding, reach }] = cells;
      const shown = cells.map(({ error, bar }) => `${error.toExponential(1)}${error > bar ? ' *' : ''}`);
      return [`${activation}, ${coding === 'pm' ? '-1/+1' : '0/1'}`, `<= ${reach}`, ...shown];
    });
    const missed = product.filter(({ error, bar }) => error > bar).length;
    const given = product.filter(({ asGiven, bar }) => asGiven > bar);
    const largest = Math.max(...product.filter(({ reach }) => reach <= 3).map(({ asGiven }) => asGiven));
    const head = ['activation, inputs', 'weights', ...widths.map((d) => `d = ${d}`)];
    const bars = '5e-7 for |w| <= 3 and one and a half times the error of the direct form beyond';
    const held = `Above the bars, ${bars}, are ${missed} of ${product.length}${missed > 0 ? ' (*)' : ''}, against the weights that the kernel holds.`;
    return `${table(head, rows)}\n\n${held} Against weights as they are given, which are rounded once when they become exponents, ${given.length} are, all with ${[...new Set(given.map(({ activation }) => activation))].join(' or ')}; the largest for |w| <= 3 is then ${largest.toExponential(1)}.`;
  },
  tasks() {
    const tasks = read('tasks');
    const rows = tasks.rows.map(({ task, beside, loss, heldOut, accuracy, interval, majority }) => [
      task,
      beside,
      `${loss.first.toFixed(2)} → ${loss.last.toFixed(2)}`,
      heldOut,
      `${accuracy.toFixed(3)} [${interval.map((end) => end.toFixed(3)).join(', ')}]`,
      majority.accuracy.toFixed(3),
    ]);
    const head = ['task', 'beside', 'loss', 'held-out rows', 'accuracy, 95 % (Wilson)', 'commonest class'];
    const cost = `${Math.round(tasks.cpuSeconds / 60)} CPU-minutes on ${tasks.backend}`;
    return `${table(head, rows)}\n\n${machineOf(tasks)}; ${cost}.`;
  },
  steps() {
    const bert = read('bert');
    const rows = bert.rows.map(({ size, program, milliseconds, ratios, kernels }) => {
      const { layers, hidden, length, batch } = bert.sizes[size];
      return [
        `${layers} x ${hidden}, ${batch} rows of ${length} tokens`,
        program === 'pytorch' ? 'PyTorch + PEFT' : program,
        milliseconds.median.toFixed(0),
        ratios.pytorch?.toFixed(2) ?? '1',
        kernels ?? '-',
      ];
    });
    const head = ['size', 'program', 'ms per step', 'to PyTorch', 'kernel calls'];
    const bars = bert.bars.map(
      ({ what, value, bar, met }) => `${what} ${Number(value.toFixed(2))} (${bar}, ${met ? 'met' : 'missed'})`,
    );
    const left = bert.skipped.map(({ name, reason }) => `${name} (${reason})`).join('; ');
    return `${table(head, rows)}\n\n${machineOf(bert)}; medians of ${bert.rounds} interleaved rounds, one thread each. ${left === '' ? '' : `Left out: ${left}. `}Ratios and their bars, set beforehand: ${bars.join('; ')}.`;
  },
};

for (const page of PAGES) {
  const before = readFileSync(page, 'utf8');
  const after = before.replace(
    /<!-- (\w+) -->[\s\S]*?<!-- end -->/g,
    (_, name) => `<!-- ${name} -->\n${TABLES[name]()}\n<!-- end -->`,
  );
  if (!process.argv.includes('--check')) writeFileSync(page, after);
  else if (after !== before) {
    console.error(
      `${fileURLToPath(page)}: expected the numbers of bench/results, got others; run \`node bench/docs.mjs\``,
    );
    process.exitCode = 1;
  }
}
