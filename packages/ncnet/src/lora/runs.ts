// Records of lora replicas as the statistics of a block: the records themselves, which are few and small. Pure.
import type { LoraCell } from './cell.ts';
import type { LoraRecord } from './record.ts';

export interface LoraStatistics {
  loras: LoraRecord[];
}

/** A lora cell with all its replicas, in order. */
export interface LoraRecords {
  cell: LoraCell;
  replicas: number;
  recordHash: string;
  probeHash: null;
  blocks: string[];
  statistics: LoraStatistics;
}

export const joinLora = (parts: LoraStatistics[]): LoraStatistics => ({ loras: parts.flatMap(({ loras }) => loras) });
