// A WordPiece vocabulary from texts: characters, then the most frequent joins (byte-pair encoding of Sennrich et al. 2016,
// with BERT's ## for what continues a word). Counts are whole numbers and ties go by code unit, so the texts decide it.

export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

const LEAST_COUNT = 3; // of a character or a join
const PUNCTUATION = '\\p{P}$+<=>^`|~';
const WORDS = new RegExp(`\\p{Unified_Ideograph}|[${PUNCTUATION}]|[^\\s${PUNCTUATION}\\p{Unified_Ideograph}]+`, 'gu');

/** Words as BERT's tokenizer splits them, in lower case. */
export const splitWords = (text: string): string[] => text.toLowerCase().match(WORDS) ?? [];

interface Word {
  pieces: string[];
  count: number;
}

/** @returns at most `size` tokens, special ones first */
export function buildVocabulary(texts: Iterable<string>, size: number): string[] {
  const words = countWords(texts);
  const characters = new Map<string, number>();
  for (const { pieces, count } of words) for (const piece of pieces) bump(characters, piece, count);
  const vocabulary = new Set<string>(SPECIAL_TOKENS);
  const frequent = [...characters].filter(([, count]) => count >= LEAST_COUNT);
  for (const [piece] of frequent.sort(byCount).slice(0, size - vocabulary.size)) vocabulary.add(piece);

  const pairs = new Map<string, number>(); // "left right" -> how often it occurs
  const places = new Map<string, Set<Word>>(); // words that have held the pair
  const tally = (word: Word, sign: 1 | -1): void => {
    const { pieces, count } = word;
    for (let i = 0; i + 1 < pieces.length; i++) {
      const pair = `${pieces[i]} ${pieces[i + 1]}`;
      bump(pairs, pair, sign * count);
      if (sign < 0) continue;
      const own = places.get(pair);
      if (own === undefined) places.set(pair, new Set([word]));
      else own.add(word);
    }
  };
  for (const word of words) tally(word, 1);
  while (vocabulary.size < size) {
    const best = mostFrequent(pairs);
    if (best === null) break;
    const [left, right] = best.split(' ');
    const joined = left + right.slice(2);
    vocabulary.add(joined);
    for (const word of places.get(best)!) {
      tally(word, -1);
      word.pieces = join(word.pieces, left, right, joined);
      tally(word, 1);
    }
    pairs.delete(best);
    places.delete(best);
  }
  return [...vocabulary];
}

function countWords(texts: Iterable<string>): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of splitWords(text)) bump(counts, word, 1);
  return [...counts].map(([word, count]) => ({
    pieces: [...word].map((character, i) => (i === 0 ? character : `##${character}`)),
    count,
  }));
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

const byCount = ([a, m]: [string, number], [b, n]: [string, number]): number => n - m || (a < b ? -1 : Number(a > b));

function mostFrequent(pairs: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  let most = LEAST_COUNT - 1;
  for (const [pair, count] of pairs) {
    if (count < most || count < LEAST_COUNT) continue;
    if (count > most || (best !== null && pair < best)) {
      best = pair;
      most = count;
    }
  }
  return best;
}

function join(pieces: string[], left: string, right: string, joined: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const fits = pieces[i] === left && pieces[i + 1] === right;
    result.push(fits ? joined : pieces[i]);
    if (fits) i++;
  }
  return result;
}
