import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { auditOf, refresh, rowOf, rowsOfUser, works } from '../../support/sessions.js';
import { decoded } from '../../support/signing-keys.js';

const TIMES = 12;
const NEXT_PASSWORD = 'another long passphrase';
const MINUTE = 60_000;

/** Runs both at once, each as the first of the two in half of the rounds. */
async function race<A, B>(round: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([one(), other()]);
  const [b, a] = await Promise.all([other(), one()]);
  return [a, b];
}

const minted = (...answers: Answer[]) =>
  answers.filter(({ status }) => status === 200).map(({ body }) => body);

const changePassword = (member: SignedIn) =>
  member.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD });

describe('refreshing at the same time', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  async function expectDead(...answers: { access_token: string; refresh_token: string }[]): Promise<void> {
    for (const { access_token, refresh_token } of answers) {
      expect(await works(app, access_token)).toBe(false);
      expect((await refresh(app, refresh_token)).status).toBe(401);
    }
  }

  it('gives 50 requests with one token the same successor and each a working access token', async () => {
    const { tokens } = await app.as.member();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(app, tokens.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect(new Set(answers.map(({ body }) => body.access_token)).size).toBe(50);
    for (const { body } of answers) expect(await works(app, body.access_token)).toBe(true);

    const row = await rowOf(app, tokens.refresh_token);
    expect(row).toMatchObject({ generation: 1, revoked_at: null });
    // The others are told together, at the end of the hour.
    expect(await auditOf(app, row.id)).toEqual(Array.from({ length: 5 }, () => 'session.refresh_retried'));
    expect((await refresh(app, answers[0]!.body.refresh_token)).status).toBe(200);
  });

  it('does so again and again, with tabs that follow each other', async () => {
    let { refresh_token: token } = (await app.as.member()).tokens;
    for (let round = 1; round <= TIMES; round++) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(app, token)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      [token] = successors;
      expect((await rowOf(app, token)).generation).toBe(round);
    }
  });

  /** What ends a session from somewhere else, and how. */
  const ENDINGS: Record<string, (member: SignedIn) => Promise<Answer>> = {
    logout: (member) => member.post('/v1/auth/logout'),
    'signing out everywhere': (member) => member.delete('/v1/me/sessions'),
    'disabling by an admin': async (member) =>
      (await app.as.admin()).patch(`/v1/users/${member.id}`, { status: 'disabled' }),
    'signing out by an admin': async (member) =>
      (await app.as.admin()).delete(`/v1/users/${member.id}/sessions`),
    'deletion of the account': async (member) => (await app.as.admin()).delete(`/v1/users/${member.id}`),
  };

  it.each(Object.entries(ENDINGS))(
    'leaves nothing alive when it races %s',
    async (_, end) => {
      await app.as.admin();
      for (let round = 0; round < 2 * TIMES; round++) {
        const member = await app.as.member();
        const [refreshed, ended] = await race(
          round,
          () => refresh(app, member.tokens.refresh_token),
          () => end(member),
        );
        expect(ended.status).toBeLessThan(300);
        expect([200, 401]).toContain(refreshed.status);
        await expectDead(member.tokens, ...minted(refreshed));
      }
    },
    MINUTE,
  );

  it(
    'leaves nothing alive of many retries that race a logout',
    async () => {
      for (let round = 0; round < TIMES; round++) {
        const member = await app.as.member();
        await refresh(app, member.tokens.refresh_token);
        const [ended, ...refreshed] = await Promise.all([
          member.post('/v1/auth/logout'),
          ...Array.from({ length: 5 }, () => refresh(app, member.tokens.refresh_token)),
        ]);
        expect(ended.status).toBe(204);
        expect(refreshed.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
        await expectDead(member.tokens, ...minted(...refreshed));
      }
    },
    MINUTE,
  );

  it(
    'leaves no other session alive when it races a change of the password, and the current one unharmed',
    async () => {
      for (let round = 0; round < TIMES; round++) {
        const here = await app.as.member();
        const there = await app.as.logIn(here.email);
        const refreshBoth = async () => {
          const first = await refresh(app, there.tokens.refresh_token);
          // Once more while the new password is being hashed.
          const second = await refresh(app, first.body.refresh_token ?? there.tokens.refresh_token);
          return [first, second, await refresh(app, here.tokens.refresh_token)] as const;
        };
        const [[first, second, own], changed] = await race(round, refreshBoth, () => changePassword(here));
        expect(changed.status).toBe(204);
        await expectDead(there.tokens, ...minted(first, second));

        expect(own.status).toBe(200);
        expect(await works(app, here.tokens.access_token)).toBe(true);
        expect(await works(app, own.body.access_token)).toBe(true);
        expect((await refresh(app, own.body.refresh_token)).status).toBe(200);
      }
    },
    2 * MINUTE,
  );

  /** Logs in with the old password again and again until `isOver`. */
  async function keepLoggingIn(email: string, isOver: () => boolean): Promise<Answer[]> {
    const answers: Answer[] = [];
    do {
      answers.push(await app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD }));
    } while (!isOver());
    return answers;
  }

  async function logInsDuring(
    round: number,
    email: string,
    change: () => Promise<Answer>,
  ): Promise<Answer[]> {
    let isOver = false;
    const until = () => isOver;
    const changing = async () => {
      const { status } = await change();
      isOver = true;
      expect(status).toBeLessThan(300);
    };
    const both = () => Promise.all([keepLoggingIn(email, until), keepLoggingIn(email, until)]);
    const [answers] = await race(round, both, changing);
    return answers.flat();
  }

  it(
    'leaves no login with the old password alive that races its change',
    async () => {
      for (let round = 0; round < TIMES; round++) {
        const here = await app.as.member();
        const answers = await logInsDuring(round, here.email, () => changePassword(here));
        expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
        await expectDead(...minted(...answers));
        const live = (await rowsOfUser(app, here.id)).filter(({ revoked_at }) => revoked_at === null);
        expect(live).toHaveLength(1);
        expect((await refresh(app, here.tokens.refresh_token)).status).toBe(200);
      }
    },
    2 * MINUTE,
  );

  it(
    'leaves no login alive that races the disabling of the account',
    async () => {
      const admin = await app.as.admin();
      for (let round = 0; round < TIMES; round++) {
        const member = await app.as.member();
        const disable = () => admin.patch(`/v1/users/${member.id}`, { status: 'disabled' });
        const answers = await logInsDuring(round, member.email, disable);
        expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
        await expectDead(member.tokens, ...minted(...answers));
        const live = (await rowsOfUser(app, member.id)).filter(({ revoked_at }) => revoked_at === null);
        expect(live).toEqual([]);
      }
    },
    2 * MINUTE,
  );
});

