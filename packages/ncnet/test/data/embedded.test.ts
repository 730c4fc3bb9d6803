// The embedded tasks: sizes, classes and bytes as stated, splits that share nothing, and classes that texts cannot give away.
import { expect, test } from 'vitest';
import {
  EMBEDDED_TASKS,
  EMOJI_LANGUAGES,
  type LabelledTask,
  openTask,
  partOf,
  taskHash,
  taskLines,
} from '../../src/data/index.ts';
import { mailText } from '../../src/data/mail.ts';

const tasks = new Map<string, LabelledTask>();
async function task(name: string): Promise<LabelledTask> {
  if (!tasks.has(name)) tasks.set(name, await openTask(name));
  return tasks.get(name)!;
}

test.each(EMBEDDED_TASKS.map(({ name }) => name))(
  '%s is what the list states, byte for byte',
  async (name) => {
    const { rows, classes } = await task(name);
    const stated = EMBEDDED_TASKS.find((embedded) => embedded.name === name)!;
    expect({
      classes: classes.length,
      train: rows.filter(({ split }) => split === 'train').length,
      heldOut: rows.filter(({ split }) => split === 'heldOut').length,
      sha256: taskHash(await task(name)),
    }).toEqual({ classes: stated.classes, train: stated.train, heldOut: stated.heldOut, sha256: stated.sha256 });
    expect([...classes].sort()).toEqual(classes);
    expect(new Set(rows.map(({ label }) => label)).size).toBe(classes.length);
    expect(rows.filter(({ textA }) => textA.trim() === '' || /\p{Cs}/u.test(textA))).toEqual([]);
  },
  60_000,
);

test('emoji are the same items with the same class and split in every language', async () => {
  const keys = async (name: string) =>
    (await task(name)).rows.map(({ item, label, split }) => `${item} ${label} ${split}`);
  const english = await keys('emoji-group:en');
  expect(new Set(english).size).toBe(1714);
  for (const language of EMOJI_LANGUAGES) expect(await keys(`emoji-group:${language}`)).toEqual(english);
  const cat = async (language: string) =>
    (await task(`emoji-group:${language}`)).rows.find(({ item }) => item === '1F408')?.textA.split(', ')[0];
  expect(await Promise.all(['en', 'de', 'ja'].map(cat))).toEqual(['cat', 'Katze', 'ネコ']);
});

test('no text is in train and held out', async () => {
  for (const name of ['spam', 'wordnet-supersense']) {
    const splits = new Map<string, string>();
    for (const { textA, split } of (await task(name)).rows) {
      expect(splits.get(textA) ?? split).toBe(split);
      splits.set(textA, split);
    }
    expect(splits.size).toBeGreaterThan(5000);
  }
});

test('wordnet-defmatch: every word and every definition occurs once, the classes are equally large in each split', async () => {
  const { rows, classes } = await task('wordnet-defmatch');
  expect(new Set(rows.map(({ textA }) => textA)).size).toBe(rows.length);
  expect(new Set(rows.map(({ textB }) => textB)).size).toBe(rows.length);
  for (const part of ['train', 'heldOut']) {
    const own = rows.filter(({ split }) => split === part);
    expect(own.filter(({ label }) => classes[label] === 'match')).toHaveLength(own.length / 2);
  }
  const supersense = await task('wordnet-supersense');
  const known = new Map(supersense.rows.map(({ textA, label }) => [textA, supersense.classes[label]]));
  const monkey = rows.find(({ textA }) => textA === 'monkey')!;
  expect(classes[monkey.label]).toBe('other');
  expect([undefined, 'noun.animal']).toContain(known.get(monkey.textB!));
});

test('spam holds no address', async () => {
  const { rows } = await task('spam');
  expect(rows.filter(({ textA }) => /[\w.]+@[\w-]+\.\w|https?:\/\/\w|\bwww\./i.test(textA))).toEqual([]);
});

test('a split is a function of the key, in tenths', () => {
  const parts = Array.from({ length: 10_000 }, (_, i) => partOf(`key ${i}`));
  const share = (part: string) => parts.filter((own) => own === part).length / parts.length;
  // four standard deviations of a tenth of 10,000 are 0.012
  expect(Math.abs(share('heldOut') - 0.1)).toBeLessThan(0.012);
  expect(Math.abs(share('validation') - 0.1)).toBeLessThan(0.012);
  // sha-256 by Python's hashlib
  expect(['key 16', 'key 4', 'key 22', '1F408'].map(partOf)).toEqual(['heldOut', 'validation', 'train', 'train']);
});

test('labelled JSONL holds the class, the split and the item', async () => {
  const [line] = taskLines(await task('emoji-group:de')).filter((text) => text.includes('"item":"1F408"'));
  expect(JSON.parse(line)).toEqual({
    ...{ text_a: 'Katze, haustier, katze, miau, tier', label: 'animals-nature', item: '1F408' },
    split: partOf('1F408'),
  });
});

test('mail: the first text part, decoded; markup and entities become text', () => {
  const mail = [
    ...[
      'From x Thu',
      'Subject: =?ISO-8859-1?Q?caf=E9_ol=E9?=',
      ' again',
      'Content-Type: multipart/mixed; boundary="b"',
    ],
    ...['', 'preamble', '--b', 'Content-Type: image/png', '', 'AAAA', '--b', 'Content-Type: text/html'],
    ...[
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<style>p {}</style><p>one=20two &amp; =',
      'three</p>',
      '--b--',
    ],
  ];
  expect(mailText(mail.join('\n'))).toEqual({ subject: 'café olé again', body: 'one two & three' });
  const encoded = Buffer.from('grüße').toString('base64');
  expect(mailText(`Subject: s\nContent-Transfer-Encoding: base64\n\n${encoded}\n`).body).toBe('grüße');
});

test('a misspelt name is named', async () => {
  await expect(openTask('wordnet-supersens')).rejects.toThrow(
    'wordnet-supersens: expected the name of a task or a labelled JSONL file, got none; did you mean wordnet-supersense?',
  );
});
