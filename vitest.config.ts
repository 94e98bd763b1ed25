import { configDefaults, defineConfig } from 'vitest/config';

/** Minutes of processes, keys and rows; `npm run test:slow`. */
export const SLOW = [
  'test/apis/gateway/relay.spec.ts',
  'test/apis/subscriptions/nodes.spec.ts',
  'test/apis/usage/million.spec.ts',
  'test/operations/cli/clients.spec.ts',
  'test/operations/waiting/waiting.spec.ts',
  'test/platform/http/validation.spec.ts',
  'test/tokens/keys/shared-signing-keys.spec.ts',
  'test/whole/nodes/oauth.spec.ts',
  'test/whole/process/bad-database.spec.ts',
  'test/whole/process/crash.spec.ts',
  'test/whole/process/db-move.spec.ts',
  'test/whole/process/hash-memory.spec.ts',
  'test/whole/process/features.spec.ts',
  'test/whole/process/import.spec.ts',
  'test/whole/process/start-and-stop.spec.ts',
  'test/operations/cli/commands.spec.ts',
  'test/operations/cli/process.spec.ts',
  'test/operations/cli/tokens.spec.ts',
  'test/platform/database/migrating.spec.ts',
  'test/whole/docs/snippet-types.spec.ts',
  'test/whole/generator/generator.spec.ts',
  'test/whole/docs/snippets.spec.ts',
  'test/tokens/introspection/route-verdicts.spec.ts',
  'test/tokens/keys/algorithms.spec.ts',
  'test/operations/transfer/broken-imports.spec.ts',
  'test/operations/transfer/foreign-hashes.spec.ts',
  'test/whole/tools/race-kit.spec.ts',
  'test/whole/tools/race-kit-flaws.spec.ts',
  'src/tokens/revocation/revocation-list.spec.ts',
];

const isPostgres = process.env['TEST_POSTGRES_URL'] !== undefined;

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts', 'src/**/*.spec.ts', 'web/**/*.spec.ts'],
    // What fails, and passkeys, need programs and rights of their own: `npm run test:faults`, `test:browser`.
    exclude: [
      ...configDefaults.exclude,
      'test/clients/**',
      'test/faults/**',
      'test/browser/**',
      ...SLOW,
      // Units have no database.
      ...(isPostgres ? ['src/**', 'web/**'] : []),
    ],
    globalSetup: ['test/support/build.ts', 'test/support/postgres-template.ts'],
    reporters: ['default', './test/support/failed-files.ts'],
    setupFiles: ['reflect-metadata', 'test/support/cheap-hashes.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // On two cores: tests wait for answers and clocks half of their time, and PostgreSQL takes what it needs next to them.
    maxWorkers: isPostgres ? 2 : 3,
    // Files of one worker share what they import; each starts and closes applications of its own.
    isolate: false,
  },
});
