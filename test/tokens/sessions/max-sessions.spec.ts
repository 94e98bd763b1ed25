import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/platform/access/actor.js';
import { Session } from '../../../src/tokens/sessions/session.entity.js';
import { NewSessionsService } from '../../../src/tokens/sessions/new-sessions.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectOnly } from '../../support/expect-only.js';
import { statementsDuring } from '../../support/statements.js';
import { auditOf, refresh, rowsOfUser, works } from '../../support/sessions.js';

describe('with MAX_SESSIONS=3', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { MAX_SESSIONS: '3' } });
  });
  afterAll(() => app.close());

  const live = async ({ id }: SignedIn) =>
    (await rowsOfUser(app, id)).filter(({ revoked_at }) => revoked_at === null).length;

  it('the oldest session ends when a fourth begins, and no other', async () => {
    const bystander = await app.as.member();
    const first = await app.as.member();
    const second = await app.as.logIn(first.email);
    const third = await app.as.logIn(first.email);
    expect(await works(app, first.tokens.access_token)).toBe(true);
    expect(await auditOf(app, first.id)).toEqual(['user.signed_up']);

    const fourth = await expectOnly(app, ['login.succeeded', 'user.oldest_sessions_ended'], () =>
      app.as.logIn(first.email),
    );
    expect(await works(app, first.tokens.access_token)).toBe(false);
    expect((await refresh(app, first.tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
    for (const each of [second, third, fourth, bystander])
      expect(await works(app, each.tokens.access_token)).toBe(true);
    expect(await live(first)).toBe(3);
    expect(await auditOf(app, first.id)).toEqual(['user.signed_up', 'user.oldest_sessions_ended']);
  });

  it('three are left, and the new one of them, though the clock was set back', async () => {
    const first = await app.as.member();
    await app.as.logIn(first.email);
    await app.as.logIn(first.email);
    const sql = `UPDATE sessions SET id = 'f' || substr(id, 2) WHERE user_id = :id`;
    await app.database.run({ sql, params: { id: first.id } });
    const fourth = await app.as.logIn(first.email);
    expect(await works(app, fourth.tokens.access_token)).toBe(true);
    expect(await live(first)).toBe(3);
  });

  it('nothing is recorded when another sign-in has ended the oldest in the meantime', async () => {
    const { id: userId } = await app.as.member();
    const [session] = await app.nest.get(DataSource).getRepository(Session).findBy({ userId });
    const statement = { sql: 'SELECT 3 AS others, 0 AS device_epoch', params: {} };
    const begun = { session: session!, refreshToken: '', statement };
    await expectOnly(app, [], () => app.nest.get(NewSessionsService).commit(begun, [statement], SYSTEM));
  });

  it('a second look is taken only where sign-ins at the same moment do not see each other', async () => {
    const first = await app.as.member();
    const statements = await statementsDuring(app, () => app.as.logIn(first.email));
    const looks = statements.filter((sql) => sql.startsWith('SELECT count(*) AS others'));
    expect(looks).toHaveLength(app.database.isSqlite ? 0 : 1);
  });

  it('a session that has ended makes room', async () => {
    const first = await app.as.member();
    const second = await app.as.logIn(first.email);
    await app.as.logIn(first.email);
    await second.post('/v1/auth/logout');
    await app.as.logIn(first.email);
    expect(await works(app, first.tokens.access_token)).toBe(true);
  });

  it('ten sign-ins at once leave three', async () => {
    const member = await app.as.member();
    const signedIn = await Promise.all(Array.from({ length: 10 }, () => app.as.logIn(member.email)));
    expect(await live(member)).toBe(3);
    const working = await Promise.all(signedIn.map(({ tokens }) => works(app, tokens.access_token)));
    expect(working.filter(Boolean)).toHaveLength(3);
    expect(await works(app, member.tokens.access_token)).toBe(false);
  });
});

it('whether a sign-in is from a new place is told by the last 200, of however many', async () => {
  const app = await startApp();
  try {
    const { id: userId } = await app.as.member();
    const stored = app.nest.get(DataSource).getRepository(Session);
    const [own] = await stored.findBy({ userId });
    const earlier = (n: number, device: string) => ({ ...own!, id: `00000000-${n}`, device });
    const isNew = () => {
      const actor = { ...SYSTEM, ip: own!.ip, userAgent: 'a phone of before' };
      return app.nest.get(NewSessionsService).isFromNewPlace({ ...own!, id: uuidv7() }, actor, false);
    };
    await stored.insert(earlier(1_000, 'a phone of before'));
    await stored.insert(Array.from({ length: 198 }, (_, n) => earlier(1_001 + n, 'another')));
    expect(await isNew()).toBe(false);
    await stored.insert(earlier(2_000, 'another'));
    expect(await isNew()).toBe(true);
  } finally {
    await app.close();
  }
});
