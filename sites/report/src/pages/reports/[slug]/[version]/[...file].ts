// The files of a release, at addresses beside its page.
import type { APIRoute } from 'astro';
import { type ReportFile, reportFiles } from '../../../../report-files.ts';
import { readReleases } from '../../../../reports.ts';

export async function getStaticPaths() {
  const files = await Promise.all(
    readReleases().map(async (report) =>
      (await reportFiles(report)).map((file) => ({
        params: { slug: report.slug, version: `v${report.release!.version}`, file: file.path },
        props: { file },
      })),
    ),
  );
  return files.flat();
}

export const GET: APIRoute<{ file: ReportFile }> = ({ props }) => new Response(props.file.body as BodyInit);
