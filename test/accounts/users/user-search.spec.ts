import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { planOf } from '../../support/plans.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

/** More than twice as many as are looked at in one statement. */
const CROWD = 9_000;
const CHUNK = 1_000;

interface Made {
  email: string;
  name?: string | null;
  status?: string;
  kind?: string;
  verified?: boolean;
  roles?: string[];
  hasTotp?: boolean;
}

describe('finding users', () => {
  let app: TestApp;
  let admin: SignedIn;
  const ids = new Map<string, string>();

  const make = async (users: Made[]): Promise<void> => {
    const values: string[] = [];
    const roles: string[] = [];
    const factors: string[] = [];
    for (const user of users) {
      const { email, name = null, status = 'active', kind = 'person', verified = false } = user;
      const id = uuidv7();
      ids.set(email, id);
      const shown = name === null ? 'NULL' : `'${name}'`;
      values.push(
        `('${id}', '${email}', ${verified ? 1 : 'NULL'}, ${shown}, '${status}', '${kind}', 0, 1, 1)`,
      );
      roles.push(...(user.roles ?? ['user']).map((role) => `('${id}', '${role}')`));
      if (user.hasTotp) factors.push(`('${id}', 'x', 0, 0, 1, 1)`);
    }
    const columns = 'id, email, email_verified_at, name, status, kind, version, created_at, updated_at';
    await app.database.query(`INSERT INTO users (${columns}) VALUES ${values.join()}`);
    await app.database.query(`INSERT INTO user_roles (user_id, role_name) VALUES ${roles.join()}`);
    if (factors.length > 0) await app.database.query(`INSERT INTO totp_factors VALUES ${factors.join()}`);
  };

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    await admin.post('/v1/roles', { name: 'support', scopes: [] });
    await make([
      { email: 'ada@analytical.example', name: 'Ada Lovelace', verified: true, hasTotp: true },
      { email: 'countess@example.org', name: 'ADA King', roles: ['user', 'support'] },
      { email: 'adam@example.org', name: 'Adam', status: 'disabled' },
      { email: 'x@service.invalid', name: 'ada-backup', kind: 'service', roles: [] },
      { email: 'arne@example.org', name: 'Ärne Öl', verified: true },
      { email: 'ghost@example.org' },
      { email: 'percent@example.org', name: '100% A_a' },
    ]);
    const crowd = Array.from({ length: CROWD }, (_, number) => ({
      email: `crowd${String(number).padStart(6, '0')}@example.net`,
      name: `Crowd ${String(number).padStart(6, '0')}`,
      verified: true,
      ...(number === CROWD - 1 && { hasTotp: true, status: 'disabled' }),
    }));
    for (let from = 0; from < CROWD; from += CHUNK) await make(crowd.slice(from, from + CHUNK));
    if (!app.database.isSqlite) await app.database.query('ANALYZE');
  });
  afterAll(() => app.close());

  const page = async (query: Record<string, string>) => {
    const { status, body } = await admin.get(`/v1/users?${new URLSearchParams(query)}`);
    expect(status).toBe(200);
    return body as {
      items: { id: string; email: string; secondFactor: boolean }[];
      nextCursor: string | null;
    };
  };

  /** All pages; a page may be short, and none is asked for twice. */
  const all = async (query: Record<string, string>): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor } = await page({ ...query, ...(cursor && { cursor }) });
      found.push(...items.map(({ email }) => email));
      cursor = nextCursor;
    }
    return found;
  };

  describe('by how something begins', () => {
    it.each([
      ['an address', 'countess@', ['countess@example.org']],
      ['an address, in any spelling', '  COUNTESS@Example.ORG ', ['countess@example.org']],
      ['a name, in any spelling', 'aDa l', ['ada@analytical.example']],
      [
        'addresses first, then names, and nobody twice',
        'ada',
        ['ada@analytical.example', 'adam@example.org', 'countess@example.org', 'x@service.invalid'],
      ],
      ['a name with letters beyond ASCII', 'ärne ö', ['arne@example.org']],
      ['the same in capitals', 'ÄRNE Ö', ['arne@example.org']],
      ['what is a pattern elsewhere', '100% a_', ['percent@example.org']],
      ['the middle of a name', 'lovelace', []],
      ['a pattern', '%', []],
      ['an injection', "' OR 1=1 --", []],
    ])('finds %s', async (_what, search, expected) => {
      expect(await all({ search })).toEqual(expected);
      expect(await all({ search, limit: '1' })).toEqual(expected);
    });

    it('finds an id by eight digits and more, with and without dashes, and not by fewer', async () => {
      const id = ids.get('ghost@example.org')!;
      for (const search of [id, id.toUpperCase(), id.replaceAll('-', ''), id.slice(0, 30)])
        expect(await all({ search })).toEqual(['ghost@example.org']);
      const { items } = await page({ search: id.slice(0, 8), limit: '100' });
      expect(items.map(({ email }) => email)).toContain('ghost@example.org');
      expect(await all({ search: id.slice(0, 7) })).toEqual([]);
    });
  });

  describe('by filters', () => {
    it.each([
      [{ status: 'disabled' }, ['adam@example.org', `crowd00${CROWD - 1}@example.net`]],
      [{ status: 'disabled', order: 'newest' }, [`crowd00${CROWD - 1}@example.net`, 'adam@example.org']],
      [{ role: 'support' }, ['countess@example.org']],
      [{ role: 'nobody has it' }, []],
      [{ kind: 'service' }, ['x@service.invalid']],
      [{ secondFactor: 'true' }, ['ada@analytical.example', `crowd00${CROWD - 1}@example.net`]],
      [
        { secondFactor: 'true', order: 'newest', verified: 'true', status: 'active' },
        ['ada@analytical.example'],
      ],
      [{ role: 'user', secondFactor: 'true', status: 'disabled' }, [`crowd00${CROWD - 1}@example.net`]],
      [{ search: 'ada', status: 'active', kind: 'person', verified: 'false' }, ['countess@example.org']],
      [{ search: 'ada', kind: 'service' }, ['x@service.invalid']],
      [{ search: 'ada', role: 'support' }, ['countess@example.org']],
      [{ search: 'crowd', secondFactor: 'true' }, [`crowd00${CROWD - 1}@example.net`]],
      [{ search: 'ada', email: 'adam@example.org' }, ['adam@example.org']],
    ] as [Record<string, string>, string[]][])('finds %j', async (query, expected) => {
      expect(await all(query)).toEqual(expected);
    });

    it('says who has a second factor', async () => {
      const { items } = await page({ search: 'ada@' });
      expect(items).toMatchObject([{ email: 'ada@analytical.example', secondFactor: true }]);
      expect((await page({ search: 'adam@' })).items).toMatchObject([{ secondFactor: false }]);
    });
  });

  it('pages through all, each once, oldest or newest first', async () => {
    const oldest = await all({ limit: '100', kind: 'person' });
    expect(oldest).toHaveLength(CROWD + 7);
    expect(new Set(oldest).size).toBe(oldest.length);
    const newest = await page({ limit: '100', kind: 'person', order: 'newest' });
    expect(newest.items.map(({ email }) => email)).toEqual(oldest.slice(-100).toReversed());
  });

  it('has no cursor on the last page, however full it is', async () => {
    const { items, nextCursor } = await page({ search: 'ada', limit: '4' });
    expect([items.length, nextCursor]).toEqual([4, null]);
  });

  it.each([
    ['order=upwards'],
    ['order=newest&search=ada'],
    ['verified=yes'],
    ['secondFactor='],
    ['status=gone'],
    ['search=a&search=b'],
    ['search=a%07b'],
    [`search=${'x'.repeat(255)}`],
    [`role=${'x'.repeat(65)}`],
    ['searches=a'],
  ])('refuses %s', async (query) => {
    expectProblem(await admin.get(`/v1/users?${query}`), 400, 'validation_failed');
  });

  it('takes a cursor for what it was given for alone', async () => {
    const { nextCursor } = await page({ search: 'crowd', limit: '1' });
    for (const other of ['search=ada', 'search=crowd&kind=person', 'order=newest', ''])
      expectProblem(await admin.get(`/v1/users?${other}&cursor=${nextCursor}`), 400, 'invalid_cursor');
    expect((await page({ search: 'crowd', limit: '2', cursor: nextCursor! })).items).toHaveLength(2);
  });

  it('asks two statements for a page, and three with a filter', async () => {
    expect(await statementsDuring(app, () => page({ limit: '100' }))).toHaveLength(2);
    expect(await statementsDuring(app, () => page({ verified: 'true' }))).toHaveLength(3);
  });

  describe('reads by an index', () => {
    const QUERIES: Record<string, string>[] = [
      {},
      { order: 'newest' },
      { kind: 'service' },
      { status: 'disabled', order: 'newest' },
      { verified: 'false' },
      { verified: 'true' },
      { role: 'user' },
      { role: 'user', secondFactor: 'true' },
      { search: 'crowd' },
      { search: 'crowd', secondFactor: 'false' },
      { search: 'crowd', status: 'disabled' },
      { search: '01234567' },
    ];

    it.each(QUERIES)('for %j, from the start and further on, and counts and sorts nothing', async (query) => {
      const asked = vi.spyOn(app.database, 'query');
      const { nextCursor } = await page({ ...query, limit: '1' });
      if (nextCursor) await page({ ...query, limit: '1', cursor: nextCursor });
      const statements = asked.mock.calls.filter(
        ([sql]) => sql.includes('AS key') || sql.includes('AS search_key'),
      );
      asked.mockRestore();
      expect(statements.length).toBeGreaterThan(0);
      for (const [sql, params] of statements) {
        expect(sql).not.toMatch(/count\s*\(/i);
        expect(await planOf(app, sql, params ?? {}, ['bitmapscan']), sql).not.toMatch(
          /SCAN (u|ur)(?! USING)|TEMP B-TREE|Seq Scan on (users|user_roles)|^\s*(->)?\s*Sort/m,
        );
      }
    });
  });
});
