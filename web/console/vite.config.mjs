import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import pages from '../vite.config.mjs';

const MAIN = join(fileURLToPath(new URL('.', import.meta.url)), 'main.tsx');

const { input: _, preserveEntrySignatures: __, ...options } = pages.build.rolldownOptions;

/** The console, apart from the pages: what it shares with them would be files of their own, and each is a request. */
export default defineConfig({
  ...pages,
  build: {
    ...pages.build,
    manifest: '.vite/console.json',
    rolldownOptions: { ...options, input: MAIN },
  },
});
