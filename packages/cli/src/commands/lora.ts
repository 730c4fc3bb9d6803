// ncnet lora: two heads on one BERT with one LoRA adapter, in the four contexts of two pairs of labelled tasks.
import type { Command } from 'commander';
import { BERT_BACKEND_CHOICES as BACKENDS, LORA_OUTCOMES as OUTCOMES, LORA_TARGETS as TARGETS } from 'ncnet/words';
import {
  choice,
  decimal,
  flag,
  folder,
  list,
  numberFrom0,
  path,
  positiveNumber,
  type Reader,
  UsageError,
  wholeNumber,
} from '../flags.ts';
import { BASE_HELP, examples, STORE_HELP, WORKERS_HELP } from '../help.ts';
import { withInterrupt } from '../interrupt.ts';
import type { LoraRequest } from '../lora-run.ts';

const LORA_WORKERS_HELP = WORKERS_HELP.replace('every core', 'every core, unless memory allows fewer; one on a GPU');

interface LoraFlags extends Omit<LoraRequest, 'alice' | 'bob' | 'store'> {
  alice?: [string, string];
  bob?: [string, string];
  store?: string;
  json?: boolean;
}

const NOTES = `
A file holds one JSON object a line: {"text_a": "...", "text_b": "...", "label": "...", "split": "train|heldOut",
"item": "..."}; text_b, split and item may be left out, and "choices": ["...", "..."] makes it multiple choice, label the
place of the right one. Without split, the hash of a row's item or text decides: eight tenths train, one held out, one unused.
Rows of tasks that share items are paired by item, others row by row after a seeded shuffle; every task gives as many rows
as the smallest has. Per seed, the four contexts start from one adapter and one pair of heads and see the rows in one order.
Outcomes: correct (training rows), held-out (rows held out), success (a head has --success-accuracy of its training rows;
with --success-margin M, as many as its task trained alone at the largest rank, by one head of the same seed, minus M).
`;

export function addLora(program: Command): void {
  const command = program
    .command('lora')
    .description(
      'Train LoRA adapters of a BERT on two pairs of labelled tasks and print S, Delta and a verdict per rank.',
    );
  const add = <T>(usage: string, description: string, read: Reader<T>, byDefault?: string): void =>
    void command.addOption(flag(usage, description, read, byDefault));
  add('--base <name>', BASE_HELP, path('a folder or a name', 'all-MiniLM-L6-v2'), 'auto');
  add(
    '--alice <files>',
    'two tasks, a comma between: files of labelled rows, or names that `ncnet data list` has',
    files,
  );
  add('--bob <files>', 'two tasks, as for --alice', files);
  add('--rank <list>', 'ranks of the adapter, at most the hidden size', list(wholeNumber(1, 16384)), '1,4,16');
  add('--alpha <a>', 'the adapter is scaled by alpha/rank: a number, or a multiple of the rank as in 2r', alpha, '2r');
  add('--targets <list>', `adapted layers: ${TARGETS.join(', ')}`, list(choice(TARGETS)), 'query,value');
  add('--layers <list>', 'adapted layers of the encoder, from 0 (default: all)', list(wholeNumber(0, 199)));
  add('--dropout <p>', 'of the input of A, in training', fraction(true), '0');
  command.option('--rslora', 'scale by alpha/sqrt(rank)');
  add('--rows <n>', 'training rows of each task at most (default: as many as the smallest has)', wholeNumber(2, 1e9));
  add('--seeds <R>', 'seeds (replicas) of every rank', wholeNumber(1, 10_000), '5');
  add('--seed <s>', 'seed of every random draw', wholeNumber(0, 2 ** 32 - 1), '1');
  add('--steps <T>', 'training steps of every context', wholeNumber(1, 10_000_000), '300');
  add('--batch <n>', 'rows of each task in a step', wholeNumber(1, 65536), '32');
  add('--accumulate <n>', 'compute a batch in n parts: less memory, the same step', wholeNumber(1, 65536), '1');
  add('--learning-rate <x>', 'of AdamW', positiveNumber(1e3), '2e-4');
  add('--warm-up <n>', 'steps of linear warm-up', wholeNumber(0, 10_000_000), '0');
  add('--weight-decay <x>', 'of AdamW, for adapter and heads', numberFrom0(1e3), '0.01');
  add('--clip <x>', 'largest norm of all gradients of a step, 0 for none', numberFrom0(1e6), '1');
  add('--max-length <n>', 'cut texts to this many tokens, special ones included', wholeNumber(3, 1e6), '64');
  add(
    '--outcome <rules>',
    `outcome rules: ${OUTCOMES.join(', ')} (default: all that there are rows for)`,
    list(choice(OUTCOMES)),
  );
  add('--success-accuracy <p>', 'for outcome success', fraction(false), '1');
  add(
    '--success-margin <M>',
    'for outcome success: against each task alone, which is then trained too',
    fraction(true),
  );
  add('--backend <b>', `${BACKENDS.join('|')}: auto is the fastest that is set up`, choice(BACKENDS), 'auto');
  add('--workers <N>', LORA_WORKERS_HELP, wholeNumber(1, 256));
  add('--store <dir>', STORE_HELP, folder);
  add(
    '--adapters <dir>',
    'write every trained adapter there, as PEFT does: rank-4/seed-1/a1b2',
    path('a folder', 'adapters'),
  );
  add('--checkpoint-seconds <s>', 'a training that is killed goes on from at most so long ago', numberFrom0(1e6), '30');
  command
    .option('--json', 'print one JSON object on stdout; progress stays on stderr')
    .addHelpText(
      'after',
      NOTES +
        examples(
          'ncnet lora --base all-MiniLM-L6-v2 --alice spam,wordnet-supersense --bob emoji-group:en,wordnet-defmatch',
          'ncnet lora --alice spam,wordnet-supersense --bob emoji-group:en,wordnet-defmatch --success-margin 0.05',
          'ncnet lora --base models/bert --alice a1.jsonl,a2.jsonl --bob b1.jsonl,b2.jsonl --rank 1,4,16 --seeds 5 --steps 300 --json',
        ),
    )
    .action(lora);
}

