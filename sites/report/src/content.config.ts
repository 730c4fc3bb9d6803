// Prose of the releases as a collection: its lookups are resolved first, then the Markdown is rendered.
import { defineCollection } from 'astro:content';
import type { Loader } from 'astro/loaders';
import { readReleases } from './reports.ts';

const loader: Loader = {
  name: 'release-prose',
  async load({ store, renderMarkdown, generateDigest }) {
    store.clear();
    for (const report of readReleases()) {
      for (const [index, part] of report.prose.entries()) {
        if (!('markdown' in part)) continue;
        const rendered = await renderMarkdown(part.markdown.replaceAll('s_odd', 's<sub>odd</sub>'));
        rendered.html = rendered.html.replace(/ ([=≤]) (?=<data|[\d−])/g, '\u00a0$1\u00a0');
        store.set({
          id: `${report.slug}/${report.release!.version}/${index}`,
          data: {},
          rendered,
          digest: generateDigest(part.markdown),
        });
      }
    }
  },
};

export const collections = { prose: defineCollection({ loader }) };
