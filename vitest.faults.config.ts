import { defineConfig } from 'vitest/config';

/** What fails, and what must hold then. Needs PostgreSQL's and Redis's programs, and root for a disk that fills up. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.spec.ts'],
    reporters: ['default', './test/support/failed-files.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // They measure how long things take.
    fileParallelism: false,
  },
});
