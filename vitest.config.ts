import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts', 'src/**/*.spec.ts'],
    // Needs Chromium; see vitest.browser.config.ts.
    exclude: ['test/browser/**', '**/node_modules/**'],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['reflect-metadata'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Files of one worker share what they import; each starts and closes applications of its own.
    isolate: false,
  },
});
