// Records of lora replicas as the statistics of a block: the records themselves, which are few and small. Pure.
import type { LoraCell } from './cell.ts';
import type { AloneRecord, LoraRecord } from './record.ts';

export interface LoraStatistics {
  loras: LoraRecord[]; // none of a cell whose tasks are trained alone
  alone: AloneRecord[]; // none of any other
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

export function loraStatistics(cell: LoraCell, records: readonly (LoraRecord | AloneRecord)[]): LoraStatistics {
  if (cell.alone) return { loras: [], alone: records as AloneRecord[] };
  return { loras: records as LoraRecord[], alone: [] };
}

export const joinLora = (parts: LoraStatistics[]): LoraStatistics => ({
  loras: parts.flatMap(({ loras }) => loras),
  alone: parts.flatMap(({ alone }) => alone),
});
