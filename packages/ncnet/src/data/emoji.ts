// emoji-group:LANGUAGE: the name and tags of an emoji -> its Unicode group. The rows are the same emoji in every language.
// Names and tags: Unicode CLDR, as npm emojibase-data 17.0.0 (MIT) ships them.
import { assembleTask, type NamedRow } from './assemble.ts';
import { readPackageFile } from './package-file.ts';
import { hashOrder, partOf } from './split.ts';
import type { LabelledTask } from './task.ts';

export const EMOJI_LANGUAGES = ['en', 'de', 'fr', 'es', 'nl', 'ru', 'zh', 'ja'] as const;
export type EmojiLanguage = (typeof EMOJI_LANGUAGES)[number];

interface Emoji {
  hexcode: string;
  label: string;
  tags?: string[];
  group?: number; // absent: a regional indicator
}

/** 1,914 emoji in 9 groups; skin tones and hair ("component") are left out. Split by emoji, whatever the language. */
export function emojiGroup(language: EmojiLanguage): LabelledTask {
  const { groups } = JSON.parse(readPackageFile('emojibase-data', 'meta/groups.json')) as {
    groups: Record<string, string>;
  };
  const emoji = JSON.parse(readPackageFile('emojibase-data', `${language}/compact.json`)) as Emoji[];
  const rows = emoji.flatMap(({ hexcode, label, tags = [], group }): NamedRow[] => {
    if (group === undefined || groups[group] === 'component') return [];
    const textA = [label, ...tags.filter((tag) => tag !== label)].join(', ');
    return [{ textA, label: groups[group], part: partOf(hexcode), item: hexcode }];
  });
  return assembleTask(
    `emoji-group:${language}`,
    hashOrder(rows, ({ item }) => item!),
  );
}
