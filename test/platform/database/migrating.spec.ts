import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../../src/platform/database/database.options.js';
import { isPostgres, makeDatabase, type TestDatabase } from '../../support/database.js';
import { startNode, type Started } from '../../support/run-node.js';

/** Longer than a statement of the server may take. */
const SLOW_S = 4;
const WAITING = 'another process is migrating the database; waiting for it';
const SLEEPING = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event = 'PgSleep'`;

describe('migrations of several processes', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    dataSource = await new DataSource(databaseOptions(database.url)).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const start = (sleepS: number) => startNode(['test/support/migrating.mjs', database.url, String(sleepS)]);
  const outputOf = ({ said }: Started) => said.out + said.err;

  it(
    'are applied by one, though the first is killed half-way; the others wait',
    { timeout: 60_000 },
    async () => {
      const first = start(60);
      await expect.poll(() => outputOf(first), { timeout: 20_000 }).toContain('half-way');
      const sleeping = async () => (isPostgres ? dataSource.query(SLEEPING) : ['in its own process']);
      await expect.poll(sleeping).toHaveLength(1);
      first.child.kill('SIGKILL');
      await first.ended;

      const others = [start(SLOW_S), start(SLOW_S), start(SLOW_S)];
      const say = (text: string) => () => others.filter((each) => outputOf(each).includes(text)).length;
      await expect.poll(say('half-way'), { timeout: 20_000 }).toBe(1);
      await expect.poll(say(WAITING), { timeout: 20_000 }).toBe(2);
      for (const { child } of others) child.stdin.end();
      const codes = (await Promise.all(others.map(({ ended }) => ended))).map(({ code }) => code);
      expect(codes, others.map(outputOf).join('\n')).toEqual([0, 0, 0]);
      expect(say('half-way')()).toBe(1);

      const winner = others.find((each) => outputOf(each).includes('half-way'))!;
      expect(await dataSource.query('SELECT pid FROM slow')).toEqual([{ pid: winner.child.pid }]);
      const applied = await dataSource.query('SELECT name FROM migrations ORDER BY id');
      const names = applied.map(({ name }: { name: string }) => name);
      expect(names).toEqual([...new Set(names)]);
      expect(names.at(-1)).toBe('Slow2999999999999');
    },
  );
});
