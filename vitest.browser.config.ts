import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What needs a real Chromium (`CHROMIUM`, or `chromium` on the path): `npm run test:browser`. */
export default defineConfig({
  test: { ...config.test, include: ['test/browser/**/*.spec.ts'], exclude: [] },
});
