// Lora records as if trained: heads that are right on given shares of rows, independently, by a seeded draw.
import { canonicalJson } from '../../src/canonical-json.ts';
import { sha256Hex } from '../../src/hash.ts';
import {
  type AloneRecord,
  type LoraCellInput,
  type LoraRecord,
  type LoraRecords,
  loraRecord,
  makeLoraCell,
} from '../../src/lora/index.ts';
import { dice } from '../support.ts';

export const INPUT = {
  ...{ base: 'some-base', alice: ['a1', 'a2'], bob: ['b1', 'b2'], steps: 3, batch: 4 },
} satisfies Partial<LoraCellInput>;

/** Shares of rows that are right in contexts 11, 12, 21, 22: [Alice, Bob]. */
export type Shares = [number, number][];

export function records(seed: number, replicas: number, train: Shares, heldOut: Shares): LoraRecord[] {
  const roll = dice(seed);
  const bits = (share: number, rows: number) =>
    Array.from({ length: rows }, () => (roll(1000) < 1000 * share ? '1' : '0')).join('');
  return Array.from({ length: replicas }, (_, replica) =>
    loraRecord(
      train.map(([a, b], context) => ({
        train: [bits(a, 400), bits(b, 400)],
        heldOut: [bits(heldOut[context][0], 100), bits(heldOut[context][1], 100)],
        losses: [0.1, null],
        weights: sha256Hex(`${seed} ${replica} ${context}`),
      })),
      replica,
    ),
  );
}

/** Records of heads that are right on exactly these shares of 400 training rows, the first rows of them. */
export function exactly(replicas: number, train: Shares): LoraRecord[] {
  const bits = (share: number) => '1'.repeat(Math.round(400 * share)).padEnd(400, '0');
  return Array.from({ length: replicas }, (_, replica) =>
    loraRecord(
      train.map(([a, b], context) => ({
        ...{ train: [bits(a), bits(b)], heldOut: ['1', '1'], losses: [0.1, 0.1] },
        weights: sha256Hex(`exactly ${replica} ${context}`),
      })),
      replica,
    ),
  );
}

/** A cell whose tasks are trained alone, right on these shares of 400 training rows and on half of 100 held out. */
export function aloneOf(input: Parameters<typeof makeLoraCell>[0], rank: number, shares: number[][]): LoraRecords {
  const alone = shares.map((own, replica): AloneRecord => {
    const right = { correct: own.map((share) => Math.round(400 * share)), 'held-out': [50, 50, 50, 50] };
    const weights = own.map((_, task) => sha256Hex(`alone ${replica} ${task}`));
    return { losses: [0.1, 0.2, 0.3, null], replica, right, rows: { correct: 400, 'held-out': 100 }, weights };
  });
  const { cell, ...records } = cellOf(input, rank, []);
  return {
    ...{ ...records, cell: { ...cell, alone: true }, replicas: shares.length, statistics: { loras: [], alone } },
    ...{ blocks: alone.map((record) => sha256Hex(canonicalJson(record))), recordHash: sha256Hex(canonicalJson(alone)) },
  };
}

/** A cell of a rank whose names are looked up, with the given records. */
export function cellOf(input: Parameters<typeof makeLoraCell>[0], rank: number, loras: LoraRecord[]): LoraRecords {
  const hash = 'a'.repeat(64);
  const cell = makeLoraCell(input, rank);
  const resolved = {
    ...{ base: hash, rows: [hash, hash, hash, hash] as [string, string, string, string], train: 400, heldOut: 100 },
    ...{ pairing: 'shuffle' as const, device: 'CPU', versions: { '@tensorflow/tfjs': '4.22.0' } },
  };
  return {
    cell: { ...cell, resolved },
    ...{ replicas: loras.length, probeHash: null, blocks: loras.map((record) => sha256Hex(canonicalJson(record))) },
    ...{ recordHash: sha256Hex(canonicalJson(loras)), statistics: { loras, alone: [] } },
  };
}
