// trainReplicas: a cell and a range of replicas to their records, on any backend. Four contexts share every random draw.
import type { Backend, TrainedBlock } from './backend.ts';
import { tableBits } from './boolean-task.ts';
import type { Cell } from './cell.ts';
import { sha256Hex } from './hash.ts';
import { type BlockOutcomes, readOutcomes } from './outcomes.ts';
import type { ProbeRecord, ReplicaRecord } from './record-schema.ts';

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

/** What one restart gave in the four contexts. */
interface TrainedContexts {
  blocks: TrainedBlock[];
  outcomes: BlockOutcomes[];
}

/**
 * Trains the replicas of a range in all four contexts and reads every outcome rule.
 * @param sha256 hexadecimal SHA-256 of bytes; Node has a faster one than plain JavaScript
 */
export function trainReplicas(
  cell: Cell,
  range: ReplicaRange,
  backend: Backend,
  sha256: (bytes: Uint8Array) => string = sha256Hex,
): TrainedReplicas {
  const alice = cell.alice.map(tableBits);
  const bob = cell.bob.map(tableBits);
  const best = new Array<{ restart: number; loss: number; trained: TrainedContexts }>(range.count);
  for (let restart = 0; restart < cell.restarts; restart++) {
    const request = { firstReplica: range.first, replicas: range.count, restart };
    const blocks = CONTEXTS.map(([i, j]) => backend.train(cell, { alice: alice[i], bob: bob[j], ...request }));
    const outcomes = blocks.map((block, c) => readOutcomes(cell, block, [alice[CONTEXTS[c][0]], bob[CONTEXTS[c][1]]]));
    for (let r = 0; r < range.count; r++) {
      const loss = totalLoss(blocks, r);
      if (restart === 0 || loss < best[r].loss) best[r] = { restart, loss, trained: { blocks, outcomes } };
    }
  }
  const rows = alice[0].length;
  const probed = cell.lossSteps !== 'none' || cell.cosine;
  const records: ReplicaRecord[] = [];
  const probes: ProbeRecord[] = [];
  for (let r = 0; r < range.count; r++) {
    const { trained, restart } = best[r];
    records.push(readRecord(trained, rows, r, range.first + r, restart, sha256));
    if (probed) probes.push(readProbes(trained.blocks, r, range.first + r));
  }
  return { records, probes: probed ? probes : null };
}

/** Final loss summed over both heads and all four contexts; a loss that is not a number counts as infinite. */
function totalLoss(blocks: TrainedBlock[], r: number): number {
  let sum = 0;
  for (const { losses } of blocks) sum += losses[2 * r] + losses[2 * r + 1];
  return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum;
}

function readRecord(
  { blocks, outcomes }: TrainedContexts,
  rows: number,
  r: number,
  replica: number,
  restart: number,
  sha256: (bytes: Uint8Array) => string,
): ReplicaRecord {
  const { trainingRows } = blocks[0];
  const [from, to] = [r * rows, (r + 1) * rows];
  const correct = tally(outcomes, 'right', from, to, trainingRows, 1);
  const heldOut = tally(outcomes, 'right', from, to, trainingRows, 0);
  const success = tally(outcomes, 'all', r, r + 1, null, 1);
  const tolerance = tally(outcomes, 'near', from, to, trainingRows, 1);
  const losses: (number | null)[] = [];
  for (const block of blocks) losses.push(finiteOrNull(block.losses[2 * r]), finiteOrNull(block.losses[2 * r + 1]));
  return {
    counts: {
      correct: correct!.counts,
      'held-out': heldOut?.counts ?? null,
      success: success!.counts,
      tolerance: tolerance!.counts,
    },
    flips: {
      correct: correct!.flips,
      'held-out': heldOut?.flips ?? null,
      success: success!.flips,
      tolerance: tolerance!.flips,
    },
    losses,
    replica,
    restart,
    weights: sha256(weightBytes(blocks, r)),
  };
}

interface Tally {
  counts: number[]; // [16] contexts 11, 12, 21, 22; outcomes ++, +-, -+, --
  flips: number[]; // [8] flips and pairs of a1, a2, b1, b2
}

/** Counts the outcomes at places from..to-1 that are marked `kept` (all without marks); null if there is none. */
function tally(
  outcomes: BlockOutcomes[],
  field: keyof BlockOutcomes,
  from: number,
  to: number,
  marks: Uint8Array | null,
  kept: number,
): Tally | null {
  const counts = new Array<number>(16).fill(0);
  let pairs = 0;
  for (let at = from; at < to; at++) if (marks === null || marks[at] === kept) pairs++;
  if (pairs === 0) return null;
  for (let context = 0; context < 4; context++) {
    const [a, b] = outcomes[context][field];
    for (let at = from; at < to; at++) {
      if (marks === null || marks[at] === kept) counts[4 * context + 3 - 2 * a[at] - b[at]]++;
    }
  }
  const flips: number[] = [];
  for (const { head, contexts } of OBSERVABLES) {
    const here = outcomes[contexts[0]][field][head];
    const there = outcomes[contexts[1]][field][head];
    let differ = 0;
    for (let at = from; at < to; at++) if (marks === null || marks[at] === kept) differ += here[at] ^ there[at];
    flips.push(differ, pairs);
  }
  return { counts, flips };
}

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** The final weights of the four contexts, little-endian, in parameter order. */
function weightBytes(blocks: TrainedBlock[], r: number): Uint8Array {
  const { parameters, weights } = blocks[0];
  const size = parameters * weights.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(4 * size);
  for (let context = 0; context < 4; context++) {
    const { buffer, byteOffset } = blocks[context].weights;
    bytes.set(new Uint8Array(buffer, byteOffset + r * size, size), context * size);
  }
  return bytes;
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
