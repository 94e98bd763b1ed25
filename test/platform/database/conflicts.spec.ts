import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asProblem } from '../../../src/platform/http/problem.filter.js';
import { startApp, type TestApp } from '../../support/app.js';
import { isPostgres } from '../../support/database.js';

/** Fails as CockroachDB does in the ordinary course of things, until it was called more than `failures` times. */
const FLAKY = `CREATE FUNCTION flaky(failures integer) RETURNS integer LANGUAGE plpgsql AS $$
  BEGIN
    IF nextval('calls') <= failures THEN RAISE 'restart transaction' USING ERRCODE = '40001'; END IF;
    RETURN 1;
  END $$`;

describe.runIf(isPostgres)('a conflict with what others do at the same time', () => {
  let app: TestApp;
  const run = (sql: string) => app.database.run({ sql, params: {} });
  const calls = async () => {
    const [row] = await app.database.query<{ last_value: string }>('SELECT last_value FROM calls');
    return Number(row!.last_value);
  };
  const count = async (table: string) =>
    Number((await app.database.query<{ n: string }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]!.n);

  beforeAll(async () => {
    app = await startApp();
    for (const sql of ['CREATE TABLE counted (id integer, n integer)', 'CREATE SEQUENCE calls', FLAKY])
      await run(sql);
  });
  beforeEach(async () => {
    await run('DELETE FROM counted');
    await run("SELECT setval('calls', 1, false)");
  });
  afterAll(() => app.close());

  const insert = (failures: number) => ({
    sql: 'INSERT INTO counted (id, n) SELECT 1, flaky(CAST(:failures AS integer))',
    params: { failures },
    affects: 1,
  });

  it('is met by doing a single statement again', async () => {
    expect((await app.database.run(insert(3))).affected).toBe(1);
    expect(await calls()).toBe(4);
    expect(await count('counted')).toBe(1);
  });

  it('is met by doing the whole batch again, and only the whole batch', async () => {
    const first = { sql: 'INSERT INTO counted (id, n) VALUES (0, 0)', params: {} };
    await app.database.atomically([first, insert(3)]);
    expect(await calls()).toBe(4);
    expect(await count('counted')).toBe(2);
  });

  it('is given up after some tries: nothing is kept, and the answer is 503', async () => {
    const single = await app.database.run(insert(1_000)).catch((error: unknown) => error);
    expect(asProblem(single)).toMatchObject({ status: 503, code: 'unavailable' });
    expect(await calls()).toBe(6);
    const batch = await app.database.atomically([insert(1_000)]).catch((error: unknown) => error);
    expect(asProblem(batch)).toMatchObject({ status: 503, code: 'unavailable' });
    expect(await calls()).toBe(12);
    expect(await count('counted')).toBe(0);
    expect(app.database.pool.waiting).toBe(0);
  });

  it('that is a deadlock costs no caller their change', async () => {
    await run('INSERT INTO counted (id, n) VALUES (1, 0), (2, 0)');
    const raise = (id: number) => ({
      sql: 'UPDATE counted SET n = n + 1 WHERE id = :id',
      params: { id },
      affects: 1,
    });
    const wait = { sql: 'SELECT pg_sleep(0.2)', params: {} };
    await Promise.all([
      app.database.atomically([raise(1), wait, raise(2)]),
      app.database.atomically([raise(2), wait, raise(1)]),
    ]);
    expect(await app.database.query('SELECT n FROM counted')).toEqual([{ n: 2 }, { n: 2 }]);
  });
});
