// ncnet analyse: everything that 16 counts or ordered trials tell about CHSH, as a report or as the library's object.
import type { Analysis, AnalysisOptions } from 'chsh';
import type { Command } from 'commander';
import type { AnalysisInput, Format } from '../analysis-input.ts';
import { choice, decimal, flag, type Reader, UsageError } from '../flags.ts';
import { examples } from '../help.ts';
import { exitOnInterrupt } from '../interrupt.ts';

const FORMATS = ['counts', 'trials'] as const;

interface AnalyseFlags {
  format?: Format;
  beta?: number;
  predictability?: [number, number];
  separated?: boolean;
  alpha: number;
  json?: boolean;
}

const FILES = `
FILE, or - for stdin, holds one of
  counts  a JSON array of 16 whole numbers or of 4 rows of 4 (settings 11, 12, 21, 22; outcomes ++, +-, -+, --,
          Alice first), or CSV with the header x,y,a,b,n and a line for each of the 16 cells
  trials  CSV with the header x,y,a,b and one trial a line, in order: settings 1 or 2, outcomes +1 or -1; of any length`;

export function addAnalyse(program: Command): void {
  program
    .command('analyse <file>')
    .description(
      'Analyse CHSH counts or ordered trials: estimates, exact p-values, geometry, signalling, five guards and a verdict.',
    )
    .addOption(flag('--format <f>', `${FORMATS.join('|')} (default: guessed from the first line)`, choice(FORMATS)))
    .addOption(
      flag('--beta <B>', "a local model's largest chance to win a trial, 0.75 to below 1 (default: 0.75)", betaReader),
    )
    .addOption(
      flag(
        '--predictability <TA,TB>',
        "how far each party's setting can be predicted: its chance is within 1/2 +- T",
        predictabilityReader,
      ),
    )
    .option('--separated', "the parties were separated: an outcome could not depend on the other's setting")
    .addOption(flag('--alpha <a>', 'level of every test and of the verdict', alphaReader, '0.05'))
    .option('--json', "print one JSON object on stdout: chsh's analysis with every number, warning and note")
    .addHelpText(
      'after',
      `${FILES}\n${examples(
        'ncnet analyse docs/examples/delft-2015.json --separated',
        'ncnet analyse trials.csv --predictability 0.01,0.01 --json',
        'gunzip -c trials.csv.gz | ncnet analyse - --format trials',
      )}`,
    )
    .action(run);
}

const alphaReader: Reader<number> = (name, text) => {
  const value = decimal(text);
  if (value > 0 && value < 1) return value;
  throw new UsageError(`${name}: expected a number above 0 and below 1, got "${text}"; write it as in ${name} 0.05`);
};

const betaReader: Reader<number> = (name, text) => {
  const value = decimal(text);
  if (value >= 0.75 && value < 1) return value;
  throw new UsageError(
    `${name}: expected a number from 0.75 (fair settings) to below 1, got "${text}"; write it as in ${name} 0.7542`,
  );
};

const predictabilityReader: Reader<[number, number]> = (name, text) => {
  const values = text.split(',').map(decimal);
  if (values.length === 2 && values.every((value) => value >= 0 && value < 0.5)) return [values[0], values[1]];
  throw new UsageError(
    `${name}: expected two numbers from 0 to below 0.5 with a comma between, got "${text}"; write it as in ${name} 0.01,0.02`,
  );
};

interface Analysed {
  analysis: Analysis;
  counts: ArrayLike<number>;
}

async function run(file: string, flags: AnalyseFlags): Promise<void> {
  const { beta, predictability, separated, alpha, json } = flags;
  if (beta !== undefined && predictability !== undefined) {
    throw new UsageError(
      '--beta: expected --beta or --predictability, got both; give what you know of the settings once',
    );
  }
  const { oddities, openInput, recognise } = await import('../analysis-input.ts');
  const release = exitOnInterrupt(
    'ncnet analyse: interrupted before the end of the file; nothing is kept, start it again',
  );
  const input = await openInput(file);
  try {
    const format = await recognise(input, flags.format);
    for (const line of oddities(input)) process.stderr.write(`ncnet analyse: ${line}\n`);
    const options: AnalysisOptions = { beta, predictability, separated, alpha };
    const analysed = await (format === 'counts' ? analyseFileOfCounts : analyseFileOfTrials)(input, options);
    if (json) {
      process.stdout.write(`${JSON.stringify(analysed.analysis)}\n`);
      return;
    }
    const [{ analysisReport }, { wantsColour }] = await Promise.all([
      import('../analysis-report.ts'),
      import('../table.ts'),
    ]);
    const facts = { name: input.name, format, alpha, separated: separated === true, colour: wantsColour() };
    process.stdout.write(analysisReport(analysed.analysis, analysed.counts, facts));
  } finally {
    input.close();
    release();
  }
}

async function analyseFileOfCounts(input: AnalysisInput, options: AnalysisOptions): Promise<Analysed> {
  const [{ analyseCounts, parseCounts }, { inputError, readCountsText }] = await Promise.all([
    import('chsh'),
    import('../analysis-input.ts'),
  ]);
  const text = await readCountsText(input);
  try {
    const counts = parseCounts(text, input.name);
    return { analysis: analyseCounts(counts, options), counts };
  } catch (error) {
    throw inputError(error);
  }
}

/** Memory stays flat: each chunk is read, counted and forgotten. */
async function analyseFileOfTrials(input: AnalysisInput, options: AnalysisOptions): Promise<Analysed> {
  const [{ TrialAnalysis, TrialReader }, { inputError }, { createTrialProgress }] = await Promise.all([
    import('chsh'),
    import('../analysis-input.ts'),
    import('../trial-progress.ts'),
  ]);
  const trials = new TrialAnalysis(options);
  const reader = new TrialReader(input.name, (codes) => trials.push(codes));
  const progress = createTrialProgress({ size: input.size });
  let bytes = 0;
  let lines = 0;
  let last = 0;
  try {
    for await (const chunk of input.chunks()) {
      reader.push(chunk);
      for (let i = 0; i < chunk.length; i++) if (chunk[i] === 10) lines += 1;
      bytes += chunk.length;
      last = chunk[chunk.length - 1];
      progress.advance(bytes, trials.n);
    }
    reader.end();
  } catch (error) {
    throw inputError(error);
  } finally {
    progress.end();
  }
  try {
    return { analysis: trials.finish(), counts: trials.counts };
  } catch (error) {
    throw inputError(error, `${input.name}:${last === 10 ? lines : lines + 1}`);
  }
}
