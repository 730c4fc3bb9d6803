// The tables in the report of `ncnet analyse`: counts, estimates, tests, geometry, signalling.
import { type Analysis, correlations, marginals, OUTCOMES, SETTINGS, settingTotals } from 'chsh';
import { digitsFor, equation, indented, showP, significant, wrap } from './analysis-text.ts';
import { type Column, fixed, formatTable, interval } from './table.ts';

const Z95 = 1.959963984540054; // two-sided 95 % point of the normal distribution

export function countTable(counts: ArrayLike<number>): string {
  const totals = settingTotals(counts);
  const n = totals.reduce((sum, total) => sum + total, 0);
  const rows = correlations(counts).map((e, s) => ({ s, e, se: Math.sqrt((1 - e * e) / totals[s]) }));
  const digits = Math.max(...rows.map(({ se }) => digitsFor(se)));
  type Row = (typeof rows)[number];
  const table = formatTable<Row>(rows, [
    { title: 'setting', align: 'left', text: ({ s }) => SETTINGS[s] },
    ...OUTCOMES.map((title, o): Column<Row> => ({ title, text: ({ s }) => String(counts[4 * s + o]) })),
    { title: 'trials', text: ({ s }) => String(totals[s]) },
    { title: 'share', text: ({ s }) => fixed(totals[s] / n, 4) },
    { title: 'E', text: ({ e }) => fixed(e, digits) },
    { title: 'std. error', text: ({ se }) => fixed(se, digits) },
  ]);
  return indented(table);
}

export function estimateTable(a: Analysis): string {
  const normal = (value: number, se: number): [number, number] => [value - Z95 * se, value + Z95 * se];
  const { win, ci95, beta } = a.game;
  const rows = [
    { name: 'S = E11 + E12 + E21 - E22', value: a.S, se: a.seS, ci: normal(a.S, a.seS), local: 2 },
    { name: 'S, fitted without signalling (GLS)', value: a.SGls, se: a.seSGls, ci: normal(a.SGls, a.seSGls), local: 2 },
    { name: 'J of Clauser, Horne and Eberhard', value: a.J, se: null, ci: null, local: 0, scale: a.seJGls },
    { name: 'J, fitted without signalling (GLS)', value: a.JGls, se: a.seJGls, ci: normal(a.JGls, a.seJGls), local: 0 },
    {
      name: 'chance to win the CHSH game',
      value: win,
      se: null,
      ci: ci95,
      local: beta,
      scale: (ci95[1] - ci95[0]) / 4,
    },
  ].map((row) => ({ ...row, digits: digitsFor(row.scale ?? row.se ?? 0) }));
  const table = formatTable(rows, [
    { title: 'estimate', align: 'left', text: ({ name }) => name },
    { title: 'value', text: ({ value, digits }) => fixed(value, digits) },
    { title: 'std. error', text: ({ se, digits }) => fixed(se, digits) },
    { title: '95 % interval', text: ({ ci, digits }) => interval(ci, digits) },
    { title: 'local models', text: ({ local }) => `<= ${significant(local)}` },
  ]);
  const signs = a.signs.slice(0, 4).map((value) => fixed(value, digitsFor(a.seS)));
  const more = `All eight sign placements: minus at 22, 21, 12, 11 gives ${signs.join(', ')}; the other four are their negatives. The interval of the game is exact (Clopper, Pearson), the others are normal.`;
  return `${indented(table)}${wrap(more, '  ')}`;
}

const WITHIN = 'memory; settings within beta';
const FIXED_N = `${WITHIN}; n fixed`;

export function testTable(a: Analysis): string {
  const { wins, n, beta, pBinomial, log10P, pHoeffding, biased, pAnytime } = a.game;
  const won = `${wins} of ${n} won`;
  const bet = pAnytime === null ? 'bet fixed in advance' : 'learning bet';
  const observed = `game, exact, beta ${significant(biased.beta)} (observed settings)`;
  const rows = [
    [`game, exact, beta ${significant(beta)}`, won, showP(pBinomial, log10P), FIXED_N],
    [observed, won, showP(biased.pBinomial, biased.log10P), FIXED_N],
    [`game, Hoeffding, beta ${significant(beta)}`, won, showP(pHoeffding), FIXED_N],
    [`e-value, ${bet}`, showE(a), showP(pAnytime ?? Math.min(1, 1 / a.eValue)), `${WITHIN}; any stop`],
    ['prediction-based ratios', ...ratioCells(a.pbr)],
    [
      'likelihood ratio (Wilks)',
      `lr = ${significant(a.wilks.lr)}`,
      showP(a.wilks.p),
      'many independent trials, no signalling',
    ],
  ];
  return indented(words(rows, ['test', 'statistic', 'p', 'valid with']));
}

