// Numbers in prose are looked up in the result, never typed: {{row hidden=3 outcome=correct S.mean}}, optionally "| .2", "| %" or "| p".
import type { Result } from 'runner/result';
import { escapeHtml, fixed, plain, probability } from './format.ts';

type Row = Record<string, unknown>;

const CONTEXT_ALIAS: Record<string, string> = { C11: 'C.0', C12: 'C.1', C21: 'C.2', C22: 'C.3' };

/** The value at a dotted path ("S.ci95Bounded.0", "C22", "sOdd-delta"); undefined where it leads nowhere. */
export function valueAt(root: unknown, path: string): unknown {
  if (path === 'sOdd-delta') {
    const { sOdd, delta } = (root ?? {}) as Row;
    return typeof sOdd === 'number' && typeof delta === 'number' ? sOdd - delta : undefined;
  }
  return (CONTEXT_ALIAS[path] ?? path)
    .split('.')
    .reduce<unknown>((value, key) => (value === null || value === undefined ? undefined : (value as Row)[key]), root);
}

/** Replaces every lookup of a text by markup (html) or by plain words. Throws on a lookup that finds nothing. */
export function resolveLookups(text: string, result: Result, where: string, markup: 'html' | 'text'): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (_whole, inner: string) => {
    const [query, format = ''] = inner.split('|').map((part) => part.trim());
    const value = lookUp(query, result, `${where}: {{${inner.trim()}}}`);
    const shown = show(value, format, query, `${where}: {{${inner.trim()}}}`);
    if (markup === 'text') return shown;
    return typeof value === 'number' && Number.isFinite(value)
      ? `<data value="${value}" title="${escapeHtml(query)}">${shown}</data>`
      : escapeHtml(shown);
  });
}

function lookUp(query: string, result: Result, where: string): unknown {
  const [verb, ...words] = query.split(/\s+/);
  const path = words.at(-1) ?? '';
  const filters = words.filter((word) => word.includes('='));
  let value: unknown;
  if (verb === 'row') {
    value = valueAt(oneRow(matching(result, filters), where), path);
  } else if (verb === 'max' || verb === 'min') {
    value = valueAt(extreme(matching(result, filters), path, verb, where), path);
  } else if (verb === 'argmax' || verb === 'argmin') {
    // {{argmax hidden outcome=correct S.mean}}: where the largest lies
    value = valueAt(extreme(matching(result, filters), path, verb.slice(3), where), words[0]);
  } else if (verb === 'claim') {
    value = result.claims.find((claim) => claim.id === words[0])?.verdict;
  } else if (verb === 'result') {
    value = valueAt(result, path);
  } else {
    throw new Error(`${where}: expected row, max, min, argmax, argmin, claim or result, got "${verb}"`);
  }
  if (value === undefined || value === null) throw new Error(`${where}: nothing found there in the result`);
  return value;
}

function matching(result: Result, filters: string[]): Row[] {
  const wanted = filters.map((filter) => filter.split('=') as [string, string]);
  return result.rows.filter((row) => wanted.every(([key, value]) => String(valueAt(row, key)) === value));
}

function oneRow(rows: Row[], where: string): Row {
  if (rows.length !== 1) throw new Error(`${where}: expected exactly one row, got ${rows.length}; add a key=value`);
  return rows[0];
}

function extreme(rows: Row[], path: string, which: string, where: string): Row {
  const numeric = rows.filter((row) => typeof valueAt(row, path) === 'number');
  if (numeric.length === 0) throw new Error(`${where}: no row holds a number at ${path}`);
  const sign = which === 'max' ? 1 : -1;
  return numeric.reduce((best, row) =>
    sign * (valueAt(row, path) as number) > sign * (valueAt(best, path) as number) ? row : best,
  );
}

function show(value: unknown, format: string, query: string, where: string): string {
  // Counts and labels are whole numbers; a mean that happens to be whole keeps its decimals.
  const whole = typeof value !== 'number' || /^arg|(hidden|replicas|rung|restart|seed|trialsNeeded)$/.test(query);
  if (format === '') return plain(value, whole ? undefined : 3);
  if (typeof value === 'number') {
    if (format === '%') return `${fixed(100 * value, 1)} %`;
    if (format === 'p') return probability(value);
  }
  if (/^\.\d$/.test(format)) return plain(value, Number(format[1]));
  throw new Error(`${where}: expected a format .0 to .9, % or p, got "${format}"`);
}
