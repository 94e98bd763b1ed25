import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock } from '../../support/clock.js';

describe('an access token', () => {
  let app: TestApp;
  let member: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    await app.as.admin();
    member = await app.as.member();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const whoami = (authorization: string) => app.as.anonymous().get('/v1/auth/whoami', { authorization });

  describe('is read from the Authorization header', () => {
    it.each(['Bearer', 'bearer', 'BEARER', 'bEARER'])('after the scheme %s', async (scheme) => {
      expect((await whoami(`${scheme} ${member.tokens.access_token}`)).status).toBe(200);
    });

    it.each([
      ['nothing', () => ''],
      ['the scheme alone', () => 'Bearer'],
      ['another word', () => 'bearer  x'],
      ['another scheme', () => 'Basic eDp5'],
      ['another scheme with the token', (token: string) => `Token ${token}`],
      ['no scheme', (token: string) => token],
      ['no space', (token: string) => `Bearer${token}`],
      ['a tab', (token: string) => `Bearer\t${token}`],
      ['a colon', (token: string) => `Bearer: ${token}`],
      ['a comma after it', (token: string) => `Bearer ${token},`],
      ['two tokens', (token: string) => `Bearer ${token} ${token}`],
      ['two challenges', (token: string) => `Bearer ${token}, Bearer ${token}`],
      ['quotes', (token: string) => `Bearer "${token}"`],
      ['a list', (token: string) => `Bearer [${token}]`],
    ])('and refused with %s in it', async (_, header) => {
      const { status, headers } = await whoami(header(member.tokens.access_token));
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it.each(['access_token', 'x=1&access_token'])('and never from ?%s=', async (name) => {
      const { access_token: token } = member.tokens;
      for (const client of [app.as.anonymous(), member]) {
        const { status, body } = await client.get(`/v1/auth/whoami?${name}=${token}`);
        expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
      }
      expect(app.log.join('')).not.toContain(token);
    });

    it('and never from the body', async () => {
      const { status } = await app.as
        .anonymous()
        .patch('/v1/me', { access_token: member.tokens.access_token });
      expect(status).toBe(401);
    });
  });
});