function ratioCells(ratio: Analysis['pbr']): string[] {
  if (ratio === null) return ['-', '-', 'needs ordered trials'];
  const log10 = ratio.logRatio / Math.LN10;
  return [`log10 R = ${significant(log10)}`, showP(ratio.p, -log10), FIXED_N];
}

function showE(a: Analysis): string {
  if (a.notes.eValue !== undefined) return 'e: see notes';
  return a.eValue < 1e-300 ? 'e < 1e-300' : `e = ${significant(a.eValue)}`;
}

export function geometryTable(a: Analysis): string {
  const region = `${a.quantum.inside ? 'within' : 'above'} pi = 3.142, the most that measurements on a shared state reach`;
  const rows = [
    ['Delta', significant(a.delta), 'direct influence: how far the means below move in all'],
    ['s_odd', fixed(a.sOdd, digitsFor(a.seS)), 'largest of the eight sign placements'],
    ['s_odd - Delta - 2', significant(a.cbd), 'above 0: more than direct influence explains'],
    ['CNT2', significant(a.cnt2), 'a quarter of it'],
    ['contextual fraction', significant(a.contextualFraction), 'least share that local models leave over'],
    ['signalling fraction', significant(a.signallingFraction), 'least share that tables without signalling leave over'],
    ['evidence per trial', significant(a.klBits), 'bits, against the nearest local model'],
    ['arcsin criterion', significant(a.quantum.arcsin), region],
  ];
  return indented(words(rows, ['quantity', 'value', 'meaning']));
}

export function signallingTable(a: Analysis, counts: ArrayLike<number>, alpha: number): string {
  const m = marginals(counts);
  const rows = [
    { name: 'A1', means: [m.a1b1, m.a1b2] },
    { name: 'A2', means: [m.a2b1, m.a2b2] },
    { name: 'B1', means: [m.b1a1, m.b1a2] },
    { name: 'B2', means: [m.b2a1, m.b2a2] },
  ].map((row, index) => ({ ...row, z: a.noSignalling.z[index] }));
  const least = Math.min(...settingTotals(counts));
  const digits = Math.max(
    ...rows.flatMap(({ means }) => means.map((mean) => digitsFor(Math.sqrt((1 - mean * mean) / least)))),
  );
  const table = formatTable(rows, [
    { title: 'observable', align: 'left', text: ({ name }) => name },
    { title: 'other 1', text: ({ means }) => fixed(means[0], digits) },
    { title: 'other 2', text: ({ means }) => fixed(means[1], digits) },
    { title: 'difference', text: ({ means }) => fixed(means[0] - means[1], digits) },
    { title: 'z', text: ({ z }) => fixed(z, 2) },
  ]);
  const { chi2, df, p, pbr } = a.noSignalling;
  const detected = p < alpha || a.notes['noSignalling.chi2'] !== undefined; // a shift without variance is certain
  const joint = `joint test: chi2 = ${significant(chi2)} (${df} df), ${equation(showP(p))}: signalling ${detected ? 'detected' : 'not detected'} at alpha ${alpha}`;
  const lines = [indented(table) + wrap(joint, '  ')];
  if (pbr !== null) {
    const [statistic, ratioP] = ratioCells(pbr);
    lines.push(wrap(`prediction-based ratios (valid with memory): ${statistic}, ${equation(ratioP)}`, '  '));
  }
  return lines.join('\n');
}

function words(rows: readonly string[][], titles: readonly string[]): string {
  return formatTable(
    rows,
    titles.map((title, index): Column<string[]> => ({ title, align: 'left', text: (row) => row[index] })),
  );
}