describe('what changes right after a refresh has read it', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => app.close());

  /** Does something once, after the next read of a session with its user's rights. */
  function afterTheRead(meanwhile: () => Promise<unknown>) {
    const read = app.database.query.bind(app.database);
    const spy = vi.spyOn(app.database, 'query').mockImplementation(async (sql, params) => {
      const rows = await read(sql, params);
      if (!sql.startsWith('SELECT s.id')) return rows as never;
      spy.mockRestore();
      await meanwhile();
      return rows as never;
    });
    return spy;
  }
  const rolesOf = ({ access_token }: { access_token: string }) => decoded(access_token).claims['roles'];

  it('roles: the token with the old ones is dead, and the next has the new ones', async () => {
    const [admin, member] = [await app.as.admin(), await app.as.member()];
    const spy = afterTheRead(() => admin.put(`/v1/users/${member.id}/roles`, { roles: [] }));
    const { status, body } = await refresh(app, member.tokens.refresh_token);
    expect(spy.getMockImplementation(), 'it was hit').toBeUndefined();
    expect({ status, roles: rolesOf(body) }).toEqual({ status: 200, roles: ['user'] });
    expect(await works(app, body.access_token)).toBe(false);
    const { body: next } = await refresh(app, body.refresh_token);
    expect(rolesOf(next)).toEqual([]);
    expect(await works(app, next.access_token)).toBe(true);
  });

  it('the account: what is disabled gets nothing', async () => {
    const [admin, member] = [await app.as.admin(), await app.as.member()];
    afterTheRead(() => admin.patch(`/v1/users/${member.id}`, { status: 'disabled' }));
    expect((await refresh(app, member.tokens.refresh_token)).status).toBe(401);
  });

  it('the session and the roles: who comes second gets the new ones', async () => {
    const [admin, member] = [await app.as.admin(), await app.as.member()];
    const { refresh_token } = member.tokens;
    afterTheRead(async () => {
      expect((await refresh(app, refresh_token)).status).toBe(200);
      await admin.put(`/v1/users/${member.id}/roles`, { roles: [] });
    });
    const { status, body } = await refresh(app, refresh_token);
    expect({ status, roles: rolesOf(body) }).toEqual({ status: 200, roles: [] });
    expect(await works(app, body.access_token)).toBe(true);
  });

  it('roles and accounts, while a retry is noted: the tokens are dead', async () => {
    const admin = await app.as.admin();
    const audit = app.nest.get(AuditService);
    const record = audit.record.bind(audit);
    for (const meanwhile of [
      (id: string) => admin.put(`/v1/users/${id}/roles`, { roles: [] }),
      (id: string) => admin.patch(`/v1/users/${id}`, { status: 'disabled' }),
      (id: string) => admin.delete(`/v1/users/${id}`),
    ]) {
      const member = await app.as.member();
      const { refresh_token } = member.tokens;
      expect((await refresh(app, refresh_token)).status).toBe(200);
      const spy = vi.spyOn(audit, 'record').mockImplementation(async (event, actor) => {
        spy.mockRestore();
        await record(event, actor);
        expect((await meanwhile(member.id)).status).toBeLessThan(300);
      });
      const { status, body } = await refresh(app, refresh_token);
      expect(status).toBe(200);
      expect(await works(app, body.access_token)).toBe(false);
    }
  });
});
