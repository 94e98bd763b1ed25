import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { Firefox } from '../support/firefox.js';
import { form, makeClient, type TestClient } from '../support/oauth.js';
import { authorizePath } from '../support/oauth-visitor.js';
import { RelyingSite } from '../support/relying-site.js';
import { startSite } from '../support/tabs.js';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

describe('the pages of the OpenID provider in Firefox', { timeout: 60_000 }, () => {
  let app: TestApp & { site: string };
  let firefox: Firefox;
  let shop: RelyingSite;
  let client: TestClient;

  beforeAll(async () => {
    shop = await RelyingSite.open();
    app = await startSite();
    firefox = await Firefox.start();
    client = await makeClient(app, {
      applicationType: 'native',
      redirectUris: [`${shop.origin}/callback`],
      postLogoutRedirectUris: [`${shop.origin}/out`],
      grantTypes: ['authorization_code', 'refresh_token', DEVICE],
    });
  }, 60_000);
  afterAll(async () => {
    await firefox.close();
    await app.close();
    await shop.close();
  });

  const ask = (parameters: Record<string, string> = {}) =>
    firefox.goTo(
      app.site + authorizePath(client, { redirect_uri: `${shop.origin}/callback`, ...parameters }),
    );
  const logIn = async (email: string) => {
    await firefox.fill('#username', email);
    await firefox.fill('#current-password', PASSWORD);
    await firefox.press('#login button');
  };
  const heading = () => firefox.run(`document.querySelector('h1').textContent`);
  const isThere = (selector: string) =>
    firefox.run(`!!document.querySelector(${JSON.stringify(selector)})`).catch(() => false);
  const has = async (selector: string) => {
    await expect.poll(() => isThere(selector)).toBe(true);
  };
  /** What the application was sent, once the browser is back there. */
  const sent = async (name: string) => {
    await expect.poll(() => firefox.run('location.origin').catch(() => '')).toBe(shop.origin);
    await has(`#${name}`);
    return firefox.run(`document.querySelector('#${name}').textContent`);
  };

  it('sign in for an application, ask for consent once, and sign out at its wish', async () => {
    const { email } = await app.as.member();
    await ask();
    await logIn(email);
    await has('button[value=allow]');
    await firefox.press('button[value=allow]');
    expect(await sent('state')).toBe('the-state');
    expect(await sent('code')).not.toBe('');
    await ask({ state: 'again' });
    expect(await sent('state')).toBe('again');
    const out = { client_id: client.clientId, post_logout_redirect_uri: `${shop.origin}/out`, state: 'bye' };
    await firefox.goTo(`${app.site}/oauth/logout?${new URLSearchParams(out).toString()}`);
    await firefox.press('main button');
    expect(await sent('state')).toBe('bye');
  });

  it('deny, and post the answer to an application that takes a form', async () => {
    const { email } = await app.as.member();
    await ask({ response_mode: 'form_post' });
    await logIn(email);
    await has('button[value=deny]');
    await firefox.press('button[value=deny]');
    expect(await sent('error')).toBe('access_denied');
    expect(await firefox.run(`document.querySelector('p').textContent`)).toBe('POST');
    await firefox.goTo(`${app.site}/account`);
    await firefox.press('.top button');
  });

  it('approve a device', async () => {
    const { email } = await app.as.member();
    const { body } = await form(app, '/oauth/device', { client_id: client.clientId, scope: 'openid' });
    await firefox.goTo(body.verification_uri_complete.replace(/^https?:\/\/[^/]+/, app.site));
    await logIn(email);
    await has('button[value=approve]');
    await firefox.press('button[value=approve]');
    expect(await heading()).toBe('Device signed in');
  });

  it('say what is wrong with a request', async () => {
    await ask({ redirect_uri: 'https://elsewhere.example/' });
    expect(await firefox.run('location.origin')).toBe(app.site);
    expect(await firefox.run(`document.body.textContent`)).toContain('redirect_uri');
  });

  it('have nothing to complain about', () => {
    expect(firefox.complaints).toEqual([]);
  });
});
