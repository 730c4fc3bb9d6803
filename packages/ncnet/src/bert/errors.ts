// What a given folder, file or text can get wrong: one line (who, expected, got, remedy) that ends a command with code 2.

/** The input cannot be used as it is. */
export class BertInputError extends Error {
  readonly exitCode = 2;
  override name = 'BertInputError';
}

/** Text from a file or a flag as one short printable piece of a line. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return printable(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}

export function fault(where: string, expected: string, got: string, remedy: string): BertInputError {
  return new BertInputError(`${printable(where)}: expected ${expected}, got ${got}; ${remedy}`);
}
