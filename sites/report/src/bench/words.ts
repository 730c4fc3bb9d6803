// The findings of the kernel page as sentences, made from the measurements alone.

import { fixed } from '../format.ts';
import {
  BARS,
  isAsUsersWrite,
  isLimit,
  isOurs,
  JOB,
  judgesWorkers,
  nameOf,
  rivals,
  threadsOf,
  threadWord,
  widthsOf,
} from './bars.ts';
import { counted, digits, listed, outOf, percent, scientific, share, ratio as threeDecimals } from './numbers.ts';
import type { Accuracy, BenchName, Dense, Growth, Machine, Options, Peers, Steady, WholeJob } from './results.ts';

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
const faster = <T extends { ratio: number }>(entries: T[]): T[] => entries.filter(({ ratio }) => ratio < 1);

/** What still holds of a bench that ran beside other work; empty where the load average is at most the number of cores. */
export function loadRemark(name: BenchName, { load, cores }: Pick<Machine, 'load' | 'cores'>): string {
  if (load <= cores) return '';
  const measured = `Measured beside other work, at a load average of ${load.toFixed(1)} on ${cores} core${cores === 1 ? '' : 's'}`;
  if (name === 'accuracy') return `${measured}, on which errors do not depend.`;
  const workers =
    name === 'growth' ? ' Nor does the gain of a second worker, which takes its share from that work.' : '';
  return `${measured}: ratios of interleaved runs hold, absolute times do not.${workers}`;
}

/** That the bench measured another build of the kernel than the present one; empty where it is the same. */
export const otherBuildRemark = (measured: string, built: string): string =>
  measured === built
    ? ''
    : `Measured on another build of this kernel than the present one, whose sha-256 begins ${built.slice(0, 12)}: its times may differ.`;

/** "6 of 19 programs at n = 3 and 5 of 19 at n = 16" that are faster in the steady state. */
export function aheadCounts(peers: Peers, threads: number): string {
  const counts = widthsOf(peers).map((n, index) => {
    const all = rivals(peers.steady, n, threads);
    return `${outOf(faster(all).length, all.length)}${index === 0 ? ' programs' : ''} at n = ${n}`;
  });
  return listed(counts);
}

const wholeRivals = ({ whole }: Peers, threads: number) =>
  whole.filter((entry) => !isOurs(entry) && entry.threads === threads).sort((a, b) => a.ratio - b.ratio);

export function peersHeadline(peers: Peers): string {
  const [threads] = threadsOf(peers);
  const others = wholeRivals(peers, threads);
  const whole =
    others.length === 0
      ? ''
      : `; over the whole job, from process start to result, ${outOf(faster(others).length, others.length)}`;
  return `On ${threadWord(threads)} and in the steady state, ${aheadCounts(peers, threads)} are faster than the kernel${whole}.`;
}

/** What each program that is ahead in the steady state gains, and from which size of job on it also wins the whole job. */
export function aheadLines(peers: Peers): string[] {
  const widths = widthsOf(peers);
  const [threads] = threadsOf(peers);
  const ahead = faster(widths.flatMap((n) => rivals(peers.steady, n, threads)));
  return [...new Set(ahead.map(nameOf))].map((name) => {
    const entries = ahead.filter((entry) => nameOf(entry) === name);
    const shares = entries.map(
      ({ n, ratio }, index) => `${share(ratio)}${index === 0 ? ' of the kernel’s time' : ''} at n = ${n}`,
    );
    return `${name}: ${listed(shares)}; ${winsFrom(peers, entries[0])}.`;
  });
}

