// The files that lie beside a report's page: its result, charts, kernel, citation and the list of their sha-256.
import type { ResultChart } from 'runner/result';
import { isDense } from './cells.ts';
import { narrowSvg, standaloneSpec, standaloneSvg } from './render.ts';
import type { Report } from './reports.ts';
import { sha256 } from './reports.ts';

export interface ReportFile {
  path: string; // beside the page, "charts/s-correct.svg"
  body: Uint8Array;
  sha256: string;
  what: string; // empty for files that only the page itself uses
}

const cache = new Map<string, Promise<ReportFile[]>>();

/** Every download of a report in a fixed order; the last is manifest.sha256, which lists the others. */
export function reportFiles(report: Report): Promise<ReportFile[]> {
  const cached = cache.get(report.address);
  if (cached !== undefined) return cached;
  const files = makeFiles(report);
  cache.set(report.address, files);
  return files;
}

function fileOf(path: string, what: string, body: string | Uint8Array): ReportFile {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
  return { path, what, body: bytes, sha256: sha256(bytes) };
}

/** A chart's files: to download, and the picture of narrow pages. */
export async function chartFiles(chart: ResultChart): Promise<ReportFile[]> {
  return [
    fileOf(`charts/${chart.name}.vl.json`, `${chart.title} (Vega-Lite with data)`, standaloneSpec(chart)),
    fileOf(`charts/${chart.name}.svg`, `${chart.title} (SVG)`, await standaloneSvg(chart)),
    fileOf(`charts/${chart.name}-narrow.svg`, '', await narrowSvg(chart)),
  ];
}

async function makeFiles(report: Report): Promise<ReportFile[]> {
  const files: ReportFile[] = [];
  const add = (path: string, what: string, body: string | Uint8Array): void => {
    files.push(fileOf(path, what, body));
  };
  add('result.json', 'the whole result: rows, claims, charts, hashes, provenance', report.resultBytes);
  for (const chart of report.result.charts) files.push(...(await chartFiles(chart)));
  if (report.kernelBytes !== null) {
    add(kernelName(report.kernelBytes), 'the numeric kernel that trained the networks', report.kernelBytes);
  }
  if (report.release !== null) add('cite.bib', 'this report and the paper it tests, as BibTeX', bibtex(report));
  add(
    'manifest.sha256',
    'sha-256 of all files above; check with sha256sum -c',
    files.map((f) => `${f.sha256}  ${f.path}\n`).join(''),
  );
  return files;
}

export const kernelName = (kernel: Uint8Array): string => `kernel-${sha256(kernel).slice(0, 12)}.wasm`;

/** A citation of this version, which stays what it is, and of the paper. */
export function bibtex(report: Report): string {
  const { slug, version, date, title } = report.release!;
  const [year, month] = date.split('-');
  return `@misc{ncnet-${slug}-v${version},
  title  = {${title}},
  author = {{ncnet-reports contributors}},
  year   = {${year}},
  month  = {${Number(month)}},
  note   = {ncnet-reports, report ${slug}, version ${version}},
  sha256 = {${sha256(report.resultBytes)}}
}

${paper(report)}`;
}

/** The paper that a report tests. */
const paper = ({ result }: Report): string =>
  isDense(result)
    ? `@inproceedings{vanrossem2024when,
  title         = {When Representations Align: Universality in Representation Learning Dynamics},
  author        = {van Rossem, Loek and Saxe, Andrew M.},
  booktitle     = {Proceedings of the 41st International Conference on Machine Learning},
  year          = {2024},
  eprint        = {2402.09142},
  archivePrefix = {arXiv}
}
`
    : `@misc{zhao2026emergences,
  title         = {On Emergences of Non-Classical Statistical Characteristics in Classical Neural Networks},
  author        = {Zhao, H. and Wu, Y. and Hou, Y.},
  year          = {2026},
  eprint        = {2603.04451},
  archivePrefix = {arXiv}
}
`;
