import { configDefaults, defineConfig } from 'vitest/config';
import usual, { SLOW } from './vitest.config.js';

/** What `npm test` leaves out, so that it stays short. */
export default defineConfig({
  test: { ...usual.test, include: SLOW, exclude: configDefaults.exclude, testTimeout: 60_000 },
});
