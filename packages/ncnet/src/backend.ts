// The interface of a backend: it trains a block of replicas of one context. Types only.
import type { NcnetCell } from './cell.ts';

export interface TrainRequest {
  alice: Uint8Array; // [rows] target bits of Alice's task in this context
  bob: Uint8Array; // [rows]
  firstReplica: number;
  replicas: number;
  restart: number;
}

export type Reals = Float32Array | Float64Array;

export interface TrainedBlock {
  parameters: number;
  weights: Reals; // [replicas, parameters]
  logits: Reals; // [replicas, rows, 2]
  outputs: Reals; // [replicas, rows, 2], sigmoid of the logit for bce, the linear value for mse
  losses: Reals; // [replicas, 2] mean over the training rows, nats for bce
  trainingRows: Uint8Array; // [replicas, rows] 1 = trained on
  lossStep: Uint32Array | null; // [replicas, 4] ++, +-, -+, -- over the second half of the steps
  rises: Uint32Array | null; // [replicas, 2] steps on which the head's full-batch loss rose
  cosine: Reals | null; // [replicas] cosine of the two heads' gradients on the shared layer, mean over every 10th step of the second half
}

export interface Backend {
  name: NcnetCell['backend'];
  train(cell: NcnetCell, request: TrainRequest): TrainedBlock;
  initialWeights(cell: NcnetCell, request: { firstReplica: number; replicas: number; restart: number }): Reals;
}
