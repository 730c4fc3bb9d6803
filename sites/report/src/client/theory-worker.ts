// Trains the page's network in a thread of its own and fits the theory's two rates at every hidden layer.
import { makeDenseCell, pairConstants, pairCurves, trainDense } from 'ncnet/dense';
import { fitLayers } from 'theory';
import type { Measured } from '../theory/curves.ts';

export interface TrainRequest {
  cell: Parameters<typeof makeDenseCell>[0];
  replica: number;
  kernelUrl: string;
}

export interface TrainedLayer {
  curves: Measured;
  fit: { etaH: number; etaY: number; r2: { H: number; Y: number; w: number } } | null;
}

export type TrainReply =
  | { layers: TrainedLayer[]; best: number; steps: number; stopped: string; seconds: number }
  | { error: string };

const noHash = (): string => '0'.repeat(64); // nothing is published here

self.onmessage = async ({ data }: MessageEvent<TrainRequest>) => {
  try {
    self.postMessage(await train(data));
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies TrainReply);
  }
};

async function train({ cell: input, replica, kernelUrl }: TrainRequest): Promise<TrainReply> {
  const response = await fetch(kernelUrl);
  if (!response.ok) throw new Error(`the kernel did not load: ${response.status}`);
  const kernel = await WebAssembly.compile(await response.arrayBuffer());
  const cell = makeDenseCell(input);
  const started = performance.now();
  const { records, probes } = await trainDense(cell, { first: replica, count: 1 }, kernel, noHash);
  const seconds = (performance.now() - started) / 1000;
  const run = { record: records[0], probe: probes[0] };
  const curves = cell.layers.map((layer) => pairCurves(cell, run, layer));
  const { fits, best } = fitLayers(pairConstants(cell), curves);
  const layers = curves.map((one, layer) => {
    const fit = fits[layer];
    return { curves: one, fit: fit && { etaH: fit.etaH.value, etaY: fit.etaY.value, r2: fit.r2 } };
  });
  return { layers, best, steps: records[0].steps, stopped: records[0].stopped, seconds };
}
