// A Hugging Face folder: config.json, model.safetensors and tokenizer.json or vocab.txt, opened together.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BertConfig, parseConfig } from './config.ts';
import { type BertInputError, fault } from './errors.ts';
import { openTensors } from './safetensors.ts';
import { type BertTokenizer, createTokenizer } from './tokenizer.ts';
import { readWeights, type Weights } from './weights.ts';

export interface BertFolder {
  folder: string;
  config: BertConfig;
  tokenizer: BertTokenizer;
  readWeights(): Weights; // in float32; reads the whole file
}

const NEEDED = 'config.json, model.safetensors and tokenizer.json or vocab.txt';

/** Reads all but the weights. @throws BertInputError for whatever is no BERT folder */
export function openBertFolder(folder: string): BertFolder {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw fault(folder, `a folder with ${NEEDED}`, 'no such folder', 'download the model and give its folder');
  }
  const read = (name: string): string | null => readOptional(join(folder, name));
  const config = parseConfig(read('config.json') ?? absent(folder, 'config.json'), join(folder, 'config.json'));
  const files = { json: read('tokenizer.json'), vocabulary: read('vocab.txt'), config: read('tokenizer_config.json') };
  if (files.json === null && files.vocabulary === null) absent(folder, 'tokenizer.json or vocab.txt');
  const tokenizer = createTokenizer(files, folder);
  checkVocabulary(tokenizer, config, join(folder, files.json === null ? 'vocab.txt' : 'tokenizer.json'));
  const file = join(folder, 'model.safetensors');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) absent(folder, 'model.safetensors');
  return {
    folder,
    config,
    tokenizer,
    readWeights() {
      const tensors = openTensors(file);
      try {
        return readWeights(tensors, config);
      } finally {
        tensors.close();
      }
    },
  };
}

const SPARE = 127; // rows of the embedding beyond the words, of models that pad it to a multiple of 128

/**
 * A token without a row in the embedding is an error. So are rows without tokens: beyond some spare ones for a vocab.txt, which
 * has a line for each, and beyond half of them for a tokenizer.json, which may leave out tokens that no text has.
 */
function checkVocabulary({ largestId, size }: BertTokenizer, { vocab_size: rows }: BertConfig, file: string): void {
  const least = file.endsWith('.txt') ? rows - Math.min(SPARE, rows / 10) : rows / 2;
  if (largestId < rows && size >= least) return;
  const got = largestId < rows ? size : largestId + 1;
  throw fault(file, `tokens for vocab_size ${rows} of config.json`, `${got}`, 'give the tokenizer of this model');
}

function absent(folder: string, name: string): never {
  throw fault(folder, `a folder with ${NEEDED}`, `no ${name}`, 'download the whole model folder');
}

function readOptional(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw unreadable(file, code);
  }
}

function unreadable(file: string, code: string | undefined): BertInputError {
  return fault(
    file,
    'a file that can be read',
    code === 'EISDIR' ? 'a folder' : (code ?? 'an error'),
    'check the folder',
  );
}
