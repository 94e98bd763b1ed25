import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What needs a real Chromium (`CHROMIUM`, or `chromium` on the path), which takes a core of its own: `npm run test:browser`. */
export default defineConfig({
  test: { ...config.test, include: ['test/browser/**/*.spec.ts'], exclude: [], maxWorkers: 2 },
});
