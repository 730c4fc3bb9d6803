// Static output that works from any path prefix, from a folder and under a policy without inline scripts or styles.
import { defineConfig } from 'astro/config';
import { relativeLinks } from './relative-links.mjs';

export default defineConfig({
  output: 'static',
  trailingSlash: 'ignore',
  compressHTML: true,
  build: { format: 'directory', inlineStylesheets: 'never', assets: 'assets' },
  image: { service: { entrypoint: 'astro/assets/services/noop' } },
  markdown: { syntaxHighlight: false },
  devToolbar: { enabled: false },
  integrations: [relativeLinks()],
  vite: {
    build: { assetsInlineLimit: 0, modulePreload: false, chunkSizeWarningLimit: 1200 },
    worker: { format: 'es' },
    // URLs inside scripts stay relative to the script that holds them.
    experimental: { renderBuiltUrl: (_name, { hostType }) => (hostType === 'js' ? { relative: true } : undefined) },
  },
});
