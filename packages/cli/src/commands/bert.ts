// ncnet bert embed: vectors of texts from a BERT folder, as a table or as JSON.
import type { Command } from 'commander';
import { BERT_BACKEND_CHOICES as BACKENDS, type BertBackendChoice } from 'ncnet/words';
import { choice, flag, path, UsageError, wholeNumber } from '../flags.ts';
import { BASE_HELP, examples } from '../help.ts';
import { exitOnInterrupt } from '../interrupt.ts';

interface EmbedFlags {
  base: string;
  input?: string;
  adapter?: string;
  backend: BertBackendChoice;
  maxLength?: number;
  json?: boolean;
}

const NOTES = `
FILE, or - for stdin, holds one JSON object a line: {"text_a": "...", "text_b": "..."}; text_b may be left out; label,
split, item and id, which rows of tasks have, are ignored. A vector is the last hidden state at the first token (cls), its
mean over all tokens that are not padding (mean), or the pooler's output (pooled; null for a model without one). What is
loaded: docs/bert.md`;

export function addBert(program: Command): void {
  const bert = program
    .command('bert')
    .description('BERT encoders from Hugging Face folders: embed.')
    .addHelpText('after', examples('ncnet bert embed --base all-MiniLM-L6-v2 --input texts.jsonl'));
  bert
    .command('embed')
    .description('Turn texts into vectors with a BERT folder: config.json, tokenizer.json or vocab.txt, safetensors.')
    .addOption(flag('--base <name>', BASE_HELP, path('a folder or a name', 'all-MiniLM-L6-v2'), 'auto'))
    .addOption(flag('--input <file>', 'texts, one JSON object a line', path('a file', 'texts.jsonl')))
    .addOption(
      flag(
        '--adapter <dir>',
        "a LoRA adapter's folder, as PEFT or this library writes it",
        path('a folder', 'adapter'),
      ),
    )
    .addOption(
      flag('--backend <b>', `what computes: ${BACKENDS.join('|')}; see ncnet backends`, choice(BACKENDS), 'wasm'),
    )
    .addOption(
      flag(
        '--max-length <n>',
        "cut texts to this many tokens, special ones included (default: the model's limit)",
        wholeNumber(3, 1e6),
      ),
    )
    .option(
      '--json',
      'print one JSON object on stdout: rows of ids, typeIds, cls, mean and pooled, base, backend and device',
    )
    .addHelpText(
      'after',
      `${NOTES}\n${examples(
        'ncnet bert embed --base all-MiniLM-L6-v2 --input texts.jsonl',
        `echo '{"text_a":"one text"}' | ncnet bert embed --base all-MiniLM-L6-v2 --input - --json`,
      )}`,
    )
    .action(embed);
}

async function embed(flags: EmbedFlags): Promise<void> {
  const { base, input, adapter, backend, maxLength } = flags;
  if (input === undefined) {
    throw new UsageError('--input: expected a file of texts, got none; write it as in --input texts.jsonl');
  }
  const release = exitOnInterrupt('ncnet bert embed: interrupted; nothing is kept, start it again');
  try {
    const { embedTexts } = await import('../bert-embed.ts');
    const embedded = await embedTexts({ base, input, adapter, backend, maxLength });
    if (flags.json) {
      const { writeJson } = await import('../bert-report.ts');
      await writeJson(embedded);
    } else {
      const [{ embeddingTable }, { wantsColour }] = await Promise.all([
        import('../bert-report.ts'),
        import('../table.ts'),
      ]);
      process.stdout.write(embeddingTable(embedded, wantsColour()));
    }
  } finally {
    release();
  }
}
