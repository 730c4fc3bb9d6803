// ncnet theory: curves of the effective theory of two points, or the fit of its rates to measured curves.
import type { Command } from 'commander';
import { decimal, flag, path, type Reader, UsageError } from '../flags.ts';
import { examples } from '../help.ts';
import { TIMES_FORM, timesReader } from '../theory-times.ts';

const LARGEST = 1e30;

interface TheoryFlags {
  etaH?: number;
  etaY?: number;
  dx2: number;
  dyStar?: number;
  h0?: number;
  dy0?: number;
  etaYbar?: number;
  e0?: number;
  t?: number[];
  fit?: string;
  json?: boolean;
}

const NOTES = `
Curves need --eta-h, --eta-y, --dy-star, --h0 and --dy0. Times and rates share one unit, such as epochs.
Without --eta-ybar and --e0 the loss is that of a mean output at its target.

A fit reads CSV with a header that names t,H,Y,w and, if you like, loss, in any order; its start is the first row,
or --h0 and --dy0 where the rows are noisy. H = |dh|^2, Y = |dy|^2, w = dy . (dy - dy*).
Equations and sources: docs/theory.md`;

export function addTheory(program: Command): void {
  program
    .command('theory')
    .description(
      'The effective theory of two points (van Rossem and Saxe 2024): its curves H, Y, w and loss, or its rates fitted to measured ones.',
    )
    .addOption(flag('--eta-h <x>', 'rate of the encoder, eta_h = 1 / (2 tau_h)', positive))
    .addOption(flag('--eta-y <x>', 'rate of the decoder, eta_y = 1 / (2 tau_y)', positive))
    .addOption(flag('--dx2 <x>', '|dx|^2, squared distance of the two inputs', positive, '1'))
    .addOption(
      flag('--dy-star <x>', '|dy*|, distance of the two targets (default with --fit: read from Y and w)', target),
    )
    .addOption(flag('--h0 <x>', '|dh(0)|^2, squared distance in the hidden layer at the start', positive))
    .addOption(flag('--dy0 <x>', 'dy(0), difference of the two outputs at the start, signed along dy*', signed))
    .addOption(flag('--eta-ybar <x>', 'rate of the mean output, 1 / tau_ybar, for the loss', zeroOrMore))
    .addOption(flag('--e0 <x>', 'e(0), distance of the mean output from its target at the start', signed))
    .addOption(flag('--t <times>', `${TIMES_FORM} (default: from the rates)`, timesReader))
    .addOption(flag('--fit <file>', 'fit the rates to this CSV file, - for stdin', path('a CSV file', 'curves.csv')))
    .option('--json', 'print one JSON object on stdout, with every digit')
    .addHelpText(
      'after',
      `${NOTES}\n${examples(
        'ncnet theory --eta-h 0.31 --eta-y 2.7 --dy-star 0.7071 --h0 0.0021 --dy0 0.013',
        'ncnet theory --eta-h 0.31 --eta-y 2.7 --dy-star 0.7071 --h0 0.0021 --dy0 -0.013 --t log:0.1:100:40 --json',
        'ncnet theory --fit curves.csv --dy-star 0.7071',
      )}`,
    )
    .action(run);
}

const read = (text: string): number => {
  const value = decimal(text);
  return Math.abs(value) <= LARGEST ? value : Number.NaN;
};

const positive: Reader<number> = (name, text) => {
  const value = read(text);
  if (value > 0) return value;
  throw new UsageError(
    `${name}: expected a number above 0 and at most ${LARGEST}, got "${text}"; write it as in ${name} 0.31`,
  );
};

const zeroOrMore: Reader<number> = (name, text) => {
  const value = read(text);
  if (value >= 0) return value;
  throw new UsageError(`${name}: expected a number from 0 to ${LARGEST}, got "${text}"; write it as in ${name} 0.05`);
};

const target: Reader<number> = (name, text) => {
  const value = read(text);
  if (value >= 0) return value;
  throw new UsageError(
    `${name}: expected a distance from 0 to ${LARGEST}, got "${text}"; write it as in ${name} 0.7071, the sign belongs to --dy0`,
  );
};

const signed: Reader<number> = (name, text) => {
  const value = read(text);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`${name}: expected a number within +-${LARGEST}, got "${text}"; write it as in ${name} -0.01`);
};

async function run(flags: TheoryFlags): Promise<void> {
  const text = flags.fit === undefined ? await curves(flags) : await fit(flags, flags.fit);
  process.stdout.write(text);
}

async function curves(flags: TheoryFlags): Promise<string> {
  const { etaH, etaY, dx2, dyStar, h0, dy0, etaYbar, e0 } = flags;
  const needed = { '--eta-h': etaH, '--eta-y': etaY, '--dy-star': dyStar, '--h0': h0, '--dy0': dy0 };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (etaH === undefined || etaY === undefined || dyStar === undefined || h0 === undefined || dy0 === undefined) {
    throw new UsageError(
      `expected ${Object.keys(needed).join(', ')}, got no ${missing.join(', ')}; give every one, or measured curves with --fit FILE`,
    );
  }
  if ((etaYbar === undefined) !== (e0 === undefined)) {
    const [got, other] = etaYbar === undefined ? ['--e0', '--eta-ybar'] : ['--eta-ybar', '--e0'];
    throw new UsageError(`${got}: expected --eta-ybar and --e0 together, got no ${other}; give both or neither`);
  }
  const [{ defaultTimes }, { predict }] = await Promise.all([
    import('../theory-default-times.ts'),
    import('../theory-curves.ts'),
  ]);
  const problem = {
    point: { etaH, etaY, dx2, dyStar },
    start: { H: h0, dy: dy0 },
    mean: { etaYbar: etaYbar ?? 0, e0: e0 ?? 0 },
  };
  const prediction = predict(problem, flags.t ?? defaultTimes(problem));
  if (flags.json) return `${JSON.stringify(prediction)}\n`;
  const [{ predictionReport }, { wantsColour }] = await Promise.all([
    import('../theory-text.ts'),
    import('../table.ts'),
  ]);
  return predictionReport(problem, prediction, wantsColour());
}

async function fit(flags: TheoryFlags, name: string): Promise<string> {
  const { dx2, dyStar, h0, dy0, e0 } = flags;
  const fitted = { '--eta-h': flags.etaH, '--eta-y': flags.etaY, '--eta-ybar': flags.etaYbar, '--t': flags.t };
  const given = Object.entries(fitted).find(([, value]) => value !== undefined)?.[0];
  if (given !== undefined) {
    const what = given === '--t' ? 'the times of the file' : 'rates from the file';
    throw new UsageError(`${given}: expected ${what}, as --fit says, got ${given} too; drop ${given} or --fit`);
  }
  const [{ readCurves }, { fitCurves }] = await Promise.all([import('../theory-input.ts'), import('../theory-fit.ts')]);
  const measured = await readCurves(name);
  const { report, picture } = fitCurves(measured, { dx2, dyStar, h0, dy0, e0 });
  if (flags.json) return `${JSON.stringify(report)}\n`;
  const [{ fitReport }, { wantsColour }] = await Promise.all([import('../theory-text.ts'), import('../table.ts')]);
  return fitReport(measured.name, report, picture, wantsColour());
}
