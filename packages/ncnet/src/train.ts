// trainReplicas: a cell and a range of replicas to their records, on any backend. Four contexts share every random draw.
import type { Backend, TrainedBlock } from './backend.ts';
import { tableBits } from './boolean-task.ts';
import type { Cell } from './cell.ts';
import { type BlockOutcomes, FINAL_RULES, type FinalRule, RULE_FIELD, readOutcomes } from './outcomes.ts';
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

/** What one restart gave in the four contexts. */
interface TrainedContexts {
  blocks: TrainedBlock[];
  outcomes: BlockOutcomes[];
}

/** Trains the replicas of a range in all four contexts and reads every outcome rule. */
export function trainReplicas(cell: Cell, range: ReplicaRange, backend: Backend): TrainedReplicas {
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
  const records: ReplicaRecord[] = [];
  const probes: ProbeRecord[] = [];
  for (let r = 0; r < range.count; r++) {
    const { trained, restart } = best[r];
    records.push(readRecord(trained, rows, r, range.first + r, restart));
    probes.push(readProbes(trained.blocks, r, range.first + r));
  }
  return { records, probes: cell.lossSteps === 'none' && !cell.cosine ? null : probes };
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
): ReplicaRecord {
  const trained: number[] = [];
  const heldOut: number[] = [];
  for (let row = 0; row < rows; row++)
    (blocks[0].trainingRows[r * rows + row] ? trained : heldOut).push(r * rows + row);
  const places: Record<FinalRule, number[]> = {
    correct: trained,
    'held-out': heldOut,
    success: [r],
    tolerance: trained,
  };
  const counts: Partial<Record<FinalRule, number[] | null>> = {};
  const flips: Partial<Record<FinalRule, number[] | null>> = {};
  for (const rule of FINAL_RULES) {
    const field = RULE_FIELD[rule];
    const read = places[rule];
    counts[rule] = read.length === 0 ? null : jointCounts(outcomes, field, read);
    flips[rule] = read.length === 0 ? null : countFlips(outcomes, field, read);
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

function jointCounts(outcomes: BlockOutcomes[], field: keyof BlockOutcomes, places: number[]): number[] {
  const counts = new Array<number>(16).fill(0);
  for (let context = 0; context < 4; context++) {
    const [a, b] = outcomes[context][field];
    for (const at of places) counts[4 * context + 3 - 2 * a[at] - b[at]]++;
  }
  return counts;
}

function countFlips(outcomes: BlockOutcomes[], field: keyof BlockOutcomes, places: number[]): number[] {
  const counts: number[] = [];
  for (const { head, contexts } of OBSERVABLES) {
    const here = outcomes[contexts[0]][field][head];
    const there = outcomes[contexts[1]][field][head];
    let flips = 0;
    for (const at of places) flips += here[at] ^ there[at];
    counts.push(flips, places.length);
  }
  return counts;
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
