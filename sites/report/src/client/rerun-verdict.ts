// What a re-run showed, in words: MATCH or DIFFERS, with the hashes behind it. Knows no page.
import { type AnyCell, blockSize } from 'ncnet/training';
import type { RerunReport } from './rerun-worker.ts';

/** A published cell and how much of it was trained again. */
export interface Asked {
  cell: AnyCell;
  replicas: number;
  blocks: string[];
  recordHash: string;
  probeHash: string | null;
  firstBlockOnly: boolean;
}

export interface Verdict {
  kind: 'match' | 'differs';
  text: string;
  facts: [term: string, description: string][];
}

/** Replicas that are trained again. */
export const countOf = ({ cell, replicas, firstBlockOnly }: Asked): number =>
  firstBlockOnly ? Math.min(blockSize(cell), replicas) : replicas;

export function differs(asked: Asked, { block, hash, published }: Extract<RerunReport, { type: 'differs' }>): Verdict {
  const size = blockSize(asked.cell);
  const from = block * size;
  return {
    kind: 'differs',
    text: `DIFFERS: the first differing block is number ${block + 1} (replicas ${from} to ${Math.min(from + size, asked.replicas) - 1}).`,
    facts: [
      ['published block hash', published ?? 'none'],
      ['hash computed here', hash],
    ],
  };
}

/** Every block agrees; the whole must agree too. */
export function done(asked: Asked, report: Extract<RerunReport, { type: 'done' }>): Verdict {
  const { cell, blocks, recordHash, probeHash, firstBlockOnly } = asked;
  const { hash, means, seconds } = report;
  const total = countOf(asked);
  const expected = firstBlockOnly ? blocks[0] : recordHash;
  const match = hash === expected && (firstBlockOnly || report.probeHash === probeHash);
  const dense = cell.kind === 'dense';
  const values = Object.entries(means).map(
    ([name, mean]) => `${name} ${dense ? mean.toExponential(3) : mean.toFixed(4)}`,
  );
  return {
    kind: match ? 'match' : 'differs',
    text: match
      ? `MATCH: ${firstBlockOnly ? 'the first' : 'all'} ${total} replicas, byte for byte, in ${seconds.toFixed(1)} s.`
      : 'DIFFERS: every block agrees but the whole does not.',
    facts: [
      [firstBlockOnly ? 'published hash of the first block' : 'published record hash', expected],
      ['hash computed here', hash],
      ...(firstBlockOnly || probeHash === null
        ? []
        : [
            ['published probe hash', probeHash] as [string, string],
            ['probe hash computed here', report.probeHash ?? 'none'] as [string, string],
          ]),
      [
        dense ? `mean of the last step, ${total} replicas` : `mean S of ${total} replicas, by outcome rule`,
        values.join(', '),
      ],
    ],
  };
}
