import { DataSource, type DataSourceOptions, type Table } from 'typeorm';
import { reasonOf } from '../database.errors.js';
import { databaseOptions, onlyToRead, patient } from '../database.options.js';
import { migrate, MIGRATION_LOCK } from '../migrate.js';
import { makePrivateFolder } from '../private-folder.js';
import type { Progress } from '../progress.js';
import { schemaVersionOf } from '../schema-version.js';
import { Checksum } from './checksum.js';
import { End } from './end.js';
import { NotMoved } from './move.errors.js';
import { inOrderOfReference } from './table-order.js';

/** What to move where, as database URLs. */
export interface Move {
  from: string;
  to: string;
  /** Where the entities are, whose tables are moved. */
  entities: string[];
  /** Whether what is in the target may go. */
  isReplacing: boolean;
}

type Moved = Map<Table, Checksum>;

/**
 * Copies everything from one database into another, whatever their kinds: as the source is at one moment, and in one
 * transaction of the target, which commits only when counts and checksums agree. So however it ends, the target holds
 * all or what it held before, and the move can simply be tried again.
 * @returns the tables with their checksums
 * @throws NotMoved
 */
export async function move(task: Move, progress: Progress): Promise<Moved> {
  const { from, to, entities, isReplacing } = task;
  if (from === to) throw new NotMoved('--from and --to are the same database');
  const source = await at('--from', () => open({ ...onlyToRead(patient(databaseOptions(from))), entities }));
  try {
    await at('--from', () => refuseUnfitSource(source));
    const target = await at('--to', () => open({ ...patient(databaseOptions(to)), entities }));
    try {
      await at('--to', () => prepare(target, isReplacing));
      return await copy(source, target, isReplacing, progress);
    } finally {
      // Undoes what was not committed.
      await target.destroy();
    }
  } finally {
    await source.destroy();
  }
}

async function open(options: DataSourceOptions): Promise<DataSource> {
  if (options.type === 'better-sqlite3' && !options.readonly) makePrivateFolder(options.database);
  return new DataSource(options).initialize();
}

async function refuseUnfitSource(source: DataSource): Promise<void> {
  const { applied, isNewer, isEarlier } = await schemaVersionOf(source);
  if (applied === 0) throw new NotMoved('--from: there is no database of Gatehouse');
  if (isNewer) throw new NotMoved('--from is a database of a newer version; move it with that version');
  if (isEarlier) {
    throw new NotMoved(
      '--from is a database of an earlier version; start this version on it once, which migrates it',
    );
  }
}

/** Gives the target the schema. One that is of another version is left alone. */
async function prepare(target: DataSource, isReplacing: boolean): Promise<void> {
  const { applied, isNewer, isEarlier } = await schemaVersionOf(target);
  if (isNewer) throw new NotMoved('--to is a database of a newer version');
  if (applied > 0 && isEarlier && !isReplacing) throw notEmpty();
  await migrate(target);
}

async function copy(
  source: DataSource,
  target: DataSource,
  isReplacing: boolean,
  progress: Progress,
): Promise<Moved> {
  const tables = await at('--to', () => tablesOf(target));
  const reading = await at('--from', () => End.toRead(source));
  const writing = await at('--to', () => End.toWrite(target, MIGRATION_LOCK));
  if (!isReplacing) await at('--to', () => refuseFilled(writing, tables, target.options.entities));
  let total = 0;
  for (const table of tables) total += await at('--from', () => reading.count(table));

  // What the migrations put there comes from the source too.
  for (const table of tables.toReversed()) await at('--to', () => writing.clear(table));
  progress.begin('copying', total);
  const copied = new Map<Table, Checksum>();
  for (const table of tables) {
    const insert = (rows: unknown[][]) => at(`--to: ${table.name}`, () => writing.insert(table, rows));
    copied.set(table, await at('--from', () => goThrough(reading, table, progress, insert)));
  }
  progress.begin('checking', total);
  for (const [table, expected] of copied) {
    const found = await at('--to', () => goThrough(writing, table, progress));
    if (!found.equals(expected)) {
      throw new NotMoved(`--to: ${table.name}: found ${found} instead of ${expected}`);
    }
  }
  await at('--to', () => writing.commit());
  return copied;
}

async function goThrough(
  end: End,
  table: Table,
  progress: Progress,
  use = async (_rows: unknown[][]) => {},
): Promise<Checksum> {
  const checksum = new Checksum();
  progress.add(0, table.name);
  for await (const rows of end.rows(table)) {
    await use(rows);
    checksum.add(rows);
    progress.add(rows.length, table.name);
  }
  return checksum;
}

/** The tables of all entities, each after those that it refers to. */
async function tablesOf(target: DataSource): Promise<Table[]> {
  const runner = target.createQueryRunner();
  const tables = await runner.getTables(target.entityMetadatas.map(({ tableName }) => tableName));
  await runner.release();
  return inOrderOfReference(tables);
}

/** Refuses a target that holds more than a database has which was just migrated. */
async function refuseFilled(
  writing: End,
  tables: Table[],
  entities: DataSourceOptions['entities'],
): Promise<void> {
  const blank = await open({ ...databaseOptions('sqlite::memory:'), entities });
  try {
    await migrate(blank);
    const fresh = await End.toRead(blank);
    for (const table of tables) {
      if ((await writing.count(table)) > (await fresh.count(table))) throw notEmpty();
    }
  } finally {
    await blank.destroy();
  }
}

function notEmpty(): NotMoved {
  return new NotMoved('--to is not empty; with --replace, all of Gatehouse that is in it is replaced');
}

/** Says of which end it was when something fails. */
async function at<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotMoved) throw error;
    throw new NotMoved(`${where}: ${reasonOf(error)}`, { cause: error });
  }
}
