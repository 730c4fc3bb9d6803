// Numbers and paragraphs of the report of `ncnet analyse`.

const WIDTH = 110; // of wrapped lines, the same on every terminal so that two reports can be compared

/** Decimals that show a standard error with two significant digits; never fewer than four. Below 1e-12 it is rounding. */
export function digitsFor(se: number): number {
  return se > 1e-12 ? Math.max(4, 1 - Math.floor(Math.log10(se))) : 4;
}

/** Four significant digits, without trailing zeros. */
export function significant(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** p to four digits; where it underflows, its decimal logarithm if that is known: never "0". */
export function showP(p: number, log10P?: number): string {
  if (p >= 1e-300) return significant(p);
  return log10P === undefined ? '< 1e-300' : `10^${log10P.toFixed(1)}`;
}

/** "p = 0.039" or "p < 1e-300". */
export function equation(p: string): string {
  return p.startsWith('<') ? `p ${p}` : `p = ${p}`;
}

export function indented(table: string): string {
  return table.replace(/^(?=.)/gm, '  ');
}

/** Words in lines of at most 110 characters, "p = 0.05" in one; the first starts with `lead`, the others as far in. */
export function wrap(text: string, lead: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<! [=<-]) (?![=<-] )/)) {
    if (line === '') line = word;
    else if (lead.length + line.length + 1 + word.length <= WIDTH) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((words, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + words).join('\n');
}
