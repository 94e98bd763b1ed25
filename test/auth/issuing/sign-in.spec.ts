import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';

describe('signing up and in', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('makes an account, signs it in, and says who it is', async () => {
    const { status, body } = await expectOnly(app, ['user.signed_up'], () =>
      app.as.anonymous().post('/v1/auth/signup', {
        email: '  Ada@Example.COM ',
        password: 'correct horse battery',
        name: 'Ada',
      }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'account:read account:write resources:read',
      user: { email: 'ada@example.com', name: 'Ada', status: 'active', roles: ['user'] },
    });
    const whoami = await app.as
      .anonymous()
      .get('/v1/auth/whoami', { authorization: `Bearer ${body.access_token}` });
    expect(whoami.status).toBe(200);
    expect(whoami.body).toMatchObject({ kind: 'user', id: body.user.id, roles: ['user'] });
  });

  it('refreshes, lists and ends the session', async () => {
    const member = await app.as.member();
    const again = await expectOnly(app, [], () => member.refreshed());
    expect(again.tokens.refresh_token).not.toBe(member.tokens.refresh_token);
    const { body } = await again.get('/v1/me/sessions');
    expect(body.items).toHaveLength(1);
    const loggedOut = await expectOnly(app, ['session.ended'], () => again.post('/v1/auth/logout'));
    expect(loggedOut.status).toBe(204);
    expect((await again.get('/v1/auth/whoami')).status).toBe(401);
    expect((await member.get('/v1/auth/whoami')).status).toBe(401);
  });
});
