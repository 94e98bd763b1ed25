import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { startApp, type TestApp } from '../support/app.js';
import { Chromium, type Page } from '../support/chromium.js';
import { freePort } from '../support/process.js';
import { auditOf } from '../support/sessions.js';
import { decoded } from '../support/signing-keys.js';

/** What a client would write, in the page. */
const CLIENT = `
  const post = async (path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
    return { status: answer.status, body: await answer.json() };
  };
  const register = async (token, name) => {
    const { body } = await post('/v1/me/passkeys/options', {}, token);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(body);
    const response = (await navigator.credentials.create({ publicKey })).toJSON();
    return post('/v1/me/passkeys', { name, response }, token);
  };
  const show = async () => {
    const { body } = await post('/v1/auth/passkeys/options');
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(body);
    return (await navigator.credentials.get({ publicKey })).toJSON();
  };
  const logIn = async () => post('/v1/auth/passkeys', { passkey: await show() });
`;

describe('passkeys in Chromium', () => {
  let app: TestApp;
  let chromium: Chromium;
  let page: Page;
  let token: string;
  let userId: string;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    app = await startApp({ env: { PUBLIC_URL: url }, port });
    const ada = await app.as.member('ada@example.com');
    token = ada.tokens.access_token;
    userId = ada.id;
    chromium = Chromium.start();
    page = await chromium.open(`${url}/account`);
  });
  afterAll(async () => {
    await chromium.close();
    await app.close();
  });

  const inPage = (expression: string) => page.run(`(async () => { ${CLIENT}; return ${expression}; })()`);
  const quoted = JSON.stringify;

  it('are registered, and log in without a password', async () => {
    const added = await inPage(`register(${quoted(token)}, 'this browser')`);
    expect(added).toMatchObject({ status: 201, body: { name: 'this browser' } });
    expect(added.body.recoveryCodes).toHaveLength(10);
    expect(await page.credentials()).toMatchObject([{ rpId: 'localhost' }]);

    for (let times = 0; times < 2; times++) {
      const { status, body } = await inPage('logIn()');
      expect({ status, id: body.user?.id }, quoted(body)).toEqual({ status: 200, id: userId });
      expect(decoded(body.access_token).claims).toMatchObject({ acr: 'mfa', auth_time: expect.any(Number) });
    }
  });

  it('are not registered twice in one authenticator', async () => {
    await expect(inPage(`register(${quoted(token)}, 'again')`)).rejects.toThrow('InvalidStateError');
  });

  it('are the second factor of a login', async () => {
    const login = { email: 'ada@example.com', password: PASSWORD };
    const asked = await inPage(`post('/v1/auth/login', ${quoted(login)})`);
    expect(asked).toMatchObject({
      status: 401,
      body: { code: 'mfa_required', methods: ['passkey', 'recovery_code'] },
    });
    const challenge = quoted(asked.body.challenge_token);
    const answer = `post('/v1/auth/mfa/challenge', { challenge_token: ${challenge}, passkey: await show() })`;
    const { status, body } = await inPage(answer);
    expect(status, quoted(body)).toBe(200);
    expect(decoded(body.access_token).claims['amr']).toEqual(expect.arrayContaining(['pwd', 'user', 'mfa']));
  });

  it('are not shown to a page of another origin on the same host', async () => {
    await page.goTo('http://127.0.0.1:' + new URL(url).port + '/account');
    await expect(inPage('show()')).rejects.toThrow(/SecurityError|NotAllowedError/);
    await page.goTo(`${url}/account`);
  });

  it('need their owner, not only the device', async () => {
    await page.setVerified(false);
    await expect(inPage('logIn()')).rejects.toThrow('NotAllowedError');
    await page.setVerified(true);
  });

  it('are refused when they were cloned', async () => {
    await page.turnBackCounter();
    const { status, body } = await inPage('logIn()');
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_passkey' });
    expect(await auditOf(app, userId)).toContain('user.passkey_cloned');
  });
});
