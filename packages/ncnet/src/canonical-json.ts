// Canonical JSON: one byte string per value (sorted keys, no spaces, ECMAScript shortest numbers), the form that is hashed.

/**
 * The canonical text of a JSON value; keys are sorted by UTF-16 code unit (as RFC 8785 does). -0 is written as 0.
 * @throws on values that JSON cannot hold (NaN, Infinity, undefined, functions)
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`canonicalJson: expected a finite number, got ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  throw new Error(`canonicalJson: expected a JSON value, got ${typeof value}`);
}
