import type { DataSource } from 'typeorm';
import { withoutCredentials } from '../../../platform/config/database-url.js';
import type { Settings } from '../../../platform/config/settings.js';
import { encodingProblem } from '../../../platform/database/encoding.js';
import { StartupError } from '../../../platform/config/startup.error.js';
import {
  schemaVersionOf,
  withinReadOnly,
  writingFails,
  type SchemaVersion,
} from '../../../platform/database/schema-version.js';
import { checkClock } from './clock-check.js';
import { findings, type Finding } from './finding.js';
import { checkKeys } from './keys-check.js';

const database = findings('database');
const migrations = findings('migrations');

/** The database, and what can only be told by what is in it. */
export async function checkDatabase(settings: Settings): Promise<Finding[]> {
  try {
    return await withinReadOnly(settings.DATABASE_URL, (dataSource) => look(dataSource, settings));
  } catch (error) {
    const reason = error instanceof StartupError ? error.lines[0]! : (error as Error).message;
    return [database.fail(`${reason}; migrations, clock and keys were not checked`)];
  }
}

async function look(dataSource: DataSource, settings: Settings): Promise<Finding[]> {
  const version = await schemaVersionOf(dataSource);
  const isUsable = version.applied > 0 && !version.isNewer && !version.isEarlier;
  return [
    await describe(dataSource, settings, version),
    judge(version),
    ...(isUsable ? [await checkClock(dataSource), await checkKeys(dataSource, settings)] : []),
  ];
}

async function describe(
  dataSource: DataSource,
  { DATABASE_URL }: Settings,
  { applied }: SchemaVersion,
): Promise<Finding> {
  const where = withoutCredentials(DATABASE_URL);
  if (dataSource.options.type === 'better-sqlite3') {
    const problem = applied > 0 ? await writingFails(DATABASE_URL) : undefined;
    return problem ? database.fail(`${where}: ${problem}`) : database.ok(where);
  }
  const problem = await encodingProblem(dataSource);
  if (problem) return database.fail(`${where}: ${problem}`);
  const [{ version, read_only }] = await dataSource.query(
    `SELECT current_setting('server_version') AS version, current_setting('transaction_read_only') AS read_only`,
  );
  return read_only === 'on'
    ? database.fail(`${where} cannot be written to, such as a standby; set DATABASE_URL to the primary`)
    : database.ok(`${where}, version ${version}`);
}

function judge({ applied, pending, isNewer }: SchemaVersion): Finding {
  if (applied === 0) return migrations.warn('none was applied; the server applies them when it starts');
  if (isNewer) return migrations.fail('the database is of a newer version; start that version');
  if (pending.length > 0)
    return migrations.warn(
      `${pending.length} to be applied (${pending.join(', ')}); the server does when it starts`,
    );
  return migrations.ok(`all ${applied} are applied`);
}
