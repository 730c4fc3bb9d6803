// Freezes experiments/<experiment>/result.json as a release: a folder that never changes afterwards.
// Usage: node freeze.ts <experiment> [slug, the experiment's name if left out] [--date YYYY-MM-DD] [--version N]
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Result } from 'runner/result';
import { resolveLookups } from './src/lookup.ts';
import { readProse } from './src/prose.ts';
import { Release } from './src/release.ts';

const here = import.meta.dirname;
/** The kernel that trains cells of a kind, as the build left it; null for adapters of a BERT, which libraries train. */
const builtKernel = (kind: unknown): string | null =>
  kind === 'lora'
    ? null
    : resolve(here, '../../packages/core-wasm/dist', kind === 'dense' ? 'dense.wasm' : 'kernel.wasm');

export interface FreezeOptions {
  resultFile: string;
  slug: string;
  date: string; // YYYY-MM-DD
  version?: number; // by default the next one
  kernelFile?: string;
  releases?: string;
  drafts?: string;
}

/**
 * Writes releases/<slug>/v<version>/ with release.json, result.json, prose.md and the kernel.
 * Text, title, finding and order come from drafts/<slug>.md.
 * @returns the folder, and whether it was there before with the same result
 */
export function freeze({
  resultFile,
  slug,
  date,
  version,
  kernelFile,
  releases = join(here, 'releases'),
  drafts = join(here, 'drafts'),
}: FreezeOptions): { folder: string; existed: boolean } {
  const bytes = readFileSync(resultFile);
  const result = Result.parse(JSON.parse(bytes.toString('utf8')));
  const versions = existsSync(join(releases, slug))
    ? readdirSync(join(releases, slug)).map((name) => Number(name.slice(1)))
    : [];
  const newest = Math.max(0, ...versions);
  const same = (v: number) => readFileSync(join(releases, slug, `v${v}`, 'result.json')).equals(bytes);
  const wanted = version ?? (newest > 0 && same(newest) ? newest : newest + 1);
  const folder = join(releases, slug, `v${wanted}`);
  if (existsSync(folder)) {
    if (same(wanted)) return { folder, existed: true };
    throw new Error(
      `freeze: ${slug} v${wanted} exists with another result.json; a release never changes, freeze the next version instead`,
    );
  }
  const file = kernelFile ?? builtKernel(result.cells[0]?.cell.kind);
  const kernel = file === null ? null : readFileSync(file);
  const sha256 = kernel === null ? '' : createHash('sha256').update(kernel).digest('hex');
  if (sha256 !== result.provenance.kernel) {
    throw new Error(
      `freeze: expected kernel ${result.provenance.kernel.slice(0, 12)} of the result, got ${sha256.slice(0, 12)}; build core-wasm as it was, or compute the result again`,
    );
  }
  const draft = join(drafts, `${slug}.md`);
  if (!existsSync(draft)) throw new Error(`freeze: expected a text in ${draft}`);
  const { title, finding, order, prose } = readProse(readFileSync(draft, 'utf8'), draft);
  resolveLookups(`${finding}\n${prose.replace(/^\{\{chart [^}]*\}\}\s*$/gm, '')}`, result, draft, 'text');
  const release = Release.parse({
    ...{ schema: 'ncnet-release/1', slug, version: wanted, date, title, finding, order },
    ...{ result: 'result.json', kernel: kernel === null ? null : `kernel-${sha256.slice(0, 12)}.wasm` },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'result.json'), bytes);
  if (kernel !== null) writeFileSync(join(folder, release.kernel!), kernel);
  writeFileSync(join(folder, 'prose.md'), prose);
  writeFileSync(join(folder, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
  return { folder, existed: false };
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { date: { type: 'string' }, version: { type: 'string' } },
    });
    const [experiment, slug = experiment] = positionals;
    if (experiment === undefined) {
      throw new Error(
        'freeze: expected the name of an experiment; usage: npm run freeze -w report -- capacity --date 2026-01-31',
      );
    }
    const resultFile = resolve(here, '../../experiments', experiment, 'result.json');
    if (!existsSync(resultFile))
      throw new Error(
        `freeze: no ${relative(process.cwd(), resultFile)}; run "npx ncnet run ${experiment} --full" first`,
      );
    const { folder, existed } = freeze({
      ...{ resultFile, slug, date: values.date ?? new Date().toISOString().slice(0, 10) },
      version: values.version === undefined ? undefined : Number(values.version),
    });
    console.log(
      `freeze: ${relative(process.cwd(), folder)} ${existed ? 'is there with the same result; nothing written' : 'written'}`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message.split('\n')[0] : error);
    process.exitCode = 2;
  }
}
