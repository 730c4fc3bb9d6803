// Trains a published cell again, block by block in order, and hashes what it leaves behind.
import {
  type AnyCell,
  type Backend,
  blockStatistics,
  type Cell,
  createRecordHash,
  joinStatistics,
  openWasmBackend,
  recordLine,
  sha256Hex,
  trainReplicas,
} from 'ncnet';
import { type DenseCell, trainDense } from 'ncnet/dense';
import { BLOCK_REPLICAS, blockSize, lineOf } from 'ncnet/training';

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
  | { type: 'differs'; block: number; hash: string; published: string }
  | { type: 'done'; hash: string; probeHash: string | null; means: Record<string, number>; seconds: number }
  | { type: 'error'; message: string };

const report = (message: RerunReport): void => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<RerunRequest>) => {
  try {
    const response = await fetch(data.kernelUrl);
    if (!response.ok) throw new Error(`the kernel did not load: ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    report({ type: 'kernel', sha256: sha256Hex(bytes) });
    const { cell, ...request } = data;
    if (cell.kind === 'dense') await rerunDense(cell, request, await WebAssembly.compile(bytes));
    else if (cell.kind === 'ncnet') rerun(cell, request, await openWasmBackend(bytes));
    else throw new Error('adapters of a BERT are not trained in a page');
  } catch (error) {
    report({ type: 'error', message: error instanceof Error ? error.message : String(error) });
  }
};

/** Deep networks; the means are those of the final losses. */
async function rerunDense(
  cell: DenseCell,
  request: Omit<RerunRequest, 'cell'>,
  kernel: WebAssembly.Module,
): Promise<void> {
  const { replicas, firstBlockOnly, blocks } = request;
  const size = blockSize(cell);
  const end = firstBlockOnly ? Math.min(size, replicas) : replicas;
  const all = createRecordHash();
  const allProbes = createRecordHash();
  const start = performance.now();
  let loss = 0;
  for (let first = 0; first < end; first += size) {
    const range = { first, count: Math.min(size, end - first) };
    const { records, probes } = await trainDense(cell, range, kernel, sha256Hex);
    const lines = records.map(lineOf).join('');
    const hash = sha256Hex(lines);
    const block = first / size;
    if (hash !== blocks[block]) {
      report({ type: 'differs', block, hash, published: blocks[block] });
      return;
    }
    all.update(lines);
    allProbes.update(probes.map(lineOf).join(''));
    for (const { losses } of records)
      loss += losses.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / end;
    report({ type: 'block', done: first + range.count, seconds: (performance.now() - start) / 1000 });
  }
  report({
    type: 'done',
    hash: firstBlockOnly ? blocks[0] : all.digest(),
    probeHash: firstBlockOnly ? null : allProbes.digest(),
    means: { loss },
    seconds: (performance.now() - start) / 1000,
  });
}

function rerun(cell: Cell, request: Omit<RerunRequest, 'cell'>, backend: Backend): void {
  const { replicas, firstBlockOnly, blocks } = request;
  const end = firstBlockOnly ? Math.min(BLOCK_REPLICAS, replicas) : replicas;
  const all = createRecordHash();
  const allProbes = createRecordHash();
  const statistics = [];
  const start = performance.now();
  let probed = false;
  for (let first = 0; first < end; first += BLOCK_REPLICAS) {
    const { records, probes } = trainReplicas(cell, { first, count: Math.min(BLOCK_REPLICAS, end - first) }, backend);
    const lines = records.map(recordLine).join('');
    const hash = sha256Hex(lines);
    const block = first / BLOCK_REPLICAS;
    if (hash !== blocks[block]) {
      report({ type: 'differs', block, hash, published: blocks[block] });
      return;
    }
    all.update(lines);
    if (probes !== null) {
      probed = true;
      allProbes.update(probes.map(recordLine).join(''));
    }
    statistics.push(blockStatistics(cell, records, probes));
    report({ type: 'block', done: Math.min(first + BLOCK_REPLICAS, end), seconds: (performance.now() - start) / 1000 });
  }
  const means: Record<string, number> = {};
  for (const [rule, { correlations: C }] of Object.entries(joinStatistics(statistics).rules)) {
    let sum = 0;
    for (let at = 0; at < C.length; at += 4) sum += C[at] + C[at + 1] + C[at + 2] - C[at + 3];
    means[rule] = sum / (C.length / 4);
  }
  const hash = firstBlockOnly ? blocks[0] : all.digest();
  report({
    type: 'done',
    hash,
    probeHash: probed && !firstBlockOnly ? allProbes.digest() : null,
    means,
    seconds: (performance.now() - start) / 1000,
  });
}
