// The result of a sweep: what runExperiment writes and the reports read. It holds no clock, so equal work gives equal bytes.
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const json = z.record(z.string(), z.unknown());

/** One cell as it can be executed again: the cell itself, how many replicas, and the hashes that a repetition must meet. */
export const ResultCell = z.strictObject({
  cell: json,
  replicas: z.int().min(1),
  recordHash: hash,
  probeHash: hash.nullable(),
  blocks: z.array(hash), // sha-256 of the record lines of each block of 256 replicas
});
export type ResultCell = z.infer<typeof ResultCell>;

export const ResultChart = z.strictObject({
  name: z.string(),
  title: z.string(),
  alt: z.string(),
  spec: json, // Vega-Lite, data by name "rows"
  data: z.array(json),
});
export type ResultChart = z.infer<typeof ResultChart>;

export const ResultClaim = z.strictObject({
  id: z.string(),
  claim: z.string(),
  verdict: z.enum(['supported', 'partly supported', 'not supported', 'not tested']),
  because: z.string(),
});
export type ResultClaim = z.infer<typeof ResultClaim>;

export const Result = z.strictObject({
  schema: z.literal('ncnet-result/1'),
  experiment: json, // the checked literal: name, title, question, paper, cost, expectation, command, cell, sweep, ...
  variant: z.enum(['quick', 'full', 'custom']),
  replicas: z.int().min(1),
  cells: z.array(ResultCell),
  rows: z.array(json), // one per cell and outcome rule: the summary of ncnet's summary.ts
  claims: z.array(ResultClaim),
  charts: z.array(ResultChart),
  alone: json.optional(), // of lora cells: accuracies of the tasks trained alone, which the rule success compares with
  provenance: z.strictObject({
    kernel: z.string(), // sha-256 of kernel.wasm
    sources: hash, // sha-256 of the training sources
    experimentSource: hash, // sha-256 of the experiment's file
    node: z.string(),
    packages: z.record(z.string(), z.string()),
  }),
});
export type Result = z.infer<typeof Result>;
