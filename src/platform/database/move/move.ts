import { DataSource, type DataSourceOptions, type Table } from 'typeorm';
import { reasonOf } from '../database.errors.js';
import { encodingProblem } from '../encoding.js';
import { databaseOptions, onlyToRead, patient } from '../database.options.js';
import { migrate, MIGRATION_LOCK } from '../migrate.js';
import { makePrivateFolder } from '../private-folder.js';
import type { Progress } from '../progress.js';
import { serversOn } from '../presence.service.js';
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
  /** Whether servers may be running on either. */
  isForced: boolean;
}

const MISSED =
  'What is written to it from now on is not in the copy: new accounts are missing there, and what is ended here ' +
  '(log-outs, old passwords, disabled accounts, revoked keys) lives on there.';
const FORCE = 'One that was killed counts for a minute. --force moves all the same, and says what it misses';

type Moved = Map<Table, Checksum>;

/**
 * Copies everything from one database into another, of any two kinds: as the source is at one moment, and in one
 * transaction of the target, which commits only when counts and checksums agree. So however it ends, the target holds
 * all or what it held before, and the move can simply be tried again. What a server writes to the source from that moment on
 * is not in the copy, so it is refused while one runs.
 * @returns the tables with their checksums
 * @throws NotMoved
 */
export async function move(task: Move, progress: Progress): Promise<Moved> {
  const { from, to, entities } = task;
  if (from === to) throw new NotMoved('--from and --to are the same database');
  const source = await at('--from', () => open({ ...onlyToRead(patient(databaseOptions(from))), entities }));
  try {
    await at('--from', () => refuseUnfitSource(source));
    await at('--from', () => refuseLive(source, task, '--from'));
    const target = await at('--to', () => open({ ...patient(databaseOptions(to)), entities }));
    try {
      await at('--to', () => refuseLive(target, task, '--to'));
      await at('--to', () => refuseUnfitTarget(target));
      await at('--to', () => prepare(target, task.isReplacing));
      return await copy(source, target, task, progress);
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

async function refuseUnfitTarget(target: DataSource): Promise<void> {
  const problem = await encodingProblem(target);
  if (problem) throw new NotMoved(`--to: the database cannot be used: ${problem}`);
}

/** Refuses to run next to a live server. */
async function refuseLive(dataSource: DataSource, { isForced }: Move, end: string): Promise<void> {
  const count = isForced ? 0 : await serversOn(dataSource);
  if (count > 0) throw new NotMoved(`${end}: ${saysOf(count)}; stop every server first. ${FORCE}`);
}

/** What a forced move misses; `undefined` when no server runs on its source. @throws NotMoved */
export async function missedBy({ from, entities }: Move): Promise<string | undefined> {
  const source = await at('--from', () => open({ ...onlyToRead(patient(databaseOptions(from))), entities }));
  try {
    const count = await at('--from', () => serversOn(source));
    return count === 0 ? undefined : `--from: ${saysOf(count)}. ${MISSED}`;
  } finally {
    await source.destroy();
  }
}

function saysOf(count: number): string {
  return count === 1 ? 'a server is running on it' : `${count} servers are running on it`;
}

/** Gives the target the schema. One that is of another version is left alone. */
async function prepare(target: DataSource, isReplacing: boolean): Promise<void> {
  const { applied, isNewer, isEarlier } = await schemaVersionOf(target);
  if (isNewer) throw new NotMoved('--to is a database of a newer version');
  if (applied > 0 && isEarlier && !isReplacing) throw notEmpty();
  await migrate(target);
}

async function copy(source: DataSource, target: DataSource, task: Move, progress: Progress): Promise<Moved> {
  const tables = await at('--to', () => tablesOf(target));
  const reading = await at('--from', () => End.toRead(source));
  const writing = await at('--to', () => End.toWrite(target, MIGRATION_LOCK));
  if (!task.isReplacing) await at('--to', () => refuseFilled(writing, tables, target.options.entities));
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
  // One that was started since then has written what is not in the copy.
  await at('--from', () => reading.end());
  await at('--from', () => refuseLive(source, task, '--from'));
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
