import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { makeDatabase } from '../../support/database.js';
import { refresh, works } from '../../support/sessions.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

describe('an access token', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
    await app.as.admin();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  /** Refreshes, and expects that the token from before stays dead. */
  async function renewed(somebody: SignedIn): Promise<SignedIn> {
    expect(await works(app, somebody.tokens.access_token)).toBe(false);
    const next = await somebody.refreshed();
    expect(await works(app, next.tokens.access_token)).toBe(true);
    expect(await works(app, somebody.tokens.access_token)).toBe(false);
    return next;
  }

  describe('dies at once', () => {
    it('when the user’s roles change, and a refresh gives the new rights', async () => {
      const [admin, somebody, bystander] = [
        await app.as.admin(),
        await app.as.member(),
        await app.as.member(),
      ];
      expect((await somebody.get('/v1/users')).status).toBe(403);
      await admin.put(`/v1/users/${somebody.id}/roles`, { roles: ['user', 'admin'] });
      const promoted = await renewed(somebody);
      expect((await promoted.get('/v1/users')).status).toBe(200);

      await admin.put(`/v1/users/${somebody.id}/roles`, { roles: ['user'] });
      const demoted = await renewed(promoted);
      expect((await demoted.get('/v1/users')).status).toBe(403);
      expect(await works(app, bystander.tokens.access_token)).toBe(true);
      expect(await works(app, admin.tokens.access_token)).toBe(true);
    });

    it('when the scopes of a role change, and a refresh gives the new ones', async () => {
      const admin = await app.as.admin();
      const [holder, bystander] = [await app.as.holderOf('users:read'), await app.as.member()];
      const [role] = (await holder.get('/v1/auth/whoami')).body.roles as [string];
      await admin.patch(`/v1/roles/${role}`, { scopes: ['roles:read'] });
      const changed = await renewed(holder);
      expect((await changed.get('/v1/users')).status).toBe(403);
      expect((await changed.get('/v1/roles')).status).toBe(200);

      // The old scopes again do not bring back the tokens that had them.
      await admin.patch(`/v1/roles/${role}`, { scopes: ['users:read'] });
      expect(await works(app, holder.tokens.access_token)).toBe(false);
      const again = await renewed(changed);
      expect((await again.get('/v1/users')).status).toBe(200);
      expect(await works(app, bystander.tokens.access_token)).toBe(true);
    });

    it('not when only the description of a role changes', async () => {
      const admin = await app.as.admin();
      const holder = await app.as.holderOf('users:read');
      const [role] = (await holder.get('/v1/auth/whoami')).body.roles as [string];
      expect((await admin.patch(`/v1/roles/${role}`, { description: 'Reads' })).status).toBe(200);
      expect(await works(app, holder.tokens.access_token)).toBe(true);
    });

    it('when the user is disabled, and enabling brings nothing back', async () => {
      const [admin, somebody, bystander] = [
        await app.as.admin(),
        await app.as.member(),
        await app.as.member(),
      ];
      const elsewhere = await app.as.logIn(somebody.email);
      const isDead = async ({ tokens }: SignedIn) => {
        expect(await works(app, tokens.access_token)).toBe(false);
        expect((await refresh(app, tokens.refresh_token)).status).toBe(401);
      };
      await admin.patch(`/v1/users/${somebody.id}`, { status: 'disabled' });
      await isDead(somebody);
      await isDead(elsewhere);
      await admin.patch(`/v1/users/${somebody.id}`, { status: 'active' });
      await isDead(somebody);
      await isDead(elsewhere);
      const anew = await app.as.logIn(somebody.email);
      expect(await works(app, anew.tokens.access_token)).toBe(true);
      expect(await works(app, bystander.tokens.access_token)).toBe(true);
    });

    it('when the user is deleted, and stays dead when the address signs up again', async () => {
      const [admin, somebody] = [await app.as.admin(), await app.as.member()];
      await admin.delete(`/v1/users/${somebody.id}`);
      expect(await works(app, somebody.tokens.access_token)).toBe(false);
      const successor = await app.as.member(somebody.email);
      expect(successor.id).not.toBe(somebody.id);
      expect(await works(app, somebody.tokens.access_token)).toBe(false);
      expect((await refresh(app, somebody.tokens.refresh_token)).status).toBe(401);
      expect(await works(app, successor.tokens.access_token)).toBe(true);
    });

    it('when its session ends, also a moment before it would expire', async () => {
      clock.stop();
      const somebody = await app.as.member();
      await somebody.post('/v1/auth/logout');
      for (const ms of [0, 5 * MINUTE, 10 * MINUTE - 2 * SECOND]) {
        clock.forward(ms);
        expect(await works(app, somebody.tokens.access_token)).toBe(false);
      }
    });

    it('whether or not it was used before', async () => {
      const [used, unused] = [await app.as.member(), await app.as.member()];
      for (let times = 0; times < 3; times++) expect(await works(app, used.tokens.access_token)).toBe(true);
      const admin = await app.as.admin();
      for (const { id } of [used, unused]) await admin.delete(`/v1/users/${id}/sessions`);
      expect(await works(app, used.tokens.access_token)).toBe(false);
      expect(await works(app, unused.tokens.access_token)).toBe(false);
    });
  });
});

describe('what was revoked', () => {
  it('stays dead after a restart, and the rest stays alive', async () => {
    const database = await makeDatabase({ isShared: true });
    const env = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET,
    };
    let app = await startApp({ env });
    const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    const [alive, loggedOut, disabled, reenabled, deleted, promoted, stolen, changed] = (await Promise.all(
      Array.from({ length: 8 }, () => app.as.member()),
    )) as [SignedIn, SignedIn, SignedIn, SignedIn, SignedIn, SignedIn, SignedIn, SignedIn];
    await admin.post('/v1/roles', { name: 'reader', scopes: ['users:read'] });
    await admin.put(`/v1/users/${changed.id}/roles`, { roles: ['reader'] });
    const holder = await changed.refreshed();
    const successor = await stolen.refreshed();

    await loggedOut.post('/v1/auth/logout');
    for (const { id } of [disabled, reenabled]) await admin.patch(`/v1/users/${id}`, { status: 'disabled' });
    await admin.patch(`/v1/users/${reenabled.id}`, { status: 'active' });
    await admin.delete(`/v1/users/${deleted.id}`);
    await admin.put(`/v1/users/${promoted.id}/roles`, { roles: ['user', 'admin'] });
    await admin.patch('/v1/roles/reader', { scopes: ['roles:read'] });
    await app.database.query(`UPDATE sessions SET rotations = '[[0,0]]' WHERE user_id = :id`, {
      id: stolen.id,
    });
    expect((await refresh(app, stolen.tokens.refresh_token)).body.code).toBe('refresh_token_reused');
    await app.close();

    app = await startApp({ env });
    try {
      const dead = [loggedOut, disabled, reenabled, deleted, promoted, stolen, successor, changed, holder];
      for (const { tokens } of dead) expect(await works(app, tokens.access_token)).toBe(false);
      for (const { tokens } of [loggedOut, disabled, reenabled, deleted, stolen, successor]) {
        expect((await refresh(app, tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
      }
      expect(await works(app, alive.tokens.access_token)).toBe(true);
      for (const { tokens } of [alive, promoted, holder]) {
        const { status, body } = await refresh(app, tokens.refresh_token);
        expect(status).toBe(200);
        expect(await works(app, body.access_token)).toBe(true);
      }
      expect((await app.as.logIn(reenabled.email, PASSWORD)).id).toBe(reenabled.id);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});
