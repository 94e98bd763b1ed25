import { configDefaults, defineConfig } from 'vitest/config';
import usual, { SLOW } from './vitest.config.js';

/** They have no database, or one of SQLite whatever is set: on PostgreSQL they would be the same once more. */
const WITHOUT_POSTGRES = [
  'test/operations/cli/tokens.spec.ts',
  'test/whole/docs/snippet-types.spec.ts',
  'test/whole/generator/generator.spec.ts',
  'test/whole/process/features.spec.ts',
  'test/whole/process/hash-memory.spec.ts',
  'test/whole/process/start-and-stop.spec.ts',
  'test/whole/tools/race-kit-flaws.spec.ts',
  'src/tokens/revocation/revocation-list.spec.ts',
];
const onPostgres = process.env['TEST_POSTGRES_URL'] === undefined ? [] : WITHOUT_POSTGRES;

/** What `npm test` leaves out, so that it stays short. */
export default defineConfig({
  test: {
    ...usual.test,
    include: SLOW,
    exclude: [...configDefaults.exclude, ...onPostgres],
    testTimeout: 180_000,
  },
});
