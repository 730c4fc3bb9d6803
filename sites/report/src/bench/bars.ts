// What the project promised before it measured, and whether each promise is met. A miss is shown like a hit.
import { percent, scientific, share, short, ratio as threeDecimals } from './numbers.ts';
import type { Accuracy, Dense, Growth, Options, Peers, Steady, WholeJob } from './results.ts';

/** Bars that the benches check but do not write into their files; test/site/kernel.test.ts compares them with the benches. */
export const BARS = {
  measuredOverPredicted: 1.5, // bench/kernel.mjs
  twoWorkers: 1.9, // bench/growth.mjs
  speedOfC: 0.8, // bench/dense.mjs
  ofPeak: 0.5,
  denseStep: { name: '20 x 500, 2 rows, gd', seconds: 20e-3 },
  asUsersWrite: 5, // times the kernel's time, at least
} as const;

/** The job of the peers' second table, as in bench/peers/whole.mjs. */
export const JOB = { hidden: 3, replicas: 4096, steps: 2000, contexts: 4 } as const;

/** Forms as somebody writes them who wants an answer, not a record; every other form is an expert's. Checked against bench/peers/list.mjs. */
export const AS_USERS_WRITE: readonly (readonly [peer: string, form: string])[] = [
  ['JavaScript', 'plain, f64'],
  ['TensorFlow.js wasm', 'autodiff'],
  ['TensorFlow.js cpu', 'autodiff'],
  ['numba', 'plain loop'],
  ['JAX', 'vmap + grad + scan'],
  ['PyTorch', 'bmm, autograd'],
  ['PyTorch', 'vmap + grad'],
  ['PyTorch', 'one network'],
];

/** Native code: the limit of the machine, with wider vectors and fused multiply-adds. It has a bar of its own. */
export const LIMIT = 'C++';

export const OURS = 'ours';
type Named = { peer: string; form: string };
export const isOurs = ({ peer }: Named): boolean => peer === OURS;
export const isLimit = ({ peer }: Named): boolean => peer === LIMIT;
export const isAsUsersWrite = (entry: Named): boolean =>
  AS_USERS_WRITE.some(([peer, form]) => peer === entry.peer && form === entry.form);

export const nameOf = ({ peer, form, warm }: Named & { warm?: boolean }): string => {
  if (isOurs({ peer, form })) return `ours: ${form === 'kernel' ? 'the kernel' : form}`;
  return `${peer} (${form}${warm ? '; warm compile cache' : ''})`;
};
export const threadWord = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** "W n=3" as "W, n = 3", "d=4 n=16" as "W, d = 4, n = 16". */
export const workName = (name: string): string =>
  name.replace(/^d=/, 'W, d=').replace(/,? ?\b([dn])=(\d+)/g, ', $1\u00a0=\u00a0$2');
/** "20 x 500" as "20 × 500". */
export const layerName = (name: string): string => name.replace(/(\d) x (?=\d)/g, '$1 × ').replace(/ - /g, ' – ');

/** A promise: what was measured, as text, and the bar that it had to keep to. */
export interface Bar {
  what: string;
  value: string;
  bar: string;
  met: boolean;
}

/** Other people's programs in the steady state at a width and number of threads, fastest first. */
export const rivals = (steady: Steady[], n: number, threads: number): Steady[] =>
  steady
    .filter((entry) => !isOurs(entry) && entry.n === n && entry.threads === threads)
    .sort((a, b) => a.ratio - b.ratio);

const sorted = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
export const widthsOf = ({ steady }: Peers): number[] => sorted(steady.map(({ n }) => n));
export const threadsOf = ({ steady, whole }: Peers): number[] =>
  sorted([...steady, ...whole].map(({ threads }) => threads));

export function peerBars({ steady, whole }: Peers): Bar[] {
  const bars: Bar[] = [];
  const users = steady.filter(isAsUsersWrite).sort((a, b) => a.ratio - b.ratio);
  if (users.length > 0) {
    const [{ n, threads, ratio }] = users;
    bars.push({
      what: `steady state on ${threadWord(threads)} at n = ${n}, the fastest form that users write, ${nameOf(users[0])}`,
      value: `${share(ratio)} times the kernel’s time`,
      bar: `at least ${BARS.asUsersWrite}`,
      met: ratio >= BARS.asUsersWrite,
    });
  }
  const others = whole.filter((entry) => !isOurs(entry)).sort((a, b) => a.ratio - b.ratio);
  for (const [title, fastest] of [
    ['the fastest other program but the native limit', others.find((entry) => !isLimit(entry))],
    ['the native limit', others.find(isLimit)],
  ] as const) {
    if (fastest === undefined) continue;
    bars.push({
      what: `whole job on ${threadWord(fastest.threads)}, ${title}, ${nameOf(fastest)}`,
      value: `${share(fastest.ratio)} times the kernel’s time`,
      bar: 'more than 1',
      met: fastest.ratio > 1,
    });
  }
  return bars;
}

