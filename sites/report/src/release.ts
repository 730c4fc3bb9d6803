// The release: a frozen result with prose, at a permanent address. Its folder is releases/<slug>/v<version>/.
import { z } from 'zod';

export const Release = z.strictObject({
  schema: z.literal('ncnet-release/1'),
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  version: z.int().min(1),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected YYYY-MM-DD'),
  title: z.string().min(1),
  finding: z.string().min(1), // one or two sentences; may hold {{lookups}}
  order: z.int().min(0), // place on the index page
  result: z.literal('result.json'),
  /** Null for adapters of a BERT, which libraries train; the cells name their versions. */
  kernel: z
    .string()
    .regex(/^kernel-[0-9a-f]{12}\.wasm$/, 'expected kernel-<12 hex digits>.wasm')
    .nullable(),
});
export type Release = z.infer<typeof Release>;
