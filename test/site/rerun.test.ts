// The words of a re-run: MATCH only where every hash that was asked for agrees, and the hash that was computed is the one shown.
import { BLOCK_REPLICAS } from 'ncnet/training';
import { describe, expect, test } from 'vitest';
import { type Asked, countOf, differs, done } from '../../sites/report/src/client/rerun-verdict.ts';

const hash = (digit: string): string => digit.repeat(64);
const replicas = 2 * BLOCK_REPLICAS + 3;
const asked: Asked = {
  cell: { kind: 'ncnet' } as Asked['cell'],
  ...{ replicas, blocks: [hash('a'), hash('b'), hash('c')], recordHash: hash('d'), probeHash: hash('e') },
  firstBlockOnly: false,
};
const first: Asked = { ...asked, firstBlockOnly: true };
const report = { type: 'done' as const, hash: hash('d'), probeHash: hash('e'), means: { correct: 2.5 }, seconds: 1 };

describe('the verdict of a re-run', () => {
  test('is MATCH where records and probes agree, and names how many replicas', () => {
    expect([countOf(asked), countOf(first)]).toEqual([replicas, BLOCK_REPLICAS]);
    expect(done(asked, report)).toMatchObject({
      kind: 'match',
      text: expect.stringMatching(`all ${replicas} replicas`),
    });
    const block = done(first, { ...report, hash: hash('a'), probeHash: hash('0') }); // no block of probes is published
    expect(block).toMatchObject({ kind: 'match', text: expect.stringMatching(`the first ${BLOCK_REPLICAS} replicas`) });
  });

  test('is DIFFERS where one hash of the whole does not, and shows what was computed here', () => {
    for (const [own, changes] of [
      [asked, { hash: hash('0') }],
      [asked, { probeHash: hash('0') }],
      [asked, { probeHash: null }],
      [first, { hash: hash('0') }],
    ] as const) {
      expect(done(own, { ...report, hash: own.firstBlockOnly ? hash('a') : hash('d'), ...changes }).kind).toBe(
        'differs',
      );
    }
    const { facts } = done(first, { ...report, hash: hash('0') });
    expect(facts.slice(0, 2)).toEqual([
      ['published hash of the first block', hash('a')],
      ['hash computed here', hash('0')],
    ]);
  });

  test('names the first block that differs and its replicas, the last ones included', () => {
    const { kind, text, facts } = differs(asked, { type: 'differs', block: 2, hash: hash('0'), published: hash('c') });
    expect(kind).toBe('differs');
    expect(text).toContain(`number 3 (replicas ${2 * BLOCK_REPLICAS} to ${replicas - 1})`);
    expect(facts).toContainEqual(['hash computed here', hash('0')]);
  });
});
