// A failed schema as one line: the key's path, what was expected, what came, and for a misspelt key the one that was meant.
import { z } from 'zod';
import { didYouMean, nearestWord } from './did-you-mean.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

const SHOWN = 3; // the first problems; more are counted

/**
 * One line for a failed schema.
 * @param schema that refused the value; says what was expected at a path
 * @param value that was refused
 */
export function describeIssues(error: z.ZodError, schema: z.ZodType, value: unknown): string {
  const meant = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => pathText([...issue.path, nearestWord(key, keysAt(schema, issue.path)) ?? '']))
      : [],
  );
  const lines = new Map<string, string>(); // by path: two complaints about one value are one
  for (const issue of error.issues) {
    const path = pathText(issue.path);
    const missing = issue.code !== 'unrecognized_keys' && valueAt(value, issue.path) === undefined;
    if (missing && meant.includes(path)) continue; // the misspelt key says it
    const key = issue.code === 'unrecognized_keys' ? `${path} keys` : path;
    if (!lines.has(key)) lines.set(key, `${path === '' ? '' : `${path}: `}${describeIssue(issue, schema, value)}`);
  }
  const all = [...lines.values()];
  const more = all.length > SHOWN ? ` (and ${all.length - SHOWN} more)` : '';
  return all.slice(0, SHOWN).join('; ') + more;
}

function describeIssue(issue: Issue, schema: z.ZodType, value: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys
      .map(
        (key) =>
          `expected a key that exists, got ${key}; ${didYouMean(key, known, `the keys are ${known.join(', ')}`)}`,
      )
      .join('; ');
  }
  if (issue.code === 'custom') return issue.message;
  const found = valueAt(value, issue.path);
  const got = show(found);
  if (issue.code === 'invalid_format') return `${issue.message}, got ${got}`;
  const node = nodeAt(schema, issue.path);
  const expected = node === undefined ? undefined : expectation(node);
  if (expected === undefined) return `${issue.message}, got ${got}`;
  const options = node instanceof z.ZodEnum && typeof found === 'string' ? node.options.map(String) : [];
  const meant = didYouMean(String(found), options, '');
  return `expected ${expected}, got ${got}${meant === '' ? '' : `; ${meant}`}`;
}

/** What a schema accepts, in words; undefined where there are none. */
function expectation(schema: z.ZodType): string | undefined {
  const node = bare(schema);
  if (node instanceof z.ZodNumber) return numberWords(node);
  if (node instanceof z.ZodEnum) return node.options.join('|');
  if (node instanceof z.ZodLiteral) return [...node.values].map((value) => JSON.stringify(value)).join('|');
  if (node instanceof z.ZodUnion) {
    const parts = node.options.map((option) => expectation(option as z.ZodType));
    return parts.includes(undefined) ? undefined : parts.join(' or ');
  }
  if (node instanceof z.ZodTuple) return `a list of ${node.def.items.length} values`;
  if (node instanceof z.ZodArray) {
    const { low, high } = limitsOf(node);
    return low === undefined || high === undefined ? 'a list' : `a list of ${low} to ${high} values`;
  }
  if (node instanceof z.ZodString) return limitsOf(node).low === undefined ? 'text' : 'text that is not empty';
  if (node instanceof z.ZodBoolean) return 'true or false';
  if (node instanceof z.ZodObject || node instanceof z.ZodRecord) return 'an object';
  return undefined;
}

function numberWords(node: z.ZodNumber): string {
  const { low, high, above } = limitsOf(node);
  if (above !== undefined) return `a number above ${above}${high === undefined ? '' : ` and at most ${high}`}`;
  const kind = node.format === 'safeint' ? 'a whole number' : 'a finite number';
  if (low === undefined) return kind;
  return high === undefined ? `${kind} from ${low}` : `${kind} from ${low} to ${high}`;
}

interface Limits {
  low?: number; // inclusive
  high?: number;
  above?: number; // exclusive
}

/** The limits of a number, or of the length of a text or a list. */
function limitsOf(node: z.ZodNumber | z.ZodString | z.ZodArray): Limits {
  const limits: Limits = {};
  for (const { _zod } of node.def.checks ?? []) {
    const def = _zod.def as { check: string; value?: number; inclusive?: boolean; minimum?: number; maximum?: number };
    if (def.check === 'greater_than') limits[def.inclusive ? 'low' : 'above'] = def.value;
    if (def.check === 'less_than') limits.high = def.value;
    if (def.check === 'min_length') limits.low = def.minimum;
    if (def.check === 'max_length') limits.high = def.maximum;
  }
  return limits;
}

/** The schema below optional values and defaults. */
function bare(schema: z.ZodType): z.ZodType {
  let node = schema;
  while (node instanceof z.ZodOptional || node instanceof z.ZodDefault || node instanceof z.ZodNullable) {
    node = node.def.innerType as z.ZodType;
  }
  return node;
}

function nodeAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  let node: z.ZodType | undefined = bare(schema);
  for (const step of path) {
    if (node instanceof z.ZodObject) node = node.shape[step as string];
    else if (node instanceof z.ZodArray) node = node.element as z.ZodType;
    else if (node instanceof z.ZodTuple) node = node.def.items[step as number] as z.ZodType | undefined;
    else return undefined;
    if (node === undefined) return undefined;
    node = bare(node);
  }
  return node;
}

function keysAt(schema: z.ZodType, path: Path): string[] {
  const node = nodeAt(schema, path);
  return node instanceof z.ZodObject ? Object.keys(node.shape) : [];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
}

/** `sweep.hidden[0]` */
function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

/** A value as a reader wrote it, long ones cut. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value); // JSON has no NaN and no Infinity
  if (typeof value === 'function') return 'a function';
  let text: string;
  try {
    text = JSON.stringify(value) ?? typeof value;
  } catch {
    text = `a ${typeof value}`; // a cycle
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
