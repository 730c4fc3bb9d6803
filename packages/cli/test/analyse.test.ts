// ncnet analyse: the JSON contract, the published vectors, the report, and streaming.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Analysis, analyseCounts, analyseTrials } from 'chsh';
import { describe, expect, test } from 'vitest';
import { analysisReport } from '../src/analysis-report.ts';
import { createTrialProgress } from '../src/trial-progress.ts';
import { ncnet, output, runFirst, start, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const vectors = JSON.parse(
  readFileSync(new URL('../../chsh/test/fixtures/chsh-vectors.json', import.meta.url), 'utf8'),
);
const delft: number[] = vectors.sets.Delft2015.counts.flat();
const box: number[] = vectors.ideal.comm_box.table.flat().map((p: number) => 100 * p);

const SIGNS = ['1,1', '1,-1', '-1,1', '-1,-1'];
const rows = (counts: number[]): string[] =>
  counts.map((n, i) => `${1 + (i >> 3)},${1 + ((i >> 2) & 1)},${SIGNS[i & 3]},${n}`);
const csv = (counts: number[]): string => `x,y,a,b,n\n${rows(counts).join('\n')}\n`;
const cells = rows(delft).map((row) => row.replace(/,\d+$/, ''));

const analyse = async (args: string[]): Promise<Analysis> =>
  JSON.parse(await output(['analyse', ...args, '--json'], folder));

/** Agrees to 1e-9 relative, or to all digits that `expected` shows where there are fewer. */
function meets(got: number, expected: number): void {
  const digits = String(expected)
    .replace(/e.*$/, '')
    .replace(/^-?0?\.?0*|\./g, '').length;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(expected))) + 1 - digits);
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(Math.max(1e-9 * Math.abs(expected), 0.5000001 * unit));
}

describe('JSON', () => {
  test('is the object of the library, with the keys of the contract', async () => {
    const a = await analyse([file('delft.json', JSON.stringify(delft))]);
    expect(a).toEqual(JSON.parse(JSON.stringify(analyseCounts(delft))));
    expect(Object.keys(a)).toEqual([
      ...['S', 'seS', 'signs', 'SGls', 'seSGls', 'J', 'JGls', 'seJGls', 'game', 'eValue', 'pbr', 'wilks'],
      ...['noSignalling', 'delta', 'sOdd', 'cbd', 'cnt2', 'contextualFraction', 'signallingFraction', 'klBits'],
      ...['trialsNeeded', 'quantum', 'verdict', 'warnings', 'notes'],
    ]);
    expect(Object.keys(a.game)).toEqual(
      expect.arrayContaining(['wins', 'n', 'beta', 'win', 'ci95', 'pBinomial', 'log10P', 'pHoeffding', 'biased']),
    );
    expect(Object.keys(a.game.biased)).toEqual(['beta', 'pBinomial', 'log10P']);
    expect(Object.keys(a.noSignalling)).toEqual(expect.arrayContaining(['chi2', 'df', 'p', 'z']));
    expect([a.signs.length, a.noSignalling.z.length]).toEqual([8, 4]);
    expect(Object.keys(a.wilks)).toEqual(['lr', 'p']);
    expect(Object.keys(a.quantum)).toEqual(['arcsin', 'inside']);
    expect(a.verdict).toMatchObject({ rung: expect.any(Number), words: expect.any(String) });
    expect(a.pbr).toBeNull();
    expect(a.notes.pbr).toMatch(/needs ordered trials/);
    expect(a.notes).toMatchObject({ memory: expect.any(String), optionalStopping: expect.any(String) });
  });

  test('every accepted form of the same counts gives the same object', async () => {
    const table = [0, 4, 8, 12].map((from) => delft.slice(from, from + 4));
    const expected = JSON.parse(JSON.stringify(analyseCounts(delft)));
    for (const content of [
      JSON.stringify(table, null, 1),
      csv(delft),
      `\ufeff${csv(delft).replaceAll('\n', '\r\n')}`,
    ]) {
      expect(await analyse([file('forms', content)])).toEqual(expected);
    }
  });

  test('trials in order are the library, and `-` reads them from a pipe', async () => {
    const codes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i + 7 * i + (i >> 3)) % 16);
    const text = `x,y,a,b\n${[...codes].map((code) => cells[code]).join('\n')}`;
    const expected = JSON.parse(JSON.stringify(analyseTrials(codes, { alpha: 0.01, separated: true })));
    const flags = ['--alpha', '0.01', '--separated'];
    expect(await analyse([file('trials.csv', text), ...flags])).toEqual(expected);
    const { child, finished } = start(['analyse', '-', '--json', ...flags], folder);
    child.stdin!.end(text);
    expect(JSON.parse((await finished).stdout)).toEqual(expected);
  });
});

