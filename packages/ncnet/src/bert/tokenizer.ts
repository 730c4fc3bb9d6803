// Text -> token ids as Hugging Face's fast tokenizers give them: tokenizer.json (WordPiece, XLM-R) or a BERT vocab.txt.
import { Tokenizer } from '@huggingface/tokenizers';
import { type BertInputError, fault, shown } from './errors.ts';

export interface Encoding {
  ids: number[];
  typeIds: number[];
  tokens: string[];
  cut: boolean; // the text was longer than maxLength
}

export interface BertTokenizer {
  /** Special tokens included; a longer pair loses tokens of its longer text first. @throws RangeError if none fit */
  encode(a: string, b: string | null, maxLength: number): Encoding;
  padId: number | null; // null: the files name no padding token
  largestId: number; // of all tokens
  size: number; // tokens
  modelMaxLength: number | null; // of tokenizer_config.json
}

export interface TokenizerFiles {
  json: string | null; // tokenizer.json
  vocabulary: string | null; // vocab.txt, read if there is no tokenizer.json
  config: string | null; // tokenizer_config.json
}

/** @param folder where the files are, for errors @throws BertInputError for files that make no tokenizer */
export function createTokenizer(files: TokenizerFiles, folder: string): BertTokenizer {
  const settings = files.config === null ? {} : parseObject(files.config, `${folder}/tokenizer_config.json`);
  const where = `${folder}/${files.json === null ? 'vocab.txt' : 'tokenizer.json'}`;
  const definition =
    files.json === null ? wordPieceJson(files.vocabulary ?? '', settings, where) : parseObject(files.json, where);
  const padToken = tokenText(settings.pad_token) ?? (files.json === null ? '[PAD]' : null);
  const limit = settings.model_max_length;
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(definition, settings);
    tokenizer.encode('a');
  } catch (error) {
    throw fault(where, 'a tokenizer', shown((error as Error).message), 'give the files of a BERT or XLM-R tokenizer');
  }
  for (const key of NEEDED) {
    const token = tokenText(settings[key]);
    if (token === null || tokenizer.token_to_id(token) !== undefined) continue;
    const expected = `the ${key} ${shown(token)} of tokenizer_config.json`;
    throw fault(where, expected, 'none', 'give both files of the same model');
  }
  return {
    encode: (a, b, maxLength) => encode(tokenizer, a, b, maxLength),
    padId: padToken === null ? null : (tokenizer.token_to_id(padToken) ?? null),
    ...vocabularyOf(definition),
    modelMaxLength: Number.isSafeInteger(limit) && (limit as number) > 0 ? (limit as number) : null,
  };
}

/** Of a tokenizer.json: a word list with ids (WordPiece) or one whose places are the ids (Unigram), and the added tokens. */
function vocabularyOf(definition: object): Pick<BertTokenizer, 'largestId' | 'size'> {
  const { model, added_tokens: added = [] } = definition as {
    model: { vocab: Record<string, number> | unknown[]; unk_id?: number };
    added_tokens?: { id: number }[];
  };
  const words = Array.isArray(model.vocab) ? model.vocab.map((_, id) => id) : Object.values(model.vocab);
  const ids = new Set([...words, ...added.map(({ id }) => id)]);
  return { largestId: [...ids, model.unk_id ?? 0].reduce((most, id) => Math.max(most, id), 0), size: ids.size };
}

function encode(tokenizer: Tokenizer, a: string, b: string | null, maxLength: number): Encoding {
  // tokenize() takes an empty text for none, so the template is filled here
  const fill = (first: string[], second: string[] | null) => {
    const filled = tokenizer.post_processor?.(first, second);
    return { tokens: filled?.tokens ?? [...first, ...(second ?? [])], types: filled?.token_type_ids };
  };
  const first = plainTokens(tokenizer, a);
  const second = b === null ? null : plainTokens(tokenizer, b);
  const special = fill([], second === null ? null : []).tokens.length;
  const room = maxLength - special;
  if (room < 1) throw new RangeError(`expected room for more than ${special} special tokens, got ${maxLength}`);
  const cut = first.length + (second?.length ?? 0) > room;
  const [n, m] = cut ? longestFirst(first.length, second?.length ?? 0, room) : [first.length, second?.length ?? 0];
  const { tokens, types } = fill(first.slice(0, n), second?.slice(0, m) ?? null);
  const unknown = tokenizer.model?.unk_token_id ?? 0;
  const ids = tokens.map((token: string) => tokenizer.token_to_id(token) ?? unknown);
  return { ids, typeIds: types ?? ids.map(() => 0), tokens, cut };
}

function plainTokens(tokenizer: Tokenizer, text: string): string[] {
  return text === '' ? [] : tokenizer.tokenize(text, { add_special_tokens: false });
}

/** Lengths that fit into room, by the rule of Hugging Face's tokenizers (truncate_encodings, LongestFirst). */
function longestFirst(a: number, b: number, room: number): [number, number] {
  if (b === 0) return [Math.min(a, room), 0];
  let short = Math.min(a, b);
  let long = short > room ? short : Math.max(short, room - short);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return a <= b ? [short, long] : [long, short];
}

/** Special tokens that a tokenizer must have. */
const NEEDED = ['unk_token', 'sep_token', 'pad_token', 'cls_token'] as const;

const SPECIAL = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

/** The tokenizer.json of a BertTokenizer with these words; lower case unless the settings say do_lower_case false. */
function wordPieceJson(text: string, settings: Record<string, unknown>, where: string): object {
  const words = text.split(/\r?\n/);
  if (words.at(-1) === '') words.pop();
  const vocab: Record<string, number> = Object.create(null);
  words.forEach((word, id) => {
    vocab[word] = id;
  });
  const special = Object.fromEntries(
    Object.entries(SPECIAL).map(([key, byDefault]) => [key, tokenText(settings[key]) ?? byDefault]),
  );
  for (const key of NEEDED) {
    if (vocab[special[key]] === undefined) throw missing(where, special[key]);
  }
  const { unk_token: unknown, sep_token: sep, cls_token: cls } = special;
  const piece = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const single = [piece(cls, 0), sequence('A', 0), piece(sep, 0)];
  const known = Object.values(special).filter((content) => vocab[content] !== undefined);
  return {
    added_tokens: known.map((content) => ({
      ...{ id: vocab[content], content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars !== false,
      strip_accents: typeof settings.strip_accents === 'boolean' ? settings.strip_accents : null,
      lowercase: settings.do_lower_case !== false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), piece(sep, 1)],
      special_tokens: Object.fromEntries([cls, sep].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

function missing(where: string, token: string): BertInputError {
  return fault(where, `the token ${shown(token)}`, 'none', 'give the vocabulary of a BERT, one token a line');
}

/** A special token is written as text or as an object with `content`. */
function tokenText(value: unknown): string | null {
  const content = (value as { content?: unknown } | null | undefined)?.content ?? value;
  return typeof content === 'string' ? content : null;
}

function parseObject(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw fault(where, 'a JSON object', shown(text.slice(0, 40)), 'download it again');
}
