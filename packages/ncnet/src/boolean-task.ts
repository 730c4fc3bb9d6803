// A boolean task of d inputs: an expression (`x2?x1:x3`) or a truth table (`01100110`), read into its table.

export const MAX_INPUTS = 6;

/** Truth table of a task: 2^inputs characters 0/1, row 0 first; bit i of the row number is x_{i+1}. */
export type TruthTable = string;

/**
 * Reads a task into its truth table. Operators by falling precedence: `!` `&` `^` `|` `?:`; parentheses; constants 0 and 1.
 * @throws one line that names the task, the place and what was expected
 */
export function parseTask(text: string, inputs: number): TruthTable {
  const rows = 2 ** inputs;
  const source = text.replace(/\s+/g, '');
  if (/^[01]{2,}$/.test(source)) {
    if (source.length !== rows) {
      throw new Error(
        `task "${text}": a truth table of ${inputs} inputs has ${rows} characters, got ${source.length}; write one 0 or 1 per row`,
      );
    }
    return source;
  }
  const value = parseExpression(text, source, inputs);
  let table = '';
  for (let row = 0; row < rows; row++) table += value(row) ? '1' : '0';
  return table;
}

type Evaluate = (row: number) => boolean;

function parseExpression(text: string, source: string, inputs: number): Evaluate {
  let at = 0;
  let depth = 0;
  const fail = (expected: string): never => {
    const got = at < source.length ? `"${source[at]}" at character ${at + 1}` : 'the end';
    throw new Error(`task "${text}": expected ${expected}, got ${got}; examples: x1^x2, x2?x1:x3, !x1|x2, 01100110`);
  };
  const take = (symbol: string): boolean => source[at] === symbol && ++at > 0;

  const atom = (): Evaluate => {
    if (++depth > 200) throw new Error(`task "${text}": expected at most 200 nested operators, got more; simplify it`);
    try {
      if (take('!')) {
        const inner = atom();
        return (row) => !inner(row);
      }
      if (take('(')) {
        const inner = choice();
        if (!take(')')) fail('")"');
        return inner;
      }
      if (take('0')) return () => false;
      if (take('1')) return () => true;
      const name = /^x(\d+)/.exec(source.slice(at));
      if (name === null) return fail('x1..x6, "!", "(" or a truth table');
      const index = Number(name[1]);
      if (index < 1 || index > inputs) {
        throw new Error(`task "${text}": expected inputs x1..x${inputs}, got ${name[0]}; raise --inputs or rename it`);
      }
      at += name[0].length;
      return (row) => ((row >> (index - 1)) & 1) === 1;
    } finally {
      depth--;
    }
  };
  const chain = (symbol: string, next: () => Evaluate, join: (a: boolean, b: boolean) => boolean) => (): Evaluate => {
    let left = next();
    while (take(symbol)) {
      const a = left;
      const b = next();
      left = (row) => join(a(row), b(row));
    }
    return left;
  };
  const and = chain('&', atom, (a, b) => a && b);
  const xor = chain('^', and, (a, b) => a !== b);
  const or = chain('|', xor, (a, b) => a || b);
  const choice = (): Evaluate => {
    const test = or();
    if (!take('?')) return test;
    const yes = choice();
    if (!take(':')) fail('":"');
    const no = choice();
    return (row) => (test(row) ? yes(row) : no(row));
  };

  if (source.length > 1000) throw new Error(`task: expected at most 1000 characters, got ${source.length}`);
  const value = choice();
  if (at < source.length) fail('an operator or the end');
  return value;
}

/** A table as numbers 0/1, one per row. */
export function tableBits(table: TruthTable): Uint8Array {
  return Uint8Array.from(table, (c) => (c === '1' ? 1 : 0));
}
