// A record as the line of text that is stored and hashed; apart from the schema, so that a worker need not load it.
import type { ProbeRecord, ReplicaRecord } from './record-schema.ts';

/** Canonical JSON of a record: its keys are written in sorted order, so plain stringification is canonical. */
export function recordLine(record: ReplicaRecord | ProbeRecord): string {
  return `${JSON.stringify(record)}\n`;
}
