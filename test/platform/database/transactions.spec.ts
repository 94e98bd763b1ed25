import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { isUniqueViolation } from '../../../src/platform/database/database.errors.js';
import { UnexpectedCount, type Statement } from '../../../src/platform/database/database.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { isPostgres } from '../../support/database.js';

const BATCHES = 100;
const WRITERS = [...Array(BATCHES).keys()];

/** A statement that keeps `name`. */
const keep = (name: string): Statement => ({
  sql: 'INSERT INTO kept (name) VALUES (:name)',
  params: { name },
  affects: 1,
});
/** A statement that affects one row fewer than it must. */
const miss = (): Statement => ({ sql: `DELETE FROM kept WHERE name = 'nobody'`, params: {}, affects: 1 });

describe('writes that happen at the same time', () => {
  let app: TestApp;
  const kept = async () => {
    const rows = await app.database.query<{ name: string }>('SELECT name FROM kept');
    return rows.map(({ name }) => name).toSorted();
  };

  beforeAll(async () => {
    app = await startApp();
    await app.database.run({ sql: 'CREATE TABLE kept (name varchar PRIMARY KEY)', params: {} });
  });
  beforeEach(async () => {
    await app.database.run({ sql: 'DELETE FROM kept', params: {} });
  });
  afterAll(() => app.close());

  it.skipIf(isPostgres)(
    'are lost when TypeORM opens the transaction, which is why Database does',
    async () => {
      const transaction = app.nest.get(DataSource).transaction(async (manager) => {
        await manager.query(`INSERT INTO kept (name) VALUES ('mine')`);
        await app.database.run(keep('theirs'));
        throw new Error('undo');
      });
      await expect(transaction).rejects.toThrow('undo');
      expect(await kept()).toEqual([]);
    },
  );

  it('all last when all succeed', async () => {
    await Promise.all(
      WRITERS.flatMap((n) => [
        app.database.atomically([keep(`a${n}`), keep(`b${n}`)]),
        app.database.run(keep(`c${n}`)),
      ]),
    );
    expect(await kept()).toHaveLength(BATCHES * 3);
  });

  it('keep nothing of a batch that fails, and all of all others', async () => {
    const outcomes = await Promise.allSettled(
      WRITERS.flatMap((n) => [
        app.database.atomically([keep(`counted-${n}`), miss()]),
        app.database.run(keep(`single-${n}`)),
        app.database.atomically([keep(`batch-${n}`), keep(`batch-too-${n}`)]),
        app.database.atomically([keep(`twice-${n}`), keep(`twice-${n}`)]),
      ]),
    );
    const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failures.filter((error) => error instanceof UnexpectedCount)).toHaveLength(BATCHES);
    expect(failures.filter((error) => isUniqueViolation(error))).toHaveLength(BATCHES);
    expect(await kept()).toEqual(
      WRITERS.flatMap((n) => [`single-${n}`, `batch-${n}`, `batch-too-${n}`]).toSorted(),
    );
  });

  it('show no caller a batch that is half done', async () => {
    const seen = await Promise.all(
      WRITERS.flatMap((n) => [
        app.database.atomically([keep(`left-${n}`), keep(`right-${n}`)]).then(() => undefined),
        app.database.query<{ count: number }>('SELECT COUNT(*) AS count FROM kept'),
      ]),
    );
    const odd = seen.filter((rows) => rows && Number(rows[0]!.count) % 2 === 1);
    expect(odd).toEqual([]);
  });

  it('let one of many that claim the same row win', async () => {
    await app.database.run(keep('prize'));
    const claim = { sql: `DELETE FROM kept WHERE name = 'prize'`, params: {}, affects: 1 };
    const outcomes = await Promise.allSettled(
      WRITERS.map((n) => app.database.atomically([claim, keep(`winner-${n}`)])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await kept()).toEqual([expect.stringMatching(/^winner-/)]);
  });

  it('survive requests that fail in between', async () => {
    const admin = await app.as.admin();
    const answers = await Promise.all(
      WRITERS.slice(0, 30).flatMap((n) => [
        admin.post('/v1/roles', { name: `role-${n}` }),
        admin.post('/v1/roles', { name: 'admin' }),
      ]),
    );
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(30);
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.name);
    expect(made).toHaveLength(30);
    const { body } = await admin.get('/v1/roles?limit=100');
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(made));
    const events = await app.database.query(`SELECT id FROM audit_events WHERE action = 'role.created'`);
    expect(events, 'a batch that failed leaves no event either').toHaveLength(30);
  });
});
