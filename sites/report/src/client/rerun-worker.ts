// Trains a published cell again, block by block in order, and hashes what it leaves behind.
import { createRecordHash, openWasmBackend, sha256Hex } from 'ncnet';
import { trainDense } from 'ncnet/dense';
import {
  type AnyCell,
  type AnyStatistics,
  anyStatistics,
  type BlockStatistics,
  blockSize,
  lineOf,
  openAnyJoin,
  type Trained,
  trainReplicas,
} from 'ncnet/training';

export interface RerunRequest {
  cell: AnyCell;
  replicas: number;
  firstBlockOnly: boolean;
  blocks: string[]; // published sha-256 of each block's record lines
  kernelUrl: string;
}

export type RerunReport =
  | { type: 'kernel'; sha256: string }
  | { type: 'block'; done: number; seconds: number }
  | { type: 'differs'; block: number; hash: string; published: string | undefined }
  | { type: 'done'; hash: string; probeHash: string | null; means: Record<string, number>; seconds: number }
  | { type: 'error'; message: string };

type Train = (range: { first: number; count: number }) => Trained | Promise<Trained>;

const report = (message: RerunReport): void => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<RerunRequest>) => {
  try {
    const response = await fetch(data.kernelUrl);
    if (!response.ok) throw new Error(`the kernel did not load: ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    report({ type: 'kernel', sha256: sha256Hex(bytes) });
    await rerun(data, await openTrain(data.cell, bytes));
  } catch (error) {
    report({ type: 'error', message: error instanceof Error ? error.message : String(error) });
  }
};

async function openTrain(cell: AnyCell, kernel: Uint8Array<ArrayBuffer>): Promise<Train> {
  if (cell.kind === 'lora') throw new Error('adapters of a BERT are not trained in a page');
  if (cell.kind === 'dense') {
    const module = await WebAssembly.compile(kernel);
    return (range) => trainDense(cell, range, module, sha256Hex);
  }
  const backend = await openWasmBackend(kernel);
  return (range) => trainReplicas(cell, range, backend);
}

/** Stops at the first block whose hash is not the published one. */
async function rerun({ cell, replicas, firstBlockOnly, blocks }: RerunRequest, train: Train): Promise<void> {
  const size = blockSize(cell);
  const end = firstBlockOnly ? Math.min(size, replicas) : replicas;
  const all = createRecordHash();
  const allProbes = createRecordHash();
  const join = openAnyJoin(cell, end);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let probed = false;
  for (let first = 0; first < end; first += size) {
    const count = Math.min(size, end - first);
    const trained = await train({ first, count });
    const lines = trained.records.map(lineOf).join('');
    const hash = sha256Hex(lines);
    const block = first / size;
    if (hash !== blocks[block]) return report({ type: 'differs', block, hash, published: blocks[block] });
    all.update(lines);
    if (trained.probes !== null) {
      probed = true;
      allProbes.update(trained.probes.map(lineOf).join(''));
    }
    join.add(anyStatistics(cell, trained), count);
    report({ type: 'block', done: first + count, seconds: seconds() });
  }
  const probeHash = probed ? allProbes.digest() : null;
  report({ type: 'done', hash: all.digest(), probeHash, means: meansOf(join.finish()), seconds: seconds() });
}

/** Mean loss of the last step, summed over heads, of deep networks; else mean S by outcome rule. */
function meansOf(statistics: AnyStatistics): Record<string, number> {
  if ('runs' in statistics) {
    const losses = statistics.runs.flatMap(({ record }) => record.losses.map((value) => value ?? Number.NaN));
    return { loss: losses.reduce((sum, value) => sum + value, 0) / statistics.runs.length };
  }
  const { rules } = statistics as BlockStatistics;
  return Object.fromEntries(
    Object.entries(rules).map(([rule, { correlations: C }]) => {
      let sum = 0;
      for (let at = 0; at < C.length; at += 4) sum += C[at] + C[at + 1] + C[at + 2] - C[at + 3];
      return [rule, sum / (C.length / 4)];
    }),
  );
}
