// What one replica of a dense cell leaves behind: how its training ended, and what was read on the way.
import { z } from 'zod';

const number = z.number().nullable(); // null is a number that is not finite
const list = z.array(number);

export const DenseRecord = z.strictObject({
  heldOutAccuracy: z.number().min(0).max(1).optional(), // share of held-out rows classified right, where the data have them
  losses: list.min(1), // [heads] of the last step, before its update; with data the mean since the last moment
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
  moved2: list, // [layers] |h(end) - h(0)|^2 / |h(0)|^2 over all rows
  outputs: list, // [moments][rows][outputs]
  replica: z.int().min(0),
  t: z.array(z.int().min(0)).min(1), // [moments] step numbers
  tangents: z
    .strictObject({
      gradients: list, // [looks][heads a <= b] g_a . g_b of the heads' loss gradients over the trunk's parameters: 00, 01, .., 11, ..
      kernel: list.length(3), // <K0,K0>, <K0,KT>, <KT,KT> of the tangent kernel of all outputs and rows, start and end
      overlap2: list, // [2][heads a < b] squared cosine of the heads' weights at the start and the end, with the cosine's sign
      t: z.array(z.int().min(0)).min(2), // [looks] steps done before the look, the last after all
    })
    .optional(), // of cells that ask for it
  turned2: list, // [pairs][layers] square of the cosine of dh at the end with dh at the start, with the cosine's sign
});
export type DenseProbe = z.infer<typeof DenseProbe>;
