// The files of the kernel page, at addresses beside it.
import type { APIRoute } from 'astro';
import { kernelFiles } from '../../bench/files.ts';
import type { ReportFile } from '../../report-files.ts';

export async function getStaticPaths() {
  return (await kernelFiles()).map((file) => ({ params: { file: file.path }, props: { file } }));
}

export const GET: APIRoute<{ file: ReportFile }> = ({ props }) => new Response(props.file.body as BodyInit);
