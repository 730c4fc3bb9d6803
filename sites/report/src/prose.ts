// A draft: front matter of title, finding and order in plain "key: value" lines, then the prose.
import { z } from 'zod';

const FrontMatter = z.strictObject({
  title: z.string().min(1),
  finding: z.string().min(1),
  order: z.string().regex(/^\d+$/).transform(Number),
});

export function readProse(text: string, where: string): z.infer<typeof FrontMatter> & { prose: string } {
  const match = text.match(/^---\n([\s\S]*?)\n---\n([\s\S]*)$/);
  if (match === null) throw new Error(`${where}: expected front matter between --- lines`);
  const entries = match[1].split('\n').map((line) => {
    const at = line.indexOf(': ');
    return [line.slice(0, at), line.slice(at + 2)];
  });
  const parsed = FrontMatter.safeParse(Object.fromEntries(entries));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${where}: ${issue.path.join('.')}: ${issue.message}`);
  }
  return { ...parsed.data, prose: match[2].trimStart() };
}
