// What one replica of a dense cell leaves behind: how its training ended, and what was read on the way.
import { z } from 'zod';

const number = z.number().nullable(); // null is a number that is not finite
const list = z.array(number);

export const DenseRecord = z.strictObject({
  losses: list.min(1), // [heads] of the last step, before its update
  replica: z.int().min(0),
  steps: z.int().min(1),
  stopped: z.enum(['loss', 'steps', 'diverged']), // stopLoss reached, all steps done, or a loss that is not finite
  weights: z.string().regex(/^[0-9a-f]{64}$/), // sha-256 of the final weights, little-endian f32
});
export type DenseRecord = z.infer<typeof DenseRecord>;

/** Curves to 9 significant digits; kept beside the record with a hash of their own. */
export const DenseProbe = z.strictObject({
  distances: list, // [moments][pairs][layers] |dh|^2 before the step's update
  losses: list, // [moments][heads]
  moved: list, // [layers] |h(end) - h(0)| / |h(0)| over all rows
  outputs: list, // [moments][rows][outputs]
  replica: z.int().min(0),
  t: z.array(z.int().min(0)).min(1), // [moments] step numbers
  turned: list, // [pairs][layers] cosine of dh at the end with dh at the start
});
export type DenseProbe = z.infer<typeof DenseProbe>;
