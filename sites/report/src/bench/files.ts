// The files that lie beside the kernel page: every bench's JSON as it is committed, and the charts.
import { chartFiles, type ReportFile } from '../report-files.ts';
import { sha256 } from '../reports.ts';
import { replicasChart, steadyChart, wholeChart, widthsChart } from './charts.ts';
import { type Benches, readBenches } from './results.ts';

export const kernelCharts = ({ peers, growth }: Benches) => ({
  steady: steadyChart(peers.result),
  whole: wholeChart(peers.result),
  widths: widthsChart(growth.result),
  replicas: replicasChart(growth.result),
});

export async function kernelFiles(): Promise<ReportFile[]> {
  const benches = readBenches();
  const results = Object.values(benches).map(({ name, bytes }) => ({
    ...{ path: `${name}.json`, what: '', body: new Uint8Array(bytes), sha256: sha256(bytes) },
  }));
  const charts = await Promise.all(Object.values(kernelCharts(benches)).map(chartFiles));
  return [...results, ...charts.flat()];
}
