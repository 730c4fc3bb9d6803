// Numbers as the reports print them.

const MINUS = '−';

/** A number with fixed decimals, a true minus sign and thin-spaced thousands; -0 is 0. */
export function fixed(value: number, decimals = 3): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = text.split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ' ') : whole;
  const sign = value < 0 && Number(text) !== 0 ? MINUS : '';
  return `${sign}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** A p-value: small ones as a bound that can be read; beyond 10⁻⁹ the number says nothing more. */
export function probability(p: number): string {
  if (p >= 0.001) return fixed(p, 3);
  const exponent = p < 1e-9 ? 9 : Math.ceil(-Math.log10(p)) - 1;
  return `< 10⁻${'⁰¹²³⁴⁵⁶⁷⁸⁹'[exponent]}`;
}

/** Any value of a result: whole numbers as they are, others to three decimals, lists in brackets, null as a dash. */
export function plain(value: unknown, decimals?: number): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return '–';
    return decimals === undefined && Number.isInteger(value) ? fixed(value, 0) : fixed(value, decimals ?? 3);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return `[${value.map((item) => plain(item, decimals ?? 3)).join(', ')}]`;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** A guess of seconds for a reader: "under 1 s", "about 12 s", "about 3 min". */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

/** Plain text of a result as HTML: escaped, with the signs of print. */
export function typeset(text: string): string {
  return escapeHtml(text)
    .replace(/&lt;=/g, '≤')
    .replace(/s_odd/g, 's<sub>odd</sub>')
    .replace(/(^|[^\w])-(?=\d)/g, `$1${MINUS}`)
    .replace(/ ([=≤<>]|&lt;|&gt;) (?=[\d−])/g, '\u00a0$1\u00a0');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

/** Bytes for a reader. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
