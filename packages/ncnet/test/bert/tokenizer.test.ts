// Token ids and types against Hugging Face's fast tokenizers: words, accents, Chinese, specials, pairs, truncation.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTokenizer, openBertFolder } from '../../src/bert/index.ts';
import { expected, fixtures, MODELS } from './support.ts';

describe.each(MODELS)('%s', (model) => {
  const { tokenizer } = openBertFolder(fixtures + model);
  const { rows, truncated } = expected(model);

  test.each(rows)('"$text_a" and "$text_b"', ({ text_a, text_b, ids, typeIds }) => {
    expect(tokenizer.encode(text_a, text_b, 64)).toMatchObject({ ids, typeIds, cut: false });
  });

  test.each(truncated)('at most $maxLength: "$text_a" and "$text_b"', ({ text_a, text_b, maxLength, ids, typeIds }) => {
    expect(tokenizer.encode(text_a, text_b, maxLength)).toMatchObject({ ids, typeIds });
  });
});

const vocabulary = readFileSync(`${fixtures}tiny/vocab.txt`, 'utf8');
const from = (text: string, config: object | null = null) =>
  createTokenizer({ json: null, vocabulary: text, config: config && JSON.stringify(config) }, 'folder');

test('vocab.txt alone is in lower case, with Windows line ends too; settings rename special tokens', () => {
  const { ids } = expected('tiny').rows[2];
  expect(from(vocabulary).encode('Héllo WORLD', null, 64).ids).toEqual(ids);
  expect(from(vocabulary.replaceAll('\n', '\r\n')).encode('Héllo WORLD', null, 64).ids).toEqual(ids);
  const renamed = from(vocabulary.replace('[CLS]', '<c>'), { cls_token: { content: '<c>' }, model_max_length: 32 });
  expect(renamed.encode('hello', null, 64).tokens[0]).toBe('<c>');
  expect(renamed).toMatchObject({ padId: 0, modelMaxLength: 32 });
});

test('truncation is reported, and room for no token is refused', () => {
  const tokenizer = from(vocabulary);
  expect(tokenizer.encode('the man is', null, 4)).toMatchObject({ cut: true, tokens: { length: 4 } });
  expect(tokenizer.encode('the man', null, 4).cut).toBe(false);
  expect(() => tokenizer.encode('the', 'man', 3)).toThrow('more than 3 special tokens, got 3');
});

test.each([
  [{ json: null, vocabulary: 'a\nb\n', config: null }, /^folder\/vocab.txt: expected the token \[UNK\], got none; /],
  [{ json: '{', vocabulary: null, config: null }, /^folder\/tokenizer.json: expected a JSON object, got \{; /],
  [{ json: '{"model": 3}', vocabulary: null, config: null }, /^folder\/tokenizer.json: expected a tokenizer, got /],
  [{ json: null, vocabulary, config: '[]' }, /^folder\/tokenizer_config.json: expected a JSON object, got \[\]; /],
])('%j is refused in one line', (files, message) => {
  expect(() => createTokenizer(files, 'folder')).toThrow(message);
});