describe('vectors', () => {
  test('Delft 2015: rung 4, and 5 with --separated', async () => {
    const x = vectors.sets.Delft2015.expected;
    const a = await analyse([file('delft.csv', csv(delft))]);
    for (const [got, expected] of [
      [a.S, x.S],
      [a.seS, x.se],
      [a.SGls, x.S_gls],
      [a.seSGls, x.se_gls],
      [a.game.pBinomial, x.p_binomial_beta075],
      [a.game.pHoeffding, x.p_hoeffding],
      [a.eValue, x.e_value_tsirelson],
      [a.wilks.lr, x.wilks_lr],
      [a.wilks.p, x.wilks_p],
      [a.noSignalling.chi2, x.wald_ns_chi2],
      [a.noSignalling.p, x.wald_ns_p],
      [a.delta, x.delta],
      [a.cbd, x.cbd],
      [a.cnt2, x.cnt2],
      [a.contextualFraction, x.cf_raw],
      [a.signallingFraction, x.sf],
      [a.klBits, x.kl_local_bits],
    ]) {
      meets(got, expected);
    }
    expect([a.game.wins, a.game.n, a.verdict.rung]).toEqual([x.wins, x.N, 4]);
    expect((await analyse(['delft.csv', '--separated'])).verdict.rung).toBe(5);
  });

  test('NIST 2015: the warning, log10 p where p underflows, no finding', async () => {
    const x = vectors.sets.NIST2015.expected;
    const a = await analyse([file('nist.json', JSON.stringify(vectors.sets.NIST2015.counts)), '--separated']);
    meets(a.S, x.S);
    meets(a.J, x.J);
    meets(a.noSignalling.chi2, x.wald_ns_chi2);
    meets(a.game.biased.beta, x.beta_from_settings);
    meets(a.game.biased.pBinomial, x.p_binomial_biased);
    expect([a.game.pBinomial, a.verdict.rung]).toEqual([0, 2]);
    expect(a.game.log10P).toBeCloseTo(-3558.25, 1);
    expect(a.warnings[0]).toMatch(/setting frequencies/);
    const report = await output(['analyse', 'nist.json'], folder);
    expect(report).toContain('10^-3558.3');
    expect(report).toMatch(/^Warnings: 2\n {2}! setting frequencies/m);
    expect(report).not.toMatch(/p = 0\b(?!\.)/);
  });

  test('communication box: rung 3 whatever is declared', async () => {
    const x = vectors.ideal.comm_box;
    const a = await analyse([file('box.csv', csv(box)), '--separated']);
    expect([a.S, a.contextualFraction, a.signallingFraction, a.delta, a.cbd, a.verdict.rung]).toEqual([
      ...[x.S, x.cf_raw, x.sf, x.delta, x.cbd],
      3,
    ]);
  });

  test('--beta, --predictability and --alpha reach the analysis', async () => {
    expect((await analyse(['delft.json', '--beta', '0.8'])).game.beta).toBe(0.8);
    expect((await analyse(['delft.json', '--predictability', '0.01,0.02'])).game.beta).toBeCloseTo(0.7648, 12);
    expect((await analyse(['delft.json', '--alpha', '0.01'])).verdict.rung).toBe(2);
  });
});

describe('report', () => {
  test('has its sections in order, numbers with errors and intervals, no colours in a pipe', async () => {
    const { code, stdout, stderr } = await ncnet(['analyse', 'delft.json'], folder);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^\S.*$/gm)!.map((line) => line.split(/[ :]/)[0])).toEqual(
      'CHSH 245 Warnings Counts Estimates Tests Geometry Signalling Five Notes Verdict'.split(' '),
    );
    expect(stdout).toMatch(/^ {2}22 +4 +20 +21 +6 +51 +0\.2082 +-0\.6078 +0\.1112$/m);
    expect(stdout).toMatch(/^ {2}S = E11 \+ E12 \+ E21 - E22 +2\.4225 +0\.2038 +\[2\.0230, 2\.8220\]/m);
    for (const guard of ['memory', 'setting bias', 'signalling', 'multiplicity', 'optional stopping'])
      expect(stdout).toMatch(new RegExp(`^ {2}${guard}  `, 'm'));
    expect(stdout).toMatch(/rung 4 of 5: hidden influence not excluded.*\n {2}because +S = 2\.4225/);
    expect(stdout).toContain(
      'trials needed  at most 428 won at this rate (0.0101 bits each at beta = 0.75) at alpha 0.05; signalling\n                 counted as evidence, 239 (0.0181 bits each); 245 were analysed',
    );
    expect(stdout).not.toContain('\x1b');
  });

  test('colours change nothing else; the words of a verdict never name a theory', () => {
    const tables = [delft, box, Array(16).fill(5), vectors.sets.NIST2015.counts.flat(), delft.map((n) => 400 * n)];
    for (const counts of tables) {
      for (const separated of [true, false]) {
        const a = analyseCounts(counts, { separated });
        const facts = { name: 'x', format: 'counts', alpha: 0.05, separated } as const;
        const plain = analysisReport(a, counts, { ...facts, colour: false });
        const coloured = analysisReport(a, counts, { ...facts, colour: true });
        expect(coloured).toContain('\x1b[1m');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a colour
        expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(plain);
        expect(plain).not.toMatch(/quantum|non-?local|NaN|Infinity|undefined|null/i);
        expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThan(130);
      }
    }
  });

  test('help names both formats and has examples', async () => {
    const help = await output(['analyse', '--help'], folder);
    expect(help).toMatch(/x,y,a,b,n[\s\S]*x,y,a,b and one trial a line/);
    expect(help).toMatch(/Examples:\n {2}ncnet analyse [\s\S]*Exit codes: 0 ok/);
  });
});

