import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scopes, StepUp } from '../../../src/platform/access/access.decorators.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { clock, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { codeOf, protect, wrongCodeOf } from '../../support/factors.js';
import { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, refresh, works } from '../../support/sessions.js';
import { decoded, forged } from '../../support/signing-keys.js';

const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';
const NEW_PASSWORD = 'another long passphrase';

@Controller('probe')
@Scopes('account:read')
@StepUp({ maxAge: '1h', acr: 'mfa' })
class ProbeController {
  @Get()
  read() {
    return {};
  }

  @Get('sooner')
  @StepUp({ maxAge: '1m' })
  sooner() {
    return {};
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('step-up', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url }, modules: [ProbeModule] });
    clock.stop();
  });
  beforeEach(() => clock.forward(HOUR));
  afterAll(async () => {
    clock.release();
    await app.close();
    await mailbox.close();
  });

  const bearing = (token: string): Client => app.as.anonymous().with({ authorization: `Bearer ${token}` });
  const stepUp = (client: Client, body: object) => client.post('/v1/auth/step-up', body);
  const tokenOf = ({ status, body, text }: Answer): string => {
    if (status !== 200) throw new Error(text);
    return body.access_token;
  };
  /** The routes that need it, of an admin, with nothing in them that exists. */
  const guarded = (client: Client) => [
    () => client.put(`/v1/users/${NOBODY}/roles`, { roles: ['user'] }),
    () => client.delete(`/v1/users/${NOBODY}/factors`),
    () => client.post('/v1/keys/rotate', {}),
    () => client.delete(`/v1/keys/${NOBODY}`),
    () => client.post('/v1/me/factors/totp'),
    () => client.post('/v1/me/factors/totp/confirm', { code: '123456' }),
    () => client.delete('/v1/me/factors/totp'),
    () => client.post('/v1/me/factors/recovery-codes'),
  ];
  const expectStale = (answer: Answer) => {
    expectProblem(answer, 401, 'insufficient_user_authentication');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", max_age="300"',
    );
  };

  it('lets in a user who has signed in within five minutes, and not later', async () => {
    const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    clock.forward(5 * MINUTE - SECOND);
    for (const call of guarded(admin)) expect((await call()).text).not.toContain('insufficient');
    clock.forward(2 * SECOND);
    for (const call of guarded(admin)) expectStale(await call());
    // Nothing else of the token has changed.
    expect((await admin.get('/v1/users')).status).toBe(200);
  });

  it('is not needed for what the caller may not do anyway: 403 stays 403', async () => {
    const member = await app.as.member();
    clock.forward(6 * MINUTE);
    expectProblem(await member.post('/v1/keys/rotate', {}), 403, 'insufficient_scope');
  });

  it('is not a refresh: the time of the sign-in stays what it was', async () => {
    const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    clock.forward(6 * MINUTE);
    const renewed = await admin.refreshed();
    expectStale(await renewed.post('/v1/keys/rotate', {}));
    expect(decoded(renewed.tokens.access_token).claims['auth_time']).toBe(
      decoded(admin.tokens.access_token).claims['auth_time'],
    );
  });

  it('takes the password, gives a token of the same session, and outlives a refresh honestly', async () => {
    const admin = await app.as.logIn(ADMIN.email, ADMIN.password, { scope: 'keys:write account:write' });
    const before = decoded(admin.tokens.access_token).claims;
    clock.forward(6 * MINUTE);
    const answer = await stepUp(admin, { password: ADMIN.password });
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      scope: admin.tokens.scope,
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { claims } = decoded(answer.body.access_token);
    expect(claims).toMatchObject({ sid: before['sid'], scope: before['scope'], amr: ['pwd'], acr: 'sfa' });
    expect(claims['auth_time']).toBe(before['auth_time'] + 360);
    expect((await bearing(answer.body.access_token).delete(`/v1/keys/${NOBODY}`)).status).toBe(404);
    expect(await auditOf(app, before['sid'])).toContain('session.stepped_up');
    // The token from before is the same as ever, and no fresher.
    expectStale(await admin.delete(`/v1/keys/${NOBODY}`));

    clock.forward(MINUTE);
    const renewed = await admin.refreshed();
    expect(decoded(renewed.tokens.access_token).claims['auth_time']).toBe(claims['auth_time']);
    expect((await renewed.delete(`/v1/keys/${NOBODY}`)).status).toBe(404);
    clock.forward(5 * MINUTE);
    expectStale(await (await renewed.refreshed()).delete(`/v1/keys/${NOBODY}`));
  });

  it('refuses a wrong password, none, and another user’s, and nothing is fresher for it', async () => {
    const member = await app.as.member();
    const { claims } = decoded(member.tokens.access_token);
    clock.forward(6 * MINUTE);
    expectProblem(await stepUp(member, { password: 'not the password' }), 400, 'wrong_password');
    expectProblem(await stepUp(member, { password: ADMIN.password }), 400, 'wrong_password');
    expectProblem(await stepUp(member, {}), 400, 'validation_failed');
    expectProblem(await stepUp(member, { code: '123456' }), 400, 'validation_failed');
    expectProblem(await stepUp(member, { acr: 'mfa', password: PASSWORD }), 400, 'validation_failed');
    expectProblem(await stepUp(app.as.anonymous(), { password: PASSWORD }), 401, 'unauthenticated');
    const renewed = decoded((await refresh(app, member.tokens.refresh_token)).body.access_token).claims;
    expect(renewed['auth_time']).toBe(claims['auth_time']);
  });

  it('takes the second factor where there is one, each code once, and the password alone no more', async () => {
    const { person, secret } = await protect(await app.as.member());
    clock.forward(6 * MINUTE);
    expectStale(await person.delete('/v1/me/factors/totp'));
    expectProblem(await stepUp(person, { password: PASSWORD }), 401, 'mfa_required', ['methods']);
    expectProblem(await stepUp(person, { code: wrongCodeOf(secret) }), 400, 'wrong_code');
    const code = codeOf(secret);
    expectProblem(await stepUp(person, { code, password: 'not the password' }), 400, 'wrong_password');
    const answers = await Promise.all([stepUp(person, { code }), stepUp(person, { code })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    const token = tokenOf(answers.find(({ status }) => status === 200)!);
    expect(decoded(token).claims).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'mfa' });
    expectProblem(await stepUp(person, { code }), 400, 'wrong_code');
    expect((await bearing(token).delete('/v1/me/factors/totp')).status).toBe(204);

    // Without it, several factors are no longer what was proved just now.
    const after = tokenOf(await stepUp(person, { password: PASSWORD }));
    expect(decoded(after).claims).toMatchObject({ amr: ['pwd'], acr: 'sfa' });
  });

  it('is asked for on a class or a handler, and by several factors where that is asked', async () => {
    const { person, secret } = await protect(await app.as.member());
    const refused = await person.get('/probe');
    expectProblem(refused, 401, 'insufficient_user_authentication');
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", max_age="3600", acr_values="mfa"',
    );
    expect((await person.get('/probe/sooner')).status).toBe(200);
    // Which has nothing to step up with.
    const key = await makeKey(app, person);
    expectProblem(await key.get('/probe/sooner'), 403, 'session_required');
    clock.forward(MINUTE);
    const stepped = bearing(tokenOf(await stepUp(person, { code: codeOf(secret) })));
    expect((await stepped.get('/probe')).status).toBe(200);
    clock.forward(2 * MINUTE);
    expect((await stepped.get('/probe')).status).toBe(200);
    expectProblem(await stepped.get('/probe/sooner'), 401, 'insufficient_user_authentication');
  });

  it('goes back as a cookie when the token came as one', async () => {
    const { email } = await app.as.member();
    const login = { email, password: PASSWORD, session: 'cookie' };
    const { headers } = await app.as.anonymous().post('/v1/auth/login', login);
    const cookie = headers.getSetCookie().map((each) => each.split(';')[0]).join('; '); // prettier-ignore
    const browser = app.as.anonymous().with({ cookie, origin: app.settings.PUBLIC_URL });
    clock.forward(6 * MINUTE);
    const answer = await stepUp(browser, { password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body.access_token).toBeUndefined();
    const [access, ...others] = answer.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(access).toMatch(/^gatehouse_access=.*HttpOnly/);
    const token = /^gatehouse_access=([^;]+)/.exec(access!)![1]!;
    expect(await works(app, token)).toBe(true);
    const elsewhere = app.as.anonymous().with({ cookie, origin: 'https://evil.example' });
    expectProblem(await stepUp(elsewhere, { password: PASSWORD }), 403, 'cross_site_request');
  });

  it('is over with the session', async () => {
    const member = await app.as.member();
    await app.database.run({
      sql: 'UPDATE sessions SET revoked_at = 1 WHERE user_id = :id',
      params: { id: member.id },
    });
    expectProblem(await stepUp(member, { password: PASSWORD }), 401, 'invalid_token');
  });

  it('is judged by what is signed: without a time of sign-in, a token is an old one', async () => {
    const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    const token = forged(app, admin.tokens.access_token, {
      claims: { auth_time: undefined, amr: undefined },
    });
    expect(await works(app, token)).toBe(true);
    expectStale(await bearing(token).post('/v1/keys/rotate', {}));
    for (const claims of [{ auth_time: 'now' }, { amr: 'mfa' }])
      expect(await works(app, forged(app, admin.tokens.access_token, { claims }))).toBe(false);
  });

  describe('where the current password is in the body', () => {
    const calls = (person: SignedIn, currentPassword = PASSWORD) => [
      () => person.post('/v1/me/email', { currentPassword, email: 'elsewhere@example.com' }),
      () => person.post('/v1/me/password', { currentPassword, newPassword: NEW_PASSWORD }),
      () => person.send('DELETE', '/v1/me', { currentPassword: NEW_PASSWORD }),
    ];

    it('is not needed next to it', async () => {
      const member = await app.as.member();
      clock.forward(6 * MINUTE);
      for (const call of calls(member)) expect((await call()).status).toBeLessThan(300);
    });

    it('is needed where there is a second factor, for the password may be what was stolen', async () => {
      const { person, secret } = await protect(await app.as.member());
      clock.forward(6 * MINUTE);
      for (const call of calls(person)) expectStale(await call());
      const token = tokenOf(await stepUp(person, { code: codeOf(secret) }));
      const stepped = Object.assign(Object.create(person), bearing(token)) as SignedIn;
      for (const call of calls(stepped)) expect((await call()).status).toBeLessThan(300);
    });
  });

  it('stands in the metadata, the OpenAPI document, introspection and inspection', async () => {
    const anonymous = app.as.anonymous();
    const metadata = await anonymous.get('/.well-known/oauth-authorization-server');
    expect(metadata.body.acr_values_supported).toEqual(['sfa', 'mfa']);
    const { paths } = (await anonymous.get('/openapi.json')).body;
    expect(paths['/v1/keys/rotate'].post['x-step-up']).toEqual({ maxAgeS: 300 });
    expect(paths['/v1/keys'].get['x-step-up']).toBeUndefined();

    const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    const token = admin.tokens.access_token;
    const { auth_time } = decoded(token).claims;
    const introspected = await admin.post('/v1/tokens/introspect', { token });
    expect(introspected.body).toMatchObject({ active: true, auth_time, amr: ['pwd'], acr: 'sfa' });
    const route = { method: 'POST', path: '/v1/keys/rotate' };
    const fresh = await admin.post('/v1/tokens/inspect', { token, route });
    expect(fresh.body.route).toMatchObject({ isLetIn: true });
    clock.forward(6 * MINUTE);
    const stale = await admin.post('/v1/tokens/inspect', { token, route });
    expect(stale.body.route).toMatchObject({
      isLetIn: false,
      decidedBy: expect.stringContaining('insufficient_user_authentication'),
    });
  });
});
