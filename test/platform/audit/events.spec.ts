import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventsService, type EventName } from '../../../src/platform/audit/events.service.js';
import { SYSTEM } from '../../../src/platform/access/actor.js';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { UnexpectedCount } from '../../../src/platform/database/database.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { PASSWORD } from '../../support/actors.js';
import { Mailbox } from '../../support/mailbox.js';

const NAMES: EventName[] = [
  'user.signed_up',
  'user.created',
  'user.renamed',
  'user.email_verified',
  'user.email_changed',
  'user.password_changed',
  'user.password_reset',
  'user.roles_changed',
  'user.disabled',
  'user.enabled',
  'user.deleted',
  'user.sessions_ended',
  'login.succeeded',
  'session.ended',
  'session.refresh_reused',
];

describe('events', () => {
  let app: TestApp;
  let events: EventsService;
  let mailbox: Mailbox;
  const heard: any[] = [];

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url } });
    events = app.nest.get(EventsService);
    for (const name of NAMES) events.on(name, (event) => void heard.push(event));
  });
  beforeEach(async () => {
    await events.settled();
    heard.length = 0;
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  const namesOf = async (userId: string) => {
    await events.settled();
    return heard.filter((event) => event.userId === userId).map(({ name }) => name);
  };

  it('are heard of everything that happens to an account, in its order, and of nothing else', async () => {
    const admin = await app.as.admin();
    const ada = await app.as.member('ada@example.com');
    const link = await mailbox.last(app, ada.email, 'confirm your e-mail');
    await ada.post('/v1/auth/email/verification/confirm', { token: link.token });
    const again = await app.as.logIn(ada.email);
    await again.post('/v1/auth/logout');
    await ada.patch('/v1/me', { name: 'Ada' });
    await ada.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'another long passphrase' });
    await ada.post('/v1/auth/password/reset', { email: ada.email });
    const reset = await mailbox.last(app, ada.email, 'reset your password');
    await ada.post('/v1/auth/password/reset/confirm', { token: reset.token, password: PASSWORD });
    await admin.put(`/v1/users/${ada.id}/roles`, { roles: ['admin', 'user'] });
    await admin.patch(`/v1/users/${ada.id}`, { status: 'disabled' });
    expect((await admin.patch(`/v1/users/${ada.id}`, { status: 'enabled' })).status).toBe(400);
    await admin.patch(`/v1/users/${ada.id}`, { status: 'active' });
    await admin.delete(`/v1/users/${ada.id}/sessions`);
    await admin.delete(`/v1/users/${ada.id}`);

    expect(await namesOf(ada.id)).toEqual([
      'user.signed_up',
      'user.email_verified',
      'login.succeeded',
      'session.ended',
      'user.renamed',
      'user.password_changed',
      'user.password_reset',
      'user.roles_changed',
      'user.disabled',
      'user.enabled',
      'user.sessions_ended',
      'user.deleted',
    ]);
    const changed = heard.find(({ name }) => name === 'user.roles_changed');
    expect(changed).toMatchObject({ from: ['user'], to: ['admin', 'user'], at: expect.any(Date) });
    expect(changed.actor.principal.id).toBe(admin.id);
    const loggedIn = heard.find(({ name, userId }) => name === 'login.succeeded' && userId === ada.id);
    const ended = heard.find(({ name }) => name === 'session.ended');
    expect(loggedIn.sessionId).toBe(ended.sessionId);
    expect(loggedIn.actor.ip).toBe('127.0.0.1');
    expect(JSON.stringify(heard)).not.toContain(PASSWORD);
  });

  it('are not heard of what was refused or undone', async () => {
    const member = await app.as.member();
    await namesOf(member.id);
    heard.length = 0;
    await app.as.anonymous().post('/v1/auth/signup', { email: member.email, password: PASSWORD });
    await app.as.anonymous().post('/v1/auth/login', { email: member.email, password: 'not the password' });
    await member.put(`/v1/users/${member.id}/roles`, { roles: ['admin'] });
    const event = app.nest
      .get(AuditService)
      .event({ action: 'user.disabled', target: { kind: 'user', id: member.id } }, SYSTEM);
    const failing = { sql: 'DELETE FROM users WHERE id = :id', params: { id: 'nobody' }, affects: 1 };
    await expect(app.database.atomically([event, failing])).rejects.toThrow(UnexpectedCount);
    await events.settled();
    expect(heard).toEqual([]);
  });

  it('do not let a listener that throws, rejects or never ends touch the request or the others', async () => {
    const called: string[] = [];
    const never = deferred();
    events.on('user.renamed', () => {
      called.push('throws');
      throw new Error('thrown by a listener');
    });
    events.on('user.renamed', async () => {
      called.push('rejects');
      await Promise.reject(new Error('rejected by a listener'));
    });
    events.on('user.renamed', () => {
      called.push('hangs');
      return never.promise;
    });
    events.on('user.renamed', () => void called.push('works'));
    const member = await app.as.member();
    expect((await member.patch('/v1/me', { name: 'B' })).body.name).toBe('B');
    never.resolve();
    await events.settled();
    expect(called.toSorted()).toEqual(['hangs', 'rejects', 'throws', 'works']);
    const failed = app.log.filter((line) => line.includes('a listener of user.renamed failed'));
    expect(failed).toHaveLength(2);
    expect(failed.join()).toContain('thrown by a listener');
  });

  it('cannot be changed by one listener for the next', async () => {
    const seen: unknown[] = [];
    events.on('user.signed_up', (event) => Object.assign(event, { userId: 'somebody else' }));
    events.on('user.signed_up', ({ userId }) => void seen.push(userId));
    const member = await app.as.member();
    await events.settled();
    expect(seen).toEqual([member.id]);
  });

  it('are dropped, and the log says so, when a listener has a thousand calls underway', async () => {
    const hanging = deferred();
    let calls = 0;
    events.on('user.email_changed', () => (calls++, hanging.promise));
    const tell = () =>
      events.tell({ name: 'user.email_changed', at: new Date(), userId: 'x', actor: SYSTEM });
    for (let n = 0; n < 1_002; n++) tell();
    hanging.resolve();
    await events.settled();
    expect(calls).toBe(1_000);
    expect(
      app.log.filter((line) => line.includes('a listener of user.email_changed was not called')),
    ).not.toEqual([]);
    tell();
    await events.settled();
    expect(calls).toBe(1_001);
  });
});

describe('events at a stop', () => {
  it('are finished first, with the database still there', async () => {
    const app = await startApp();
    const events = app.nest.get(EventsService);
    const asked = deferred();
    const found: unknown[] = [];
    events.on('user.signed_up', async ({ userId }) => {
      await asked.promise;
      found.push(...(await app.database.query('SELECT id FROM users WHERE id = :userId', { userId })));
    });
    const member = await app.as.member();
    const closed = app.nest.close();
    asked.resolve();
    await closed;
    await app.close();
    expect(found).toEqual([{ id: member.id }]);
  });

  it('are given up after three seconds', { timeout: 10_000 }, async () => {
    const app = await startApp();
    app.nest.get(EventsService).on('user.signed_up', () => new Promise(() => {}));
    await app.as.member();
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(app.log.join()).toContain('1 calls of event listeners were not over within 3000 ms');
  });
});