describe('many trials', () => {
  const block = Buffer.from(`${Array.from({ length: 10_000 }, (_, i) => cells[(i * i + (i >> 4)) % 16]).join('\n')}\n`);
  const measured = {
    // A small heap: what it holds counts, not when the collector runs.
    NODE_OPTIONS: `--max-semi-space-size=1 --max-old-space-size=32 ${runFirst(
      `process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS / 1024))`,
    )}`,
  };

  /** Peak memory in MiB of an analysis of so many blocks of 10,000 trials from a pipe. */
  async function pipe(blocks: number): Promise<{ rss: number; analysis: Analysis }> {
    const { child, finished } = start(['analyse', '-', '--json'], folder, { environment: measured });
    child.stdin!.write('x,y,a,b\n');
    for (let i = 0; i < blocks; i++) if (!child.stdin!.write(block)) await once(child.stdin!, 'drain');
    child.stdin!.end();
    const { code, stdout, stderr } = await finished;
    expect(code, stderr).toBe(0);
    return { rss: Number(/rss ([\d.]+)/.exec(stderr)![1]), analysis: JSON.parse(stdout) };
  }

  test('a file of 1e6 lines, and 5e6 from a pipe, in memory that does not grow with them', async () => {
    const small = await pipe(1);
    const large = await pipe(500);
    expect([small.analysis.game.n, large.analysis.game.n]).toEqual([10_000, 5_000_000]);
    expect(large.rss - small.rss).toBeLessThan(40); // the text has 43 MiB, its lines as strings ten times that
    writeFileSync(join(folder, 'million.csv'), Buffer.concat([Buffer.from('x,y,a,b\n'), ...Array(100).fill(block)]));
    const { code, stdout, stderr } = await start(['analyse', 'million.csv', '--json'], folder, {
      environment: measured,
    }).finished;
    expect([code, JSON.parse(stdout).game.n]).toEqual([0, 1_000_000]);
    expect(Number(/rss ([\d.]+)/.exec(stderr)![1]) - small.rss).toBeLessThan(40);
  });

  test('Ctrl-C ends the reading with exit code 130 and nothing on stdout', async () => {
    const ready = `process.on('newListener', (name) => name === 'SIGINT' && setImmediate(() => process.stderr.write('it listens')))`;
    const { child, finished } = start(['analyse', '-'], folder, { environment: { NODE_OPTIONS: runFirst(ready) } });
    child.stdin!.write(`x,y,a,b\n${cells.join('\n')}\n`); // and no end of it
    await once(child.stderr!, 'data');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await finished;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/^it listens\nncnet analyse: interrupted [^\n]*\n$/);
  });

  test('progress: silent at first, then a redrawn line on a terminal or a plain one', () => {
    const run = (isTTY: boolean, size: number | null, columns?: number): string[] => {
      const written: string[] = [];
      let time = 0;
      const progress = createTrialProgress({
        ...{ size, now: () => time },
        stream: { isTTY, columns, write: (text) => written.push(text) },
      });
      for (time = 500; time <= 6000; time += 500) progress.advance(time * 1000, time * 100);
      progress.end();
      return written;
    };
    expect(run(false, 1e7)).toEqual(['ncnet analyse: 50 %  0.5 M trials  0.1 M trials/s  ETA 5 s\n']);
    expect(run(false, null)).toEqual(['ncnet analyse: 0.5 M trials  0.1 M trials/s\n']);
    const drawn = run(true, 1e7);
    expect(drawn).toHaveLength(12);
    expect(drawn[0]).toBe('\r\x1b[2Kncnet analyse: 10 %  0.1 M trials  0.1 M trials/s  ETA 9 s');
    expect(drawn.at(-1)).toBe('\r\x1b[2K');
    expect(run(true, 1e7, 20)[0]).toBe('\r\x1b[2Kncnet analyse: 10 %');
  });
});
