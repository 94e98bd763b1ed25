import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What pages load, by the file it is made of, and the client for pages of others. An entry counts once it is there. */
const ENTRIES = ['styles/pages.css', 'page.ts', 'client.ts', 'tokens/main.tsx'];

export default defineConfig({
  root: here,
  base: '/',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: '../dist/web',
    // The wing of the server stands there too.
    emptyOutDir: false,
    manifest: true,
    // WebAuthn's own JSON, `light-dark()` and `:has()` need no less.
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // An inlined image would be `data:`, which the policy of pages refuses.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // The client is imported by others, so that what it exports must stay.
      preserveEntrySignatures: 'exports-only',
      input: ENTRIES.map((name) => join(here, name)).filter((path) => existsSync(path)),
      output: {
        entryFileNames: 'assets/[name].[hash].js',
        chunkFileNames: 'assets/[name].[hash].js',
        assetFileNames: 'assets/[name].[hash][extname]',
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
