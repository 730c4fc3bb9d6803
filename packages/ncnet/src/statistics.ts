// Records to the per-replica numbers that the statistics need. Pure arithmetic: a worker loads it without chsh or zod.
import type { Cell, OutcomeRule } from './cell.ts';
import type { ProbeRecord, ReplicaRecord } from './record-schema.ts';

/** Per-replica numbers of one rule: what the statistics need, as typed arrays that cross threads. */
export interface RuleStatistics {
  correlations: Float64Array; // [replicas, 4] contexts 11, 12, 21, 22
  marginals: Float64Array; // [replicas, 8] a1b1, a1b2, a2b1, a2b2, b1a1, b1a2, b2a1, b2a2
  joint22: number[]; // [4] counts ++, +-, -+, -- of context 22, summed over replicas
  flips: number[] | null; // [8] flips and pairs of a1, a2, b1, b2, summed over replicas
}

/** Per-replica numbers that belong to no rule. */
export interface ProbeStatistics {
  rises: Float64Array | null; // [replicas, 8] fraction of steps on which a head's loss rises, per context and head
  cosine: Float64Array | null; // [replicas, 4]
}

export interface BlockStatistics {
  rules: Partial<Record<OutcomeRule, RuleStatistics>>;
  probes: ProbeStatistics;
}

/**
 * Statistics of a block of records for every rule that the records hold.
 * @param wanted leaves out the other rules
 */
export function blockStatistics(
  cell: Cell,
  records: ReplicaRecord[],
  probes: ProbeRecord[] | null,
  wanted?: readonly OutcomeRule[],
): BlockStatistics {
  const rules: BlockStatistics['rules'] = {};
  const isWanted = (rule: OutcomeRule): boolean => wanted?.includes(rule) ?? true;
  for (const rule of ['correct', 'held-out', 'success', 'tolerance'] as const) {
    if (!isWanted(rule)) continue;
    if (records.length > 0 && records[0].counts[rule] === null) continue;
    const statistics = ruleStatistics(records.map((record) => record.counts[rule]!));
    statistics.flips = new Array<number>(8).fill(0);
    for (const record of records) for (let k = 0; k < 8; k++) statistics.flips[k] += record.flips[rule]![k];
    rules[rule] = statistics;
  }
  if (probes !== null && cell.lossSteps !== 'none' && isWanted('loss-step')) {
    rules['loss-step'] = ruleStatistics(probes.map((probe) => probe['loss-step']!));
  }
  const gather = (width: number, read: (probe: ProbeRecord) => number[] | null): Float64Array | null => {
    if (probes === null || probes.length === 0 || read(probes[0]) === null) return null;
    const out = new Float64Array(probes.length * width);
    for (const [r, probe] of probes.entries()) out.set(read(probe)!, r * width);
    return out;
  };
  const steps = cell.steps > 1 ? cell.steps - 1 : 1;
  return {
    rules,
    probes: {
      rises: gather(8, (probe) => probe.rises?.map((count) => count / steps) ?? null),
      cosine: gather(4, (probe) => probe.cosine),
    },
  };
}

/** @param counts by replica: contexts 11, 12, 21, 22; outcomes ++, +-, -+, -- */
export function ruleStatistics(counts: number[][]): RuleStatistics {
  const correlations = new Float64Array(counts.length * 4);
  const marginals = new Float64Array(counts.length * 8);
  const joint22 = [0, 0, 0, 0];
  for (let r = 0; r < counts.length; r++) {
    const n = counts[r];
    for (let c = 0; c < 4; c++) {
      const pp = n[4 * c];
      const pm = n[4 * c + 1];
      const mp = n[4 * c + 2];
      const mm = n[4 * c + 3];
      const total = pp + pm + mp + mm;
      if (total === 0) continue;
      correlations[4 * r + c] = (pp + mm - pm - mp) / total;
      // Context c = (i, j): Alice's mean stands at 2i + j, Bob's at 4 + 2j + i.
      const i = c >> 1;
      const j = c & 1;
      marginals[8 * r + 2 * i + j] = (pp + pm - mp - mm) / total;
      marginals[8 * r + 4 + 2 * j + i] = (pp + mp - pm - mm) / total;
    }
    for (let k = 0; k < 4; k++) joint22[k] += n[12 + k];
  }
  return { correlations, marginals, joint22, flips: null };
}

/**
 * Joins the statistics of consecutive blocks as they come, each copied to its place: a sweep holds every number once.
 * @param replicas of all blocks together
 */
export function openJoin(replicas: number) {
  let joined: BlockStatistics | null = null;
  let first = 0; // replica of the next block
  const append = (whole: Float64Array | null, part: Float64Array | null, width: number): void =>
    whole?.set(part!, first * width);
  return {
    /** @param count replicas of the block */
    add({ rules, probes }: BlockStatistics, count: number): void {
      joined ??= emptyLike({ rules, probes }, replicas);
      for (const rule of Object.keys(rules) as OutcomeRule[]) {
        const [whole, part] = [joined.rules[rule]!, rules[rule]!];
        append(whole.correlations, part.correlations, 4);
        append(whole.marginals, part.marginals, 8);
        for (let k = 0; k < 4; k++) whole.joint22[k] += part.joint22[k];
        for (let k = 0; k < 8 && whole.flips !== null; k++) whole.flips[k] += part.flips![k];
      }
      append(joined.probes.rises, probes.rises, 8);
      append(joined.probes.cosine, probes.cosine, 4);
      first += count;
    },
    /** Statistics of all replicas, once the last block is added. */
    finish(): BlockStatistics {
      if (first !== replicas) throw new Error(`openJoin: expected ${replicas} replicas, got ${first}`);
      return joined!;
    },
  };
}

/** Zeros in place of a block's numbers, for so many replicas. */
function emptyLike({ rules, probes }: BlockStatistics, replicas: number): BlockStatistics {
  const zeros = (width: number): Float64Array => new Float64Array(replicas * width);
  return {
    rules: Object.fromEntries(
      Object.entries(rules).map(([rule, { flips }]) => [
        rule,
        { correlations: zeros(4), marginals: zeros(8), joint22: [0, 0, 0, 0], flips: flips?.map(() => 0) ?? null },
      ]),
    ),
    probes: { rises: probes.rises && zeros(8), cosine: probes.cosine && zeros(4) },
  };
}
