import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { clock, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';

const AGENT = { 'user-agent': 'audit-spec/1.0' };
const NEW_PASSWORD = 'another-long-passphrase-of-the-spec';
const WRONG_PASSWORD = 'a-wrong-passphrase-of-the-spec';

interface Event {
  id: string;
  at: string;
  action: string;
  actor: { kind: string; id: string | null };
  target: { kind: string; id: string } | null;
  detail: Record<string, unknown> | null;
  ip: string;
  userAgent: string;
  requestId: string;
}

const user = (id: string) => ({ kind: 'user', id });

describe('the audit trail', () => {
  let app: TestApp;
  let admin: SignedIn;
  /** What must be found nowhere. */
  const secrets = new Set([PASSWORD, NEW_PASSWORD, WRONG_PASSWORD]);

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    secrets.add(app.settings.GATEHOUSE_SECRET).add(admin.password);
    keep(admin);
  });
  afterAll(() => app.close());

  const keep = ({ tokens }: Pick<SignedIn, 'tokens'>) =>
    secrets.add(tokens.access_token).add(tokens.refresh_token);
  const member = async () => {
    const somebody = await app.as.member();
    keep(somebody);
    return somebody;
  };
  /** All events of one kind, through the front door. */
  const list = async (action: string, query = ''): Promise<Event[]> => {
    const { status, body } = await admin.get(`/v1/audit-events?limit=100&action=${action}${query}`);
    expect(status).toBe(200);
    return body.items;
  };

  /** How many events there are of what was done. */
  const count = async () =>
    (await app.database.query(`SELECT id FROM audit_events WHERE action <> 'access.denied'`)).length;

  /** Asserts that a request left just this event, with its time, its origin and its id. */
  const expectEvent = async (
    action: string,
    request: () => Promise<Answer>,
    expected: { actor: object; target?: object | null; detail?: object | null },
  ) => {
    const before = Date.now();
    const { headers } = await request();
    const after = Date.now();
    const events = (await list(action)).filter(({ requestId }) => requestId === headers.get('x-request-id'));
    expect(events).toEqual([
      {
        id: expect.any(String),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        action,
        target: null,
        detail: null,
        ...expected,
        ip: '127.0.0.1',
        userAgent: 'audit-spec/1.0',
        requestId: headers.get('x-request-id'),
      },
    ]);
    const at = Date.parse(events[0]!.at);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(after);
  };

  describe('records', () => {
    it('a sign-up', async () => {
      let id = '';
      const email = 'recorded@example.com';
      const before = Date.now();
      const answer = await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD }, AGENT);
      keep({ tokens: answer.body });
      id = answer.body.user.id;
      const events = (await list('user.signed_up')).filter((event) => event.actor.id === id);
      expect(events).toMatchObject([
        { actor: user(id), target: user(id), ip: '127.0.0.1', requestId: answer.headers.get('x-request-id') },
      ]);
      expect(Date.parse(events[0]!.at)).toBeGreaterThanOrEqual(before);
    });

    it('a login', async () => {
      const { email, password, id } = await member();
      const anonymous = app.as.anonymous();
      let session = '';
      await expectEvent(
        'login.succeeded',
        async () => {
          const answer = await anonymous.post('/v1/auth/login', { email, password }, AGENT);
          keep({ tokens: answer.body });
          const authorization = `Bearer ${answer.body.access_token}`;
          session = (await anonymous.get('/v1/auth/whoami', { authorization })).body.sessionId;
          return answer;
        },
        { actor: user(id), target: { kind: 'session', id: expect.any(String) } },
      );
      const [event] = (await list('login.succeeded')).filter(({ target }) => target?.id === session);
      expect(event?.actor).toEqual(user(id));
    });

    it('a login that failed, and why, without the address that was tried', async () => {
      const { email, id } = await member();
      const anonymous = app.as.anonymous();
      const logIn = (address: string) => () =>
        anonymous.post('/v1/auth/login', { email: address, password: WRONG_PASSWORD }, AGENT);
      const actor = { kind: 'anonymous', id: null };
      const target = user(id);
      await expectEvent('login.failed', logIn(email), {
        actor,
        target,
        detail: { reason: 'wrong_password' },
      });
      await expectEvent('login.failed', logIn('nobody-here@example.com'), {
        actor,
        detail: { reason: 'unknown_email' },
      });
      expect(JSON.stringify(await list('login.failed'))).not.toContain('nobody-here');
    });

    it('a login to a disabled account', async () => {
      const { email, password, id } = await member();
      await admin.patch(`/v1/users/${id}`, { status: 'disabled' });
      await expectEvent(
        'login.failed',
        () => app.as.anonymous().post('/v1/auth/login', { email, password }, AGENT),
        { actor: { kind: 'anonymous', id: null }, target: user(id), detail: { reason: 'disabled' } },
      );
    });

    it('a logout', async () => {
      const somebody = await member();
      const { sessionId } = (await somebody.get('/v1/auth/whoami')).body;
      const target = { kind: 'session', id: sessionId };
      await expectEvent('session.ended', () => somebody.post('/v1/auth/logout', undefined, AGENT), {
        actor: user(somebody.id),
        target,
      });
    });

    it('a refresh that was retried and one that was reused, and none that is as it should be', async () => {
      const somebody = await member();
      const { sessionId } = (await somebody.get('/v1/auth/whoami')).body;
      const refresh = async () => {
        const { refresh_token } = somebody.tokens;
        const answer = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token }, AGENT);
        if (answer.status === 200) keep({ tokens: answer.body });
        return answer;
      };
      const party = { actor: user(somebody.id), target: { kind: 'session', id: sessionId } };
      clock.stop();
      try {
        const all = async () =>
          app.database.query('SELECT id FROM audit_events WHERE target_id = :sessionId', { sessionId });
        await refresh();
        expect(await all()).toEqual([]);
        await expectEvent('session.refresh_retried', refresh, party);
        clock.forward(31 * SECOND);
        await expectEvent('session.refresh_reused', refresh, party);
        await refresh();
        expect(await all(), 'a dead session is reused no more').toHaveLength(2);
      } finally {
        clock.release();
      }
    });

    it('a change of password, and not one that failed', async () => {
      const somebody = await member();
      const change = (currentPassword: string) => () =>
        somebody.post('/v1/me/password', { currentPassword, newPassword: NEW_PASSWORD }, AGENT);
      await change(WRONG_PASSWORD)();
      expect((await list('user.password_changed')).filter(({ actor }) => actor.id === somebody.id)).toEqual(
        [],
      );
      const party = { actor: user(somebody.id), target: user(somebody.id) };
      await expectEvent('user.password_changed', change(PASSWORD), party);
    });

    it('every change to a user', async () => {
      const { id } = await member();
      const [actor, target] = [user(admin.id), user(id)];
      const path = `/v1/users/${id}`;
      const steps: [string, () => Promise<Answer>, object?][] = [
        ['user.renamed', () => admin.patch(path, { name: 'Ada' }, AGENT)],
        ['user.disabled', () => admin.patch(path, { status: 'disabled' }, AGENT)],
        ['user.enabled', () => admin.patch(path, { status: 'active' }, AGENT)],
        [
          'user.roles_changed',
          () => admin.put(`${path}/roles`, { roles: ['user', 'admin'] }, AGENT),
          { from: ['user'], to: ['admin', 'user'] },
        ],
        ['user.sessions_ended', () => admin.delete(`${path}/sessions`, AGENT)],
        ['user.deleted', () => admin.delete(path, AGENT)],
      ];
      for (const [action, request, detail = null] of steps) {
        await expectEvent(action, request, { actor, target, detail });
      }
      const body = { email: 'made@example.com', password: PASSWORD };
      const made = { actor, target: { kind: 'user', id: expect.any(String) } };
      await expectEvent('user.created', () => admin.post('/v1/users', body, AGENT), made);
    });

    it('every change to a role', async () => {
      const [actor, target] = [user(admin.id), { kind: 'role', id: 'recorded' }];
      const [from, to] = [['users:read'], ['users:read', 'users:write']];
      const path = '/v1/roles/recorded';
      const create = () => admin.post('/v1/roles', { name: 'recorded', scopes: from }, AGENT);
      await expectEvent('role.created', create, { actor, target, detail: { scopes: from } });
      const change = () => admin.patch(path, { scopes: to }, AGENT);
      await expectEvent('role.updated', change, { actor, target, detail: { from, to } });
      await expectEvent('role.deleted', () => admin.delete(path, AGENT), { actor, target });
    });

    it('every change to a resource', async () => {
      const actor = user(admin.id);
      const identifier = 'https://recorded.example';
      const target = { kind: 'resource', id: expect.any(String) };
      const detail = { identifier, status: 'draft' };
      let path = '';
      const create = async () => {
        const answer = await admin.post('/v1/resources', { identifier, name: 'X' }, AGENT);
        path = `/v1/resources/${answer.body.id}`;
        return answer;
      };
      await expectEvent('resource.created', create, { actor, target, detail });
      await expectEvent('resource.updated', () => admin.patch(path, { name: 'Y' }, AGENT), {
        actor,
        target,
        detail: { ...detail, changed: ['name'] },
      });
      await expectEvent('resource.deleted', () => admin.delete(path, AGENT), { actor, target, detail });
    });

    it('who made the first admin: no caller but the server', async () => {
      const events = (await list('user.created')).filter(({ target }) => target?.id === admin.id);
      expect(events).toMatchObject([{ actor: { kind: 'system', id: null }, ip: null, requestId: null }]);
    });

    it('nothing for what was refused', async () => {
      const somebody = await member();
      const before = await count();
      await somebody.delete(`/v1/users/${admin.id}`);
      await admin.delete(`/v1/users/${admin.id}`);
      await admin.delete('/v1/roles/user');
      await admin.put(`/v1/users/${somebody.id}/roles`, { roles: ['nothing'] });
      await admin.post('/v1/users', { email: somebody.email, password: PASSWORD });
      expect(await count()).toBe(before);
    });
  });

  describe('is listed', () => {
    it('oldest first, in pages', async () => {
      for (let n = 0; n < 10; n++) await member();
      const first = await admin.get('/v1/audit-events?limit=5');
      const second = await admin.get(`/v1/audit-events?limit=5&cursor=${first.body.nextCursor}`);
      const ids = [...first.body.items, ...second.body.items].map(({ id }) => id);
      expect(ids).toHaveLength(10);
      expect(ids).toEqual([...new Set(ids)].toSorted());
    });

    it('by actor', async () => {
      const somebody = await member();
      await somebody.patch('/v1/me', { name: 'A' });
      const { body } = await admin.get(`/v1/audit-events?actor=${somebody.id}`);
      expect(body.items.map(({ action }: Event) => action)).toEqual(['user.signed_up', 'user.renamed']);
      expect((await admin.get('/v1/audit-events?actor=nobody')).body.items).toEqual([]);
    });

    it('by action, and by both', async () => {
      const somebody = await member();
      expect((await list('user.signed_up')).every(({ action }) => action === 'user.signed_up')).toBe(true);
      expect(await list('user.signed_up', `&actor=${somebody.id}`)).toHaveLength(1);
      expect(await list('user.renamed', `&actor=${somebody.id}`)).toEqual([]);
    });

    it('since a time, that moment included', async () => {
      const somebody = await member();
      const [event] = await list('user.signed_up', `&actor=${somebody.id}`);
      const since = async (at: string) => list('user.signed_up', `&actor=${somebody.id}&since=${at}`);
      expect(await since(event!.at)).toEqual([event]);
      expect(await since(new Date(Date.parse(event!.at) + 1).toISOString())).toEqual([]);
    });

    it.each(['2020-01-01', '2020-01-01T00:00Z', '2020-01-01T00:00:00.5%2B02:00'])(
      'since %s',
      async (since) => {
        expect((await admin.get(`/v1/audit-events?since=${since}&limit=1`)).body.items).toHaveLength(1);
      },
    );

    it.each([
      ...['20260101', '20260101T000000Z', '2026-W10', '2026-123', '2026-11-26T13', '2026-02-30', '2026'].map(
        (since) => `since=${since}`,
      ),
      'since=2026-11-26T13:00:00', // In whose zone?
      'since=2026-11-26T13:00:00,5Z',
      'since=yesterday',
      'since=',
      'since=2026-13-01',
      'actor=a&actor=b',
      'action[]=a',
      'who=me',
    ])('not by %s', async (query) => {
      expectProblem(await admin.get(`/v1/audit-events?${query}`), 400, 'validation_failed');
    });
  });

  it('cannot be written to or taken back', async () => {
    const [event] = await list('user.signed_up');
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH']) {
      const all = await admin.send(method, '/v1/audit-events', method === 'DELETE' ? undefined : {});
      expectProblem(all, 405, 'method_not_allowed');
      const one = await admin.send(
        method,
        `/v1/audit-events/${event!.id}`,
        method === 'DELETE' ? undefined : {},
      );
      expectProblem(one, 404, 'not_found');
    }
  });

  it('survives what it speaks of', async () => {
    const somebody = await member();
    await admin.delete(`/v1/users/${somebody.id}`);
    expect(await list('user.signed_up', `&actor=${somebody.id}`)).toHaveLength(1);
  });

  // The last, so that everything above has been written.
  describe('and the log', () => {
    it('hold no password and no token, and the database none either', async () => {
      const found = [...secrets].filter((secret) => app.log.join('\n').includes(secret));
      expect(found).toEqual([]);
      const dataSource = app.nest.get(DataSource);
      const tables = await Promise.all(
        dataSource.entityMetadatas.map(({ tableName }) => app.database.query(`SELECT * FROM ${tableName}`)),
      );
      const stored = JSON.stringify(tables);
      expect(stored).toContain(admin.id);
      expect([...secrets].filter((secret) => stored.includes(secret))).toEqual([]);
    });

    it('cannot be forged by what a client sends', async () => {
      const forged = '{"level":30,"msg":"forged"}';
      await app.as.anonymous().get(`/nope%0d%0a${encodeURIComponent(forged)}`, {
        'user-agent': `x\t${forged}`,
      });
      await admin.post('/v1/users', { email: `a@b.c\r\n${forged}`, password: PASSWORD });
      await admin.post('/v1/roles', { name: `x\r\n${forged}\u001b[31m` });
      for (const line of app.log) {
        expect(['\r', '\n', '\u001b'].filter((control) => line.trimEnd().includes(control))).toEqual([]);
        expect(JSON.parse(line).msg).not.toBe('forged');
      }
    });
  });
});
