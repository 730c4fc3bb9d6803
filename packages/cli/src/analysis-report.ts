// The readable report of `ncnet analyse`: sections of aligned text, warnings first, the verdict with its reason last.
import { type Analysis, GUARDS } from 'chsh';
import { countTable, estimateTable, geometryTable, signallingTable, testTable } from './analysis-tables.ts';
import { significant, wrap } from './analysis-text.ts';

export interface ReportFacts {
  name: string; // of the file
  format: 'counts' | 'trials';
  alpha: number;
  separated: boolean;
  colour: boolean;
}

const GUARD_NAMES: Record<(typeof GUARDS)[number], string> = {
  memory: 'memory',
  settingBias: 'setting bias',
  signalling: 'signalling',
  multiplicity: 'multiplicity',
  optionalStopping: 'optional stopping',
};

/** @param counts the 16 counts, settings 11, 12, 21, 22; outcomes ++, +-, -+, -- */
export function analysisReport(a: Analysis, counts: ArrayLike<number>, facts: ReportFacts): string {
  const { name, format, alpha, separated, colour } = facts;
  const style = (code: number, off: number, text: string): string =>
    colour ? `\x1b[${code}m${text}\x1b[${off}m` : text;
  const bold = (text: string): string => style(1, 22, text);
  const warn = (text: string): string => style(33, 39, text);
  const section = (title: string, body: string): string => `${bold(title)}\n${body.trimEnd()}\n`;

  const kind = format === 'counts' ? 'given as counts' : 'in order';
  const parties = separated ? 'declared separated' : 'not declared separated';
  const sections = [
    section(`CHSH analysis of ${name}`, `${a.game.n} trials ${kind}; parties ${parties}; alpha ${alpha}`),
    a.warnings.length === 0
      ? section('Warnings', '  none')
      : section(warn(`Warnings: ${a.warnings.length}`), a.warnings.map((text) => warn(wrap(text, '  ! '))).join('\n')),
    section('Counts (outcomes of Alice and Bob; E is the mean of their product)', countTable(counts)),
    section('Estimates', estimateTable(a)),
    section('Tests of local models', testTable(a)),
    section('Geometry', geometryTable(a)),
    section('Signalling (mean outcome, by the setting of the other party)', signallingTable(a, counts, alpha)),
    section('Five guards', guardLines(a)),
  ];
  const notes = Object.entries(a.notes).filter(([key]) => !(key in GUARD_NAMES) && key !== 'trialsNeeded');
  if (notes.length > 0)
    sections.push(section('Notes', notes.map(([key, note]) => wrap(`${key}: ${note}`, '  ')).join('\n')));
  sections.push(section('Verdict', verdictLines(a, alpha, bold)));
  return sections.join('\n');
}

function guardLines(a: Analysis): string {
  const width = Math.max(...Object.values(GUARD_NAMES).map((name) => name.length));
  return GUARDS.map((guard) => wrap(a.notes[guard], `  ${GUARD_NAMES[guard].padEnd(width)}  `)).join('\n');
}

function verdictLines(a: Analysis, alpha: number, bold: (text: string) => string): string {
  const { rung, words, reason } = a.verdict;
  const { n, bits, trialsNeeded, beta, biased, win } = a.game;
  const used = significant(a.notes.settingBias.includes('the verdict uses the latter') ? biased.beta : beta);
  const needed = [
    trialsNeeded === null
      ? `none suffices: the chance to win, ${significant(win)}, is not above beta = ${used}`
      : `at most ${trialsNeeded} won at this rate (${significant(bits)} bits each at beta = ${used}) at alpha ${alpha}`,
    a.trialsNeeded === null
      ? `signalling counted as evidence, none: ${a.notes.trialsNeeded}`
      : `signalling counted as evidence, ${a.trialsNeeded} (${significant(a.klBits)} bits each)`,
    `${n} were analysed`,
  ].join('; ');
  return [
    bold(wrap(`rung ${rung} of 5: ${words}`, '  ')),
    wrap(reason, '  because        '),
    wrap(needed, '  trials needed  '),
  ].join('\n');
}
