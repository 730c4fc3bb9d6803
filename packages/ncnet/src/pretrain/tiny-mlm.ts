// The recipe of tiny-mlm, a small BERT for tests, quick variants and machines that have no other: texts -> vocabulary ->
// 2 layers x 64 pre-trained by masked language modelling -> the files of packages/ncnet/models/tiny-mlm.
import type { Parameter } from '../bert/adamw.ts';
import { parseConfig } from '../bert/config.ts';
import type { TokenRow } from '../bert/embed.ts';
import { encodeTensors } from '../bert/safetensors-writer.ts';
import { createTokenizer } from '../bert/tokenizer.ts';
import type { PretrainOptions } from './masked-language-model.ts';
import { readTexts, type Text } from './texts.ts';
import { buildVocabulary } from './vocabulary.ts';

const WORDS = 8000;
const LENGTH = 64; // tokens of a text

const CONFIG = {
  architectures: ['BertForMaskedLM'],
  ...{ model_type: 'bert', vocab_size: WORDS, hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4 },
  ...{ intermediate_size: 256, hidden_act: 'gelu', max_position_embeddings: LENGTH, type_vocab_size: 2 },
  ...{ layer_norm_eps: 1e-12, pad_token_id: 0 },
};
const TOKENIZER = {
  tokenizer_class: 'BertTokenizer',
  ...{ do_lower_case: true, strip_accents: false, tokenize_chinese_chars: true, model_max_length: LENGTH },
};

export const TINY_MLM_TRAINING: PretrainOptions = {
  ...{ seed: 1, steps: 600, batch: 64, learningRate: 4e-3, warmUp: 60, weightDecay: 0.01, clip: 1 },
};

/** Of the masks that judge a model. */
export const JUDGE_SEED = 2;

const jsonFile = (value: object): string => `${JSON.stringify(value, null, 1)}\n`;

/** All that is made without training. */
export async function prepareTinyMlm() {
  const { train, heldOut } = await readTexts();
  const sides = train.flatMap(({ a, b }) => (b === null ? [a] : [a, b]));
  const vocabulary = `${buildVocabulary(sides, WORDS).join('\n')}\n`;
  const files = {
    ...{ 'config.json': jsonFile(CONFIG), 'tokenizer_config.json': jsonFile(TOKENIZER), 'vocab.txt': vocabulary },
  };
  const config = parseConfig(files['config.json'], 'tiny-mlm');
  const tokenizer = createTokenizer({ json: null, vocabulary, config: files['tokenizer_config.json'] }, 'tiny-mlm');
  const encode = (texts: readonly Text[]): TokenRow[] => texts.map(({ a, b }) => tokenizer.encode(a, b, LENGTH));
  const judged = heldOut.filter((_, i) => i % 4 === 0); // a fair sample, in less time
  const texts = { train: encode(train), heldOut: encode(judged) };
  const counts = new Float64Array(WORDS); // of the training texts, for the unigram
  for (const { ids } of texts.train) for (const id of ids) counts[id]++;
  return { config, files, texts, counts };
}

/** model.safetensors in F16: encoder and masked-language-model head. */
export function encodeTinyMlm(parameters: ReadonlyMap<string, Parameter>): Uint8Array<ArrayBuffer> {
  return encodeTensors(parameters, { format: 'pt' }, 'F16');
}
