// The committed cross-check of backends as its page reads it, checked when the site is built.
import { z } from 'zod';
import { readMeasured } from '../measured.ts';

export const COMMAND = 'npx ncnet crosscheck --save';
export const FILE = 'crosscheck.json';

const Op = z.object({ op: z.string(), largest: z.number(), share: z.number() });
const CheckedBackend = z.object({
  ...{ backend: z.string(), device: z.string(), versions: z.record(z.string(), z.string()), seconds: z.number() },
  differences: z.object({
    ops: z.array(Op).min(1),
    forward: z.object({ largest: z.number(), p99: z.number(), relative: z.number() }),
    gradient: z.object({ largest: z.number(), cosine: z.number() }),
    loss: z.number(),
    step: z.number(),
    steps: z.object({
      largest: z.number(),
      curve: z.array(z.number()).min(1),
      firstOut: z.number().nullable(),
      again: z.number(),
    }),
  }),
  passed: z.object({
    ...{ ops: z.boolean(), forward: z.boolean(), gradient: z.boolean(), step: z.boolean(), steps: z.boolean() },
    apart: z.boolean(),
  }),
  apart: z.record(z.string(), z.number()),
});
export type CheckedBackend = z.infer<typeof CheckedBackend>;

export const Crosscheck = z.object({
  machine: z.object({
    ...{ cpu: z.string(), cores: z.number(), node: z.string(), platform: z.string(), date: z.string() },
  }),
  model: z.object({
    ...{ layers: z.number(), hidden: z.number(), parameters: z.number(), steps: z.number(), learningRate: z.number() },
  }),
  tolerances: z.object({
    ...{ opAbsolute: z.number(), opRelative: z.number(), forward: z.number(), gradientCosine: z.number() },
    ...{ gradient: z.number(), step: z.number(), steps: z.number(), apart: z.number() },
  }),
  backends: z.array(CheckedBackend).min(1),
  absent: z.array(z.object({ name: z.string(), reason: z.string(), enable: z.string() })),
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  passed: z.boolean(),
});
export type Crosscheck = z.infer<typeof Crosscheck>;

/** @throws Error of one line with the command that writes the file */
export const readCrosscheck = (folder?: string) => readMeasured('crosscheck', FILE, COMMAND, Crosscheck, folder);
