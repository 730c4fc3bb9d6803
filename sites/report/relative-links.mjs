// After the build, every address in a page becomes relative to that page, so that the site can lie in any folder.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The relative form of a root-absolute address, seen from the folder of a page; folders gain index.html. */
export function relativeAddress(address, pageFolder) {
  const [, path, tail] = address.match(/^([^?#]*)(.*)$/s);
  const file = path.endsWith('/') ? `${path}index.html` : path;
  const target = posix.relative(pageFolder, file);
  return `${target === '' ? posix.basename(file) : target}${tail}`;
}

export function rewritePage(html, pageFolder) {
  return html.replace(
    /\s(href|src|data-[a-z-]*url|content)="(\/(?!\/)[^"]*|0;url=\/[^"]*)"/g,
    (_match, attribute, address) => {
      const refresh = address.startsWith('0;url=') ? '0;url=' : '';
      return ` ${attribute}="${refresh}${relativeAddress(address.slice(refresh.length), pageFolder)}"`;
    },
  );
}

export function relativeLinks() {
  return {
    name: 'relative-links',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const root = fileURLToPath(dir);
        for (const entry of await readdir(root, { recursive: true })) {
          if (extname(entry) !== '.html') continue;
          const path = join(root, entry);
          const folder = `/${relative(root, dirname(path)).split(sep).join('/')}`;
          await writeFile(path, rewritePage(await readFile(path, 'utf8'), folder));
        }
      },
    },
  };
}
