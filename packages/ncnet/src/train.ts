// trainReplicas: a cell and a range of replicas to their records, on any backend. Four contexts share every random draw.
import type { Backend, TrainedBlock } from './backend.ts';
import { tableBits } from './boolean-task.ts';
import type { Cell } from './cell.ts';
import { FINAL_RULES, type FinalRule, readOutcomes } from './outcomes.ts';
import { type ProbeRecord, type ReplicaRecord, sha256Hex } from './record.ts';

/** Contexts in order 11, 12, 21, 22 as [Alice's task, Bob's task]. */
const CONTEXTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** The two contexts of each observable a1, a2, b1, b2 and the head that reads it. */
const OBSERVABLES = [
  { head: 0, contexts: [0, 1] },
  { head: 0, contexts: [2, 3] },
  { head: 1, contexts: [0, 2] },
  { head: 1, contexts: [1, 3] },
] as const;

export interface ReplicaRange {
  first: number;
  count: number;
}

export interface TrainedReplicas {
  records: ReplicaRecord[];
  probes: ProbeRecord[] | null;
}

/** Trains the replicas of a range in all four contexts and reads every outcome rule. */
export function trainReplicas(cell: Cell, range: ReplicaRange, backend: Backend): TrainedReplicas {
  const alice = cell.alice.map(tableBits);
  const bob = cell.bob.map(tableBits);
  const best = new Array<{ restart: number; loss: number }>(range.count);
  const kept = new Array<TrainedBlock[]>(range.count);
  for (let restart = 0; restart < cell.restarts; restart++) {
    const blocks = CONTEXTS.map(([i, j]) =>
      backend.train(cell, { alice: alice[i], bob: bob[j], firstReplica: range.first, replicas: range.count, restart }),
    );
    for (let r = 0; r < range.count; r++) {
      const loss = totalLoss(blocks, r);
      if (restart === 0 || loss < best[r].loss) {
        best[r] = { restart, loss };
        kept[r] = blocks;
      }
    }
  }
  const targets = CONTEXTS.map(([i, j]) => [alice[i], bob[j]] as const);
  const records: ReplicaRecord[] = [];
  const probes: ProbeRecord[] = [];
  for (let r = 0; r < range.count; r++) {
    records.push(readRecord(cell, kept[r], targets, r, range.first + r, best[r].restart));
    probes.push(readProbes(kept[r], r, range.first + r));
  }
  return { records, probes: cell.lossSteps === 'none' && !cell.cosine ? null : probes };
}

/** Final loss summed over both heads and all four contexts; a loss that is not a number counts as infinite. */
function totalLoss(blocks: TrainedBlock[], r: number): number {
  let sum = 0;
  for (const { losses } of blocks) sum += losses[2 * r] + losses[2 * r + 1];
  return sum !== sum ? Number.POSITIVE_INFINITY : sum;
}

function readRecord(
  cell: Cell,
  blocks: TrainedBlock[],
  targets: (readonly [Uint8Array, Uint8Array])[],
  r: number,
  replica: number,
  restart: number,
): ReplicaRecord {
  const rows = targets[0][0].length;
  const trained: number[] = [];
  const heldOut: number[] = [];
  for (let row = 0; row < rows; row++) (blocks[0].trainingRows[r * rows + row] ? trained : heldOut).push(row);
  const counts: Partial<Record<FinalRule, number[] | null>> = {};
  const flips: Partial<Record<FinalRule, number[] | null>> = {};
  for (const rule of FINAL_RULES) {
    const read = rule === 'held-out' ? heldOut : trained;
    if (read.length === 0) {
      counts[rule] = null;
      flips[rule] = null;
      continue;
    }
    const outcomes = blocks.map((block, c) =>
      ([0, 1] as const).map((head) => readOutcomes(rule, cell, block, r, head, targets[c][head], read)),
    );
    counts[rule] = jointCounts(outcomes);
    flips[rule] = countFlips(outcomes);
  }
  return {
    counts: counts as ReplicaRecord['counts'],
    flips: flips as ReplicaRecord['flips'],
    losses: blocks.flatMap(({ losses }) => [finiteOrNull(losses[2 * r]), finiteOrNull(losses[2 * r + 1])]),
    replica,
    restart,
    weights: weightsHash(blocks, r),
  };
}

function jointCounts(outcomes: Uint8Array[][]): number[] {
  const counts = new Array<number>(16).fill(0);
  for (const [context, [a, b]] of outcomes.entries()) {
    for (let k = 0; k < a.length; k++) counts[4 * context + 2 * (1 - a[k]) + (1 - b[k])]++;
  }
  return counts;
}

function countFlips(outcomes: Uint8Array[][]): number[] {
  return OBSERVABLES.flatMap(({ head, contexts: [here, there] }) => {
    const first = outcomes[here][head];
    const second = outcomes[there][head];
    let flips = 0;
    for (let k = 0; k < first.length; k++) flips += Number(first[k] !== second[k]);
    return [flips, first.length];
  });
}

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** sha-256 of the final weights of the four contexts, little-endian, in parameter order. */
function weightsHash(blocks: TrainedBlock[], r: number): string {
  const { parameters, weights } = blocks[0];
  const size = parameters * weights.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(4 * size);
  for (const [context, block] of blocks.entries()) {
    bytes.set(new Uint8Array(block.weights.buffer, block.weights.byteOffset + r * size, size), context * size);
  }
  return sha256Hex(bytes);
}

function readProbes(blocks: TrainedBlock[], r: number, replica: number): ProbeRecord {
  const { lossStep, rises, cosine } = blocks[0];
  return {
    cosine: cosine && blocks.map((block) => block.cosine![r]),
    'loss-step': lossStep && blocks.flatMap((block) => [...block.lossStep!.subarray(4 * r, 4 * r + 4)]),
    replica,
    rises: rises && blocks.flatMap((block) => [...block.rises!.subarray(2 * r, 2 * r + 2)]),
  };
}
