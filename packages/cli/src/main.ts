// The command ncnet: parses, dispatches, and turns every error into one line on stderr and a documented exit code.
import { Command, CommanderError } from 'commander';
import { addAnalyse } from './commands/analyse.ts';
import { addBackends } from './commands/backends.ts';
import { addBert } from './commands/bert.ts';
import { addCrosscheck } from './commands/crosscheck.ts';
import { addData } from './commands/data.ts';
import { addLora } from './commands/lora.ts';
import { addModelCommand } from './commands/model.ts';
import { addRun } from './commands/run.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addTheory } from './commands/theory.ts';
import { addTrain } from './commands/train.ts';
import { addVerify } from './commands/verify.ts';
import { didYouMean, printable, UsageError } from './flags.ts';
import { EXIT_CODES } from './help.ts';
import { version } from './version.ts';

export function buildProgram(): Command {
  const program = new Command('ncnet')
    .description('Train networks whose two heads share a hidden layer, and measure S, Delta and what explains them.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      `
Examples:
  ncnet run                          list the experiments
  ncnet run capacity                 the quick variant; its result goes to the store
  ncnet train --hidden 2,3,4         any tasks, no file needed
${EXIT_CODES}`,
    );
  for (const add of [
    addRun,
    addTrain,
    addVerify,
    addStatus,
    addAnalyse,
    addTheory,
    addBert,
    addLora,
    addData,
    addModelCommand,
    addBackends,
    addCrosscheck,
    addServe,
  ])
    add(program);
  const commands = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of commands) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ writeErr: () => {}, outputError: () => {} })
      .helpOption('--help', 'print this help');
    refuseRepeats(command);
  }
  return program;
}

/** A flag with a value may be given once; commander alone would take the last in silence. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    if (!option.required) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (text: string) => {
      if (first !== undefined) {
        const remedy = /<(list|rules)>/.test(option.flags) ? 'write one list with commas' : 'keep one of them';
        throw new UsageError(`${option.long}: expected it once, got "${first}" and "${text}"; ${remedy}`);
      }
      first = text;
    });
  }
}

/** Runs the command line and sets the exit code; never throws. */
export async function main(args: string[]): Promise<void> {
  if (process.env.NCNET_LAUNCHED === '1' && process.channel) {
    process.on('disconnect', () => process.exit(130)); // the launcher was killed
    process.channel.unref();
  }
  const program = buildProgram();
  const fail = (error: unknown): void => {
    const { message, exitCode } = describeError(error, program, args);
    if (message !== '') process.stderr.write(`${printable(message)}\n`);
    process.exitCode = exitCode;
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(unwritten(error)); // else the reader has seen enough, as in `ncnet train --json | head`
    process.exit(); // with the exit code of what was found until now
  });
  process.stderr.on('error', () => {}); // nobody reads the progress; what counts is on stdout
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    fail(error);
  }
}

function unwritten({ code, message }: NodeJS.ErrnoException): Error {
  const line = `expected to write to stdout, got ${code ?? message}; free the disk, or send it elsewhere`;
  return Object.assign(new Error(line), { exitCode: 1 });
}

/** One line: who, what was expected, what came, what to do. */
function describeError(error: unknown, program: Command, args: string[]): { message: string; exitCode: number } {
  const group = program.commands.find((known) => known.name() === args[0]);
  const command = group?.commands.find((known) => known.name() === args[1]) ?? group;
  const who = command === undefined ? 'ncnet' : fullName(command);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { message: '', exitCode: 0 };
    return { message: `${who}: ${usageProblem(error, command ?? program, args)}`, exitCode: 2 };
  }
  const { message, exitCode, code, stack } = (error ?? {}) as Error & { exitCode?: number; code?: string };
  const line = String(message ?? error).replace(/\s*\n\s*/g, ' ');
  const unbuilt = (code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT') && line.includes('/dist/');
  if (unbuilt || line.startsWith('core-wasm: expected the built kernel')) {
    return { message: `${who}: expected built packages, got none; run \`npm run build\``, exitCode: 1 };
  }
  if (exitCode !== undefined) return { message: `${who}: ${line}`, exitCode };
  if (process.env.NCNET_DEBUG !== undefined) process.stderr.write(`${stack}\n`);
  return { message: `${who}: unexpected: ${line}; set NCNET_DEBUG=1 to see where, and please report it`, exitCode: 1 };
}

/** `ncnet train`, `ncnet bert embed`. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function usageProblem(error: CommanderError, command: Command, args: string[]): string {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const help = `see \`${fullName(command)} --help\``;
  switch (error.code) {
    case 'commander.unknownOption': {
      const flags = command.options.map((option) => option.long ?? '');
      return `expected a flag that exists, got ${quoted}; ${didYouMean(quoted, flags, help)}`;
    }
    case 'commander.help':
    case 'commander.unknownCommand': {
      const word = quoted || args[1] || '';
      const names = command.commands.map((known) => known.name());
      return `expected a command (${names.join(', ')}), got ${word || '""'}; ${didYouMean(word, names, help)}`;
    }
    case 'commander.optionMissingArgument':
      return `expected a value after ${quoted}, got none; ${help}`;
    case 'commander.missingArgument':
      return `expected ${quoted.toUpperCase()}, got nothing; ${help}`;
    case 'commander.excessArguments': {
      const words = command.args.map((word) => `"${word}"`).join(' ');
      const places = command.registeredArguments.map((place) => place.name().toUpperCase());
      return `expected ${places.length === 0 ? 'flags only' : `${places.join(' and ')} only`}, got ${words}; quote values with spaces, ${help}`;
    }
    default:
      return `${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}; ${help}`;
  }
}