/** The prototypes that the bars of bench/kernel.mjs name. */
export const PROTOTYPES: Record<string, string> = { direct: 'first prototype', product: 'second prototype' };

export function optionBars({ workloads }: Options): Bar[] {
  return workloads.flatMap(({ name, predicted, ratios }) => [
    ...Object.entries(ratios).map(([prototype, { ratio, bar }]) => ({
      ...{ what: `${workName(name)}, against the ${PROTOTYPES[prototype] ?? prototype}`, value: threeDecimals(ratio) },
      ...{ bar: `at most ${short(bar)}`, met: ratio <= bar },
    })),
    {
      ...{ what: `${workName(name)}, measured / predicted`, value: threeDecimals(predicted) },
      ...{ bar: `at most ${short(BARS.measuredOverPredicted)}`, met: predicted <= BARS.measuredOverPredicted },
    },
  ]);
}

/** A second worker is judged on idle cores alone: beside other work it takes its share from that work. */
export const judgesWorkers = ({ machine }: Pick<Growth, 'machine'>): boolean => machine.load <= machine.cores;

export function growthBars({ workers, machine }: Growth): Bar[] {
  return workers
    .filter((entry) => entry.workers === 2 && judgesWorkers({ machine }))
    .map(({ speedup }) => ({
      ...{ what: 'two workers against one', value: `${threeDecimals(speedup)} times the rate` },
      ...{ bar: `at least ${short(BARS.twoWorkers)}`, met: speedup >= BARS.twoWorkers },
    }));
}

export function denseBars({ kernels, steps }: Dense): Bar[] {
  return [
    ...kernels.flatMap(({ name, speedOfC, ofPeak }) => [
      ...(speedOfC === undefined
        ? []
        : [
            {
              ...{ what: `${layerName(name)}, against C`, value: `${threeDecimals(speedOfC)} times its speed` },
              ...{ bar: `at least ${short(BARS.speedOfC)}`, met: speedOfC >= BARS.speedOfC },
            },
          ]),
      ...(ofPeak === undefined
        ? []
        : [
            {
              ...{ what: `${layerName(name)}, of the peak`, value: percent(ofPeak, 1) },
              ...{ bar: `at least ${percent(BARS.ofPeak)}`, met: ofPeak >= BARS.ofPeak },
            },
          ]),
    ]),
    ...steps
      .filter(({ name }) => name === BARS.denseStep.name)
      .map(({ name, seconds }) => ({
        ...{ what: `a step of ${layerName(name)}`, value: `${threeDecimals(1e3 * seconds)} ms` },
        ...{ bar: `at most ${short(1e3 * BARS.denseStep.seconds)} ms`, met: seconds <= BARS.denseStep.seconds },
      })),
  ];
}

export const codingName = ({ coding }: { coding: 'pm' | '01' }): string => (coding === 'pm' ? '−1/+1' : '0/1');

export function accuracyBars({ activations, deltas }: Accuracy): Bar[] {
  return [
    ...activations.map((row) => ({
      ...row,
      what: `${row.activation}, d = ${row.inputs}, inputs ${codingName(row)}, ${row.form} form in ${row.dtype}, |w| ≤ ${row.reach}`,
    })),
    ...deltas.map((row) => ({
      ...row,
      what: `head derivative with ${row.activation}, |logit| ≤ ${scientific(row.reach)}`,
    })),
  ].flatMap(({ what, error, bar }) =>
    bar === null ? [] : [{ what, value: scientific(error), bar: `at most ${scientific(bar)}`, met: error <= bar }],
  );
}

export const wholeJobBars = ({ ratio, bar }: WholeJob): Bar[] => [
  {
    what: 'ncnet train against the time in its kernel',
    value: threeDecimals(ratio),
    bar: `at most ${short(bar)}`,
    met: ratio <= bar,
  },
];

/** "all 12 bars met", "10 of 12 bars met", "the bar is missed". */
export function tally(bars: Bar[]): string {
  const met = bars.filter((bar) => bar.met).length;
  if (bars.length === 0) return 'no bar measured';
  if (bars.length === 1) return met === 1 ? 'the bar is met' : 'the bar is missed';
  return met === bars.length ? `all ${met} bars met` : `${met} of ${bars.length} bars met`;
}
