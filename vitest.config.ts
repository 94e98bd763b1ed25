import { configDefaults, defineConfig } from 'vitest/config';

/** Minutes of processes, keys and rows; `npm run test:slow`. */
export const SLOW = [
  'test/process/bad-database.spec.ts',
  'test/process/crash.spec.ts',
  'test/process/db-move.spec.ts',
  'test/process/import.spec.ts',
  'test/process/start-and-stop.spec.ts',
  'test/cli/commands.spec.ts',
  'test/cli/process.spec.ts',
  'test/database/migrating.spec.ts',
  'test/docs/snippet-types.spec.ts',
  'test/generator/generator.spec.ts',
  'test/docs/snippets.spec.ts',
  'test/tokens/algorithms.spec.ts',
  'test/transfer/broken-imports.spec.ts',
  'test/tools/race-kit.spec.ts',
  'test/tools/race-kit-flaws.spec.ts',
  'src/tokens/revocation-list.spec.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts', 'src/**/*.spec.ts'],
    // What fails, and passkeys, need programs and rights of their own: `npm run test:faults`, `test:browser`.
    exclude: [...configDefaults.exclude, 'test/faults/**', 'test/browser/**', ...SLOW],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['reflect-metadata'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Files of one worker share what they import; each starts and closes applications of its own.
    isolate: false,
  },
});
