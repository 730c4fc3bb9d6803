// The files of the cross-check's page, at addresses beside it.
import type { APIRoute } from 'astro';
import { strayingChart } from '../../crosscheck/chart.ts';
import { FILE, readCrosscheck } from '../../crosscheck/results.ts';
import { chartFiles, type ReportFile } from '../../report-files.ts';
import { sha256 } from '../../reports.ts';

export async function getStaticPaths() {
  const { result, bytes } = readCrosscheck();
  const data: ReportFile = { path: FILE, what: '', body: new Uint8Array(bytes), sha256: sha256(bytes) };
  const files = [data, ...(await chartFiles(strayingChart(result)))];
  return files.map((file) => ({ params: { file: file.path }, props: { file } }));
}

export const GET: APIRoute<{ file: ReportFile }> = ({ props }) => new Response(props.file.body as BodyInit);
