// Reads a measured result out of bench/results/, checked when the site is built.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';

/** `NCNET_BENCH` names another folder of results. */
const resultsFolder = (): string => resolve(process.env.NCNET_BENCH ?? '../../bench/results');

/**
 * @param page that shows it, for the error
 * @param command that writes the file
 * @throws Error of one line that names the file and the command
 */
export function readMeasured<T extends z.ZodType>(
  page: string,
  name: string,
  command: string,
  schema: T,
  folder = resultsFolder(),
): { result: z.infer<T>; bytes: Buffer } {
  const fail = (problem: string): never => {
    throw new Error(`${page} page: bench/results/${name} ${problem}; write it with: ${command}`);
  };
  const file = join(folder, name);
  if (!existsSync(file)) fail('is missing');
  const bytes = readFileSync(file);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    fail('is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { result: parsed.data, bytes };
  const [{ path, message }] = parsed.error.issues;
  return fail(`does not fit at ${path.join('.') || 'the top'} (${message})`);
}
