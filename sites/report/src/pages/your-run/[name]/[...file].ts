// The files of a reader's own run, at addresses beside its page.
import type { APIRoute } from 'astro';
import { type ReportFile, reportFiles } from '../../../report-files.ts';
import { readRuns } from '../../../reports.ts';

export async function getStaticPaths() {
  const files = await Promise.all(
    readRuns().map(async (report) =>
      (await reportFiles(report)).map((file) => ({ params: { name: report.slug, file: file.path }, props: { file } })),
    ),
  );
  return files.flat();
}

export const GET: APIRoute<{ file: ReportFile }> = ({ props }) => new Response(props.file.body as BodyInit);
