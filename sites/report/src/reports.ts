// Reads what the site is built from: releases (frozen, permanent) and the results of a reader's own run.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Result } from 'runner/result';
import type { z } from 'zod';
import { resolveLookups } from './lookup.ts';
import { Release } from './release.ts';

/** A piece of prose: Markdown with its lookups resolved, or the name of a chart that stands there. */
export type ProsePart = { markdown: string } | { chart: string };

/** What a report page shows, whether it is a release or a reader's own run. */
export interface Report {
  slug: string;
  address: string; // "/reports/capacity/v1/"
  release: Release | null; // null for a reader's own run
  title: string;
  finding: string;
  prose: ProsePart[];
  result: Result;
  resultBytes: Buffer; // the file as it was frozen
  kernelBytes: Buffer | null; // the release's own kernel; a reader's run uses the site's, and adapters of a BERT have none
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const releasesFolder = () => resolve(process.env.NCNET_RELEASES ?? 'releases');
const storeFolder = () => resolve(process.env.NCNET_STORE ?? '../../.ncnet', 'results');

/** All releases, newest version first within a slug, slugs in the order that their newest release asks for. */
export function readReleases(): Report[] {
  const root = releasesFolder();
  if (!existsSync(root)) return [];
  const reports = folders(root).flatMap((slug) =>
    folders(join(root, slug)).map((version) => readRelease(join(root, slug, version), slug, version)),
  );
  const order = new Map<string, number>();
  for (const { slug, release } of reports) order.set(slug, release!.order);
  return reports.sort(
    (a, b) =>
      order.get(a.slug)! - order.get(b.slug)! || compare(a.slug, b.slug) || b.release!.version - a.release!.version,
  );
}

export function newestReleases(releases = readReleases()): Report[] {
  return releases.filter((report, index) => releases.findIndex(({ slug }) => slug === report.slug) === index);
}

function readRelease(folder: string, slug: string, version: string): Report {
  const release = parse(
    Release,
    JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')),
    join(folder, 'release.json'),
  );
  if (release.slug !== slug || `v${release.version}` !== version) {
    throw new Error(
      `readRelease: ${folder} expected slug ${slug} and ${version}, got ${release.slug} and v${release.version}`,
    );
  }
  const resultBytes = readFileSync(join(folder, release.result));
  const result = parse(Result, JSON.parse(resultBytes.toString('utf8')), join(folder, release.result));
  const prose = readFileSync(join(folder, 'prose.md'), 'utf8');
  const kernelBytes = release.kernel === null ? null : readFileSync(join(folder, release.kernel));
  if ((kernelBytes === null ? '' : sha256(kernelBytes)) !== result.provenance.kernel) {
    throw new Error(`readRelease: ${folder}/${release.kernel} is not the kernel that trained ${release.result}`);
  }
  return {
    ...{ slug, release, result, resultBytes },
    address: `/reports/${slug}/${version}/`,
    title: release.title,
    finding: resolveLookups(release.finding, result, `${slug} ${version} finding`, 'text'),
    prose: splitProse(prose, result, `${slug}/${version}/prose.md`),
    kernelBytes,
  };
}

/** Results of the reader's own runs, which are never releases. */
export function readRuns(): Report[] {
  const folder = storeFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.provenance.json'))
    .sort(compare)
    .map((name) => {
      const resultBytes = readFileSync(join(folder, name));
      const result = parse(Result, JSON.parse(resultBytes.toString('utf8')), join(folder, name));
      const slug = name.slice(0, -'.json'.length);
      return {
        ...{ slug, result, resultBytes },
        address: `/your-run/${slug}/`,
        release: null,
        title: String(result.experiment.title),
        finding: '',
        prose: [],
        kernelBytes: null,
      };
    });
}

function splitProse(text: string, result: Result, where: string): ProsePart[] {
  const parts = text.split(/^\{\{chart ([a-z0-9-]+)\}\}\s*$/m);
  return parts.flatMap((part, index): ProsePart[] => {
    if (index % 2 === 0) return part.trim() === '' ? [] : [{ markdown: resolveLookups(part, result, where, 'html') }];
    if (!result.charts.some(({ name }) => name === part)) {
      throw new Error(
        `${where}: {{chart ${part}}}: expected one of ${result.charts.map(({ name }) => name).join(', ')}`,
      );
    }
    return [{ chart: part }];
  });
}

function parse<T extends z.ZodType>(schema: T, value: unknown, file: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${file}: ${issue.path.join('.')}: ${issue.message}`);
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort(compare);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