const files: Reader<[string, string]> = (name, text) => {
  const paths = text.split(',').map((path) => path.trim());
  if (paths.length === 2 && !paths.includes('')) return [paths[0], paths[1]];
  throw new UsageError(
    `${name}: expected two files with a comma between, got "${text}"; write it as in ${name} a1.jsonl,a2.jsonl`,
  );
};

const alpha: Reader<LoraRequest['alpha']> = (name, text) => {
  const timesRank = text.endsWith('r');
  const value = decimal(timesRank ? text.slice(0, -1) : text);
  if (value > 0 && value <= 1e6) return { value, timesRank };
  throw new UsageError(
    `${name}: expected a number above 0, or a multiple of the rank, got "${text}"; write it as in ${name} 2r`,
  );
};

/** From 0 to 1; for a rate or a margin 1 itself is refused, for a share 0. */
function fraction(rate: boolean): Reader<number> {
  return (name, text) => {
    const value = decimal(text);
    if (rate ? value >= 0 && value < 1 : value > 0 && value <= 1) return value;
    const expected = rate ? 'a number from 0 to below 1' : 'a number above 0 and at most 1';
    throw new UsageError(`${name}: expected ${expected}, got "${text}"; write it as in ${name} ${rate ? 0.05 : 0.9}`);
  };
}

async function lora(flags: LoraFlags, command: Command): Promise<void> {
  const { alice, bob, store, json, ...rest } = flags;
  const needed = (value: unknown, name: string, what: string, example: string): void => {
    if (value !== undefined) return;
    throw new UsageError(`${name}: expected ${what}, got none; write it as in ${name} ${example}`);
  };
  needed(alice, '--alice', 'two files of labelled rows', 'a1.jsonl,a2.jsonl');
  needed(bob, '--bob', 'two files of labelled rows', 'b1.jsonl,b2.jsonl');
  if (rest.accumulate > rest.batch) {
    throw new UsageError(
      `--accumulate: expected at most the ${rest.batch} rows of --batch, got ${rest.accumulate}; lower it`,
    );
  }
  if (rest.successMargin !== undefined && command.getOptionValueSource('successAccuracy') !== 'default') {
    throw new UsageError(
      `--success-margin: expected it without --success-accuracy, got both; drop the one that is not meant`,
    );
  }
  if (rest.successMargin !== undefined && rest.outcome !== undefined && !rest.outcome.includes('success')) {
    throw new UsageError(
      `--success-margin: expected success among the rules of --outcome, got ${rest.outcome.join(',')}; add it, or drop the margin`,
    );
  }
  const { storeFolder } = await import('runner/cells');
  const { runLora } = await import('../lora-run.ts');
  const request = { ...rest, alice: alice!, bob: bob!, store: storeFolder(store, process.cwd()) };
  const report = await withInterrupt((signal) => runLora(request, signal));
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { loraTables } = await import('../lora-report.ts');
  process.stdout.write(loraTables(report));
}
