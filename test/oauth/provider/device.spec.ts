import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSessionsService } from '../../../src/oauth/provider/browser-sessions.service.js';
import { DeviceCodesService } from '../../../src/oauth/provider/device-codes.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import {
  Browser,
  claimsOf,
  expectOAuthError,
  firstParty,
  form,
  type TestClient,
} from '../../support/oauth.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let app: TestApp;
let client: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app, {
    applicationType: 'native',
    redirectUris: [],
    grantTypes: [GRANT, 'refresh_token'],
  });
  browser = await Browser.of(app, await app.as.member());
});
afterEach(() => clock.release());
afterAll(() => app.close());

const begin = (fields: Record<string, string> = {}, by: TestClient = client) =>
  form(app, '/oauth/device', { client_id: by.clientId, scope: 'openid account:read', ...fields }, by.headers);

const poll = (device_code: string, by: TestClient = client) =>
  form(app, '/oauth/token', { grant_type: GRANT, device_code, client_id: by.clientId }, by.headers);

/** What the page does when a user has answered it. */
async function decide(userCode: string, isApproved: boolean, by: Browser = browser): Promise<void> {
  const codes = app.nest.get(DeviceCodesService);
  const request = { headers: { cookie: `gatehouse_sso=${by.sso}` }, ip: '127.0.0.1' };
  const signedIn = await app.nest.get(BrowserSessionsService).find(request as never);
  const code = await codes.pendingOf(userCode);
  await codes.decide(code, { isApproved, scopes: code.scopes }, signedIn!);
}

describe('the sign-in of a device', () => {
  it('begins with two codes (RFC 8628 §3.2)', async () => {
    const { status, body, headers } = await begin();
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'http://localhost:3000/device',
      verification_uri_complete: `http://localhost:3000/device?user_code=${body.user_code}`,
      expires_in: 600,
      interval: 5,
    });
    const stored = JSON.stringify(await app.database.query('SELECT * FROM device_codes'));
    expect(stored).not.toContain(body.device_code);
    expect(stored).not.toContain(body.user_code.replace('-', ''));
  });

  it('waits, and gives tokens once', async () => {
    const { body } = await begin();
    clock.stop();
    expectOAuthError(await poll(body.device_code), 400, 'authorization_pending');
    await decide(body.user_code.toLowerCase().replace('-', ' '), true);
    clock.forward(5 * SECOND);
    const answer = await poll(body.device_code);
    expect(answer.body).toMatchObject({ token_type: 'Bearer', scope: 'openid account:read' });
    expect(claimsOf(answer.body.id_token).sub).toBe(browser.person.id);
    clock.forward(5 * SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'invalid_grant');
  });

  it('gives tokens to one of eight polls at once', async () => {
    const { body } = await begin();
    await decide(body.user_code, true);
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll(body.device_code)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it('is slowed down by polls that come too soon, and for good', async () => {
    const { body } = await begin();
    clock.stop();
    expectOAuthError(await poll(body.device_code), 400, 'authorization_pending');
    clock.forward(2 * SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'slow_down');
    clock.forward(6 * SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'slow_down');
    clock.forward(15 * SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'authorization_pending');
    // Approved or not.
    await decide(body.user_code, true);
    clock.forward(SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'slow_down');
    clock.forward(20 * SECOND);
    expect((await poll(body.device_code)).status).toBe(200);
  });

  it('says that the user has denied it', async () => {
    const { body } = await begin();
    await decide(body.user_code, false);
    expectOAuthError(await poll(body.device_code), 400, 'access_denied');
    await expect(decide(body.user_code, true)).rejects.toMatchObject({ code: 'unknown_user_code' });
  });

  it('ends after ten minutes', async () => {
    const { body } = await begin();
    clock.stop();
    clock.forward(10 * MINUTE + SECOND);
    expectOAuthError(await poll(body.device_code), 400, 'expired_token');
    await expect(decide(body.user_code, true)).rejects.toMatchObject({ code: 'unknown_user_code' });
  });

  it('is nothing to another client', async () => {
    const other = await firstParty(app, { grantTypes: [GRANT], redirectUris: [] });
    const { body } = await begin();
    await decide(body.user_code, true);
    expectOAuthError(await poll(body.device_code, other), 400, 'invalid_grant');
    expect((await poll(body.device_code)).status).toBe(200);
  });

  it('dies with the sign-in that approved it, and with its user', async () => {
    const person = await Browser.of(app, await app.as.member());
    const [one, two] = [await begin(), await begin()];
    await decide(one.body.user_code, true, person);
    await person.person.delete('/v1/me/sessions');
    expectOAuthError(await poll(one.body.device_code), 400, 'invalid_grant');
    const other = await Browser.of(app, await app.as.member());
    await decide(two.body.user_code, true, other);
    const admin = await app.as.admin();
    await admin.patch(`/v1/users/${other.person.id}`, { status: 'disabled' });
    expectOAuthError(await poll(two.body.device_code), 400, 'invalid_grant');
  });

  it('is decided by one of two people at once', async () => {
    const { body } = await begin();
    const other = await Browser.of(app, await app.as.member());
    const outcomes = await Promise.allSettled([
      decide(body.user_code, true),
      decide(body.user_code, true, other),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each<[error: string, what: string, fields: Record<string, string>]>([
    ['invalid_scope', 'an unknown scope', { scope: 'nothing:ever' }],
    ['invalid_target', 'an unknown resource', { resource: 'https://unknown.example' }],
  ])('is refused as %s for %s', async (error, _what, fields) => {
    expectOAuthError(await begin(fields), 400, error);
  });

  it('is not for clients without the grant', async () => {
    expectOAuthError(await begin({}, await firstParty(app)), 400, 'unauthorized_client');
  });

  it('is in the trail', async () => {
    const { body } = await begin();
    await decide(body.user_code, true);
    const [event] = await app.database.query<{ action: string; actor_id: string }>(
      `SELECT action, actor_id FROM audit_events WHERE target_id = :id ORDER BY id DESC LIMIT 1`,
      { id: client.id },
    );
    expect(event).toMatchObject({ action: 'device.approved' });
  });
});
