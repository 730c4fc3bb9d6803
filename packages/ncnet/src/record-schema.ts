// What one replica leaves behind: joint counts per outcome rule, flips, losses, probes and the hash of its final weights.
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
/** Joint counts: contexts 11, 12, 21, 22; outcomes ++, +-, -+, -- (Alice first). */
export const JointCounts = z.array(count).length(16);
/** Flips and their pairs of a1, a2, b1, b2: outcomes that differ between the observable's two contexts, seed fixed. */
export const FlipCounts = z.array(count).length(8);

/** The record proper: the same whichever outcome rules are asked for. `null` marks held-out when no row is left out, and a loss that is not finite. */
export const ReplicaRecord = z.strictObject({
  counts: z.strictObject({
    correct: JointCounts,
    'held-out': JointCounts.nullable(),
    success: JointCounts,
    tolerance: JointCounts,
  }),
  flips: z.strictObject({
    correct: FlipCounts,
    'held-out': FlipCounts.nullable(),
    success: FlipCounts,
    tolerance: FlipCounts,
  }),
  losses: z.array(z.number().nullable()).length(8), // [context][alice, bob], nats
  replica: z.int().min(0),
  restart: z.int().min(0),
  weights: hash,
});
export type ReplicaRecord = z.infer<typeof ReplicaRecord>;

/** What the probes of one replica saw while it trained; kept beside the record with a hash of its own. */
export const ProbeRecord = z.strictObject({
  cosine: z.array(z.number()).length(4).nullable(), // [context], mean over every 10th step of the second half
  'loss-step': JointCounts.nullable(),
  replica: z.int().min(0),
  rises: z.array(count).length(8).nullable(), // [context][alice, bob], steps on which the full-batch loss rises
});
export type ProbeRecord = z.infer<typeof ProbeRecord>;
