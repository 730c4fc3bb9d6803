// Where two results or two blocks differ first.

export interface Difference {
  where: string;
  expected: string; // what the file says
  got: string; // what the computation gives
}

/** The first place where two JSON values differ; null if they are equal. */
export function firstDifference(expected: unknown, got: unknown, where: string): Difference | null {
  if (Object.is(expected, got)) return null;
  const show = (value: unknown): string => {
    const text = JSON.stringify(value) ?? 'nothing';
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  };
  const nested = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!nested(expected) || !nested(got) || Array.isArray(expected) !== Array.isArray(got)) {
    return { where, expected: show(expected), got: show(got) };
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const at = `${where}.${key}`;
    if (!Object.hasOwn(expected, key) || !Object.hasOwn(got, key)) {
      return { where: at, expected: show(expected[key]), got: show(got[key]) };
    }
    const difference = firstDifference(expected[key], got[key], at);
    if (difference !== null) return difference;
  }
  return null;
}

export function firstLineDifference(expected: Uint8Array, got: Uint8Array): Difference {
  const [left, right] = [expected, got].map((bytes) => Buffer.from(bytes).toString('utf8').split('\n'));
  for (let line = 1; line < Math.max(left.length, right.length); line++) {
    if (left[line] === right[line]) continue;
    try {
      const [a, b] = [JSON.parse(left[line]), JSON.parse(right[line])];
      const who = a.replica === undefined ? `line ${line + 1}` : `replica ${a.replica}`;
      const difference = firstDifference(a, b, who);
      if (difference !== null) return difference;
    } catch {
      // a line that is missing or no JSON: name the line
    }
    return { where: `line ${line + 1}`, expected: left[line] ?? 'nothing', got: right[line] ?? 'nothing' };
  }
  return { where: 'line 1', expected: left[0], got: right[0] };
}