function winsFrom({ crossover, steady }: Peers, { peer, form, threads }: Steady): string {
  const entries = crossover.filter((entry) => entry.peer === peer && entry.form === form);
  if (entries.length === 0) {
    const ahead = faster(rivals(steady, JOB.hidden, threads)).some(
      (entry) => entry.peer === peer && entry.form === form,
    );
    return ahead ? 'it was not timed on the whole job' : `at n = ${JOB.hidden} it is behind`;
  }
  const parts = entries.map((entry) => {
    const cache = entry.warm ? ' and a warm compile cache' : '';
    return `${sizeWord(entry)} (${threadWord(entry.threads)}${cache})`;
  });
  const sizes = [...new Set(entries.map(sizeWord))];
  return `it wins the whole job ${sizes.length === 1 ? sizes[0] : listed(parts)}`;
}

function sizeWord({ replicaSteps }: { replicaSteps: number | null }): string {
  if (replicaSteps === null) return 'at no size';
  return replicaSteps === 0 ? 'at any size' : `from ${counted(replicaSteps)} replica-steps`;
}

/** The rest of the comparison: more threads, and the whole job on each number of them. */
export function otherLines(peers: Peers): string[] {
  const counts = threadsOf(peers);
  const steady = counts
    .slice(1)
    .map(
      (threads) => `Steady state on ${threadWord(threads)}: ${aheadCounts(peers, threads)} are faster than the kernel.`,
    );
  const whole = counts.flatMap((threads) => {
    const all = wholeRivals(peers, threads);
    if (all.length === 0) return [];
    const names = faster(all).map((entry) => `${nameOf(entry)} at ${share(entry.ratio)}`);
    const none = `no other program is faster than the kernel; the next is ${nameOf(all[0])} at ${share(all[0].ratio)}`;
    const some = `faster than the kernel ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
    return [`Whole job on ${threadWord(threads)}: ${names.length === 0 ? none : some} of its time.`];
  });
  return [...steady, ...whole];
}

/** What separates native code from the kernel, and what its compiling adds. Empty where none was timed. */
export function limitSentence({ whole }: Peers): string {
  const limits = whole.filter(isLimit);
  if (limits.length === 0) return '';
  const compiled = limits.flatMap(({ compileSeconds, seconds, threads }) =>
    compileSeconds == null ? [] : [{ compiling: compileSeconds, sum: compileSeconds + seconds.median, threads }],
  );
  const sums = [...new Set(compiled.map(({ threads }) => threads))].flatMap((threads) => {
    const sum = Math.min(...compiled.filter((entry) => entry.threads === threads).map((entry) => entry.sum));
    const ours = whole.find((entry) => isOurs(entry) && entry.form === 'kernel' && entry.threads === threads);
    return ours === undefined
      ? []
      : [`${digits(sum)} s on ${threadWord(threads)} (the kernel: ${digits(ours.seconds.median)} s)`];
  });
  const times = compiled.map(({ compiling }) => compiling);
  const before = times.length === 0 ? '' : `, in ${range(times, digits)} s`;
  const counted = sums.length === 0 ? '' : ` Compiled and run it takes at least ${listed(sums)}.`;
  return `${limits[0].peer} marks the native limit of the machine: vectors of 256 and 512 bits and fused multiply-adds, which WebAssembly does not have as long as its results are to be the same on every machine. It was compiled for this machine beforehand${before}; that is not counted, while what other programs compile as they run is.${counted}`;
}

/** How often the programs ran the whole job, where some ran it less often than the rest. */
export function roundsSentence({ whole }: Peers): string {
  const counts = whole.flatMap(({ rounds }) => rounds ?? []);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return counts.length === 0 || least === most
    ? ''
    : `Programs that take long ran it in ${least} rounds, the others in ${most}.`;
}

/** The command that a user types, on the same job: what it takes, and who is faster than it. Empty where it was not timed. */
export function commandSentence(peers: Peers): string {
  const parts = threadsOf(peers).flatMap((threads) => {
    const command = peers.whole.find(
      (entry) => isOurs(entry) && entry.form !== 'kernel' && entry.threads === threads && !entry.warm,
    );
    if (command === undefined) return [];
    const all = wholeRivals(peers, threads);
    const ahead = all.filter(({ ratio }) => ratio < command.ratio).length;
    return [
      `${share(command.ratio)} times as long on ${threadWord(threads)}, where ${outOf(ahead, all.length)} programs are faster than it`,
    ];
  });
  if (parts.length === 0) return '';
  return `The kernel’s own program trains and ends, as the others do; ncnet train also counts outcomes, hashes every replica, stores the records and computes the statistics, and takes ${listed(parts)}.`;
}

/** What separates the forms that users write from the kernel. */
export function usersSentence(peers: Peers): string | null {
  const users = peers.steady.filter(isAsUsersWrite).sort((a, b) => a.ratio - b.ratio);
  if (users.length === 0) return null;
  const [first, last] = [users[0], users[users.length - 1]];
  const least = `${share(first.ratio)} times the kernel’s time${first.ratio === last.ratio ? '' : ' at least'} (${first.peer}, ${first.form})`;
  const most = first.ratio === last.ratio ? '' : ` and ${share(last.ratio)} times at most (${last.peer}, ${last.form})`;
  return `As users write them, other programs take ${least}${most}.`;
}

/** From which size on a program that is ahead in the steady state also wins the whole job, for the table. */
export function crossoverCells({ replicaSteps }: { replicaSteps: number | null }): [size: string, replicas: string] {
  if (replicaSteps === null) return ['never', '–'];
  if (replicaSteps === 0) return ['any size', 'any'];
  return [counted(replicaSteps), counted(replicaSteps / (JOB.contexts * JOB.steps))];
}

/** What was not measured. */
export function gaps({ skipped, failed }: Peers): { name: string; reason: string }[] {
  const name = (entry: Peers['failed'][number]) => `${nameOf(entry)}, ${entry.where}, ${threadWord(entry.threads)}`;
  return [...skipped, ...failed.map((entry) => ({ name: name(entry), reason: entry.reason }))];
}

/** Where several runs were joined: which programs were timed together. Empty for one run. */
export function runsSentence({ runs = [] }: Peers): string {
  if (runs.length < 2) return '';
  const parts = runs.map(({ peers, rounds, load }) => `${listed(peers)} (${rounds} rounds, load ${load.toFixed(1)})`);
  return `The programs were timed in ${runs.length} runs on the same machine, each beside the kernel: ${parts.join('; ')}. The kernel’s own row is that of the first; a ratio compares within one run, nanoseconds and seconds of different runs do not.`;
}

export function estimatesSentence({ whole }: Peers): string {
  const estimated = new Set(whole.filter((entry) => entry.estimated !== null).map(nameOf));
  if (estimated.size === 0) return 'Every program ran it in full.';
  const which = estimated.size === 1 ? 'One row is an estimate' : `${estimated.size} rows are estimates`;
  return `${which}, marked so: such a program trains a sample of the job, and the rest is added in proportion.`;
}

/** The rate of the largest run, quarter by quarter. Empty where it was too short. */
export function quartersSentence({ replicas }: Growth): string {
  const { quarters, replicas: count } = replicas.at(-1) ?? {};
  if (!quarters || count === undefined) return '';
  const rates = quarters.map((rate) => digits(rate / 1e6));
  return `In the run of ${counted(count)} replicas the rate of the four quarters is ${listed(rates)} million replica-steps a second.`;
}

/** "0.55" or "0.55 to 0.81". */
function range(values: number[], show: (value: number) => string): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => show(value));
  return low === high ? low : `${low} to ${high}`;
}

export function optionsHeadline({ workloads }: Options): string {
  const parts = ['direct', 'product'].flatMap((prototype) => {
    const ratios = workloads.flatMap(({ ratios }) => (ratios[prototype] ? [ratios[prototype].ratio] : []));
    const which = prototype === 'direct' ? 'first' : 'second';
    return ratios.length === 0 ? [] : [`${range(ratios, threeDecimals)} of the time of the ${which} prototype`];
  });
  const predicted = workloads.map((workload) => workload.predicted);
  const cost = `an option costs ${range(predicted, digits)} times what its operations predict`;
  return parts.length === 0 ? `${capital(cost)}.` : `The kernel takes ${listed(parts)}; ${cost}.`;
}

/** When and where the ratios to the prototypes were measured, and that no reader can measure them again. */
export function prototypesSentence({ machine, kernel, workloads }: Options): string {
  const entries = workloads.flatMap(({ ratios }) => Object.values(ratios));
  if (entries.length === 0) return '';
  const here = { date: machine.date, cpu: machine.cpu, kernel };
  const sources = new Set(
    entries.map(({ measured = here }) => {
      const older =
        measured.kernel === kernel ? '' : `, of an earlier kernel (sha-256 ${measured.kernel.slice(0, 8)}…)`;
      return `on ${measured.date.slice(0, 10)}, ${measured.cpu}${older}`;
    }),
  );
  return `The code of the prototypes is not in this repository, so the ratios to them cannot be measured again from it: they were measured ${listed([...sources])}.`;
}

export function growthHeadline({ law, workers, widths, bytesPerReplica, machine }: Growth): string {
  const worst = Math.max(...law.map((line) => line.worst));
  const hidden = widths.map((point) => point.hidden);
  const inputs = law.map((line) => line.inputs);
  const span = `n = ${Math.min(...hidden)} to ${Math.max(...hidden)} and d = ${Math.min(...inputs)} to ${Math.max(...inputs)}`;
  const two = workers.find((entry) => entry.workers === 2 && judgesWorkers({ machine }));
  const pair = two === undefined ? '' : `; two workers do ${digits(two.speedup)} times the work of one`;
  const memory =
    bytesPerReplica === null ? '' : `; a further replica takes ${fixed(Math.max(0, bytesPerReplica), 0)} bytes`;
  return `Time grows with the width n as a + b n, off by ${percent(worst)} at most for ${span}${pair}${memory}.`;
}

export function denseHeadline({ kernels, steps }: Dense): string {
  const speeds = kernels.flatMap(({ speedOfC }) => (speedOfC === undefined ? [] : [speedOfC]));
  const peaks = kernels.flatMap(({ ofPeak }) => (ofPeak === undefined ? [] : [ofPeak]));
  const parts: string[] = [];
  if (speeds.length > 0) parts.push(`run at ${range(speeds, digits)} times the speed of C compiled to WebAssembly`);
  if (peaks.length > 0) {
    parts.push(`reach ${range(peaks, percent)} of this machine’s WebAssembly SIMD peak in products of 64 rows`);
  }
  const loops = parts.length === 0 ? '' : `The hot loops ${listed(parts)}`;
  const step = steps.find(({ name }) => name === BARS.denseStep.name);
  if (step === undefined) return loops === '' ? 'No bar of the dense kernel was measured.' : `${loops}.`;
  const one = `one step of a network of 20 layers with 500 units takes ${digits(1e3 * step.seconds)} ms`;
  return loops === '' ? `${capital(one)}.` : `${loops}; ${one}.`;
}

export function accuracyHeadline({ activations, deltas }: Accuracy): string {
  const most = (rows: { error: number }[]) => scientific(Math.max(...rows.map(({ error }) => error)));
  const single = activations.filter(({ form, dtype, reach }) => form === 'product' && dtype === 'f32' && reach <= 3);
  const double = activations.filter(({ dtype }) => dtype === 'f64');
  const parts = [
    ...(single.length > 0 ? [`${most(single)} for activations of the product form with weights up to 3`] : []),
    `${most(deltas)} for the derivatives of the heads`,
    ...(double.length > 0 ? [`${most(double)} for activations in double precision`] : []),
  ];
  return `The largest absolute errors are ${listed(parts)}.`;
}

export const wholeJobHeadline = ({ ratio, replicas }: WholeJob): string =>
  `A whole ncnet train of ${counted(replicas)} replicas takes ${threeDecimals(ratio)} times the kernel’s own time.`;
