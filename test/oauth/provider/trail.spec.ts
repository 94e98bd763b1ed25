import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSessionsService } from '../../../src/oauth/provider/browser-sessions.service.js';
import { DeviceDecisionsService } from '../../../src/oauth/provider/device-decisions.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { expectOnly } from '../../support/expect-only.js';
import {
  basic,
  Browser,
  codeFor,
  exchange,
  firstParty,
  form,
  refresh,
  signInTo,
  tokenRequest,
  type TestClient,
} from '../../support/oauth.js';

const TOKENS = 'gatehouse_token_requests_total';
const AUTHENTICATIONS = 'gatehouse_client_authentications_total';
const AUTHORIZATIONS = 'gatehouse_authorizations_total';
const REFRESHES = 'gatehouse_refreshes_total';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let app: TestApp;
let client: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  await app.as.admin();
  const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'];
  client = await firstParty(app, { grantTypes });
  browser = await Browser.of(app, await app.as.member());
});
afterAll(() => app.close());

/** What the page does when the user has answered it. */
async function decide({ body }: Answer, decision: 'approve' | 'deny'): Promise<void> {
  const request = { headers: { cookie: `gatehouse_sso=${browser.sso}` }, ip: '127.0.0.1' };
  const signedIn = (await app.nest.get(BrowserSessionsService).find(request as never))!;
  const decisions = app.nest.get(DeviceDecisionsService);
  await decisions[decision](await decisions.ask(body.user_code, signedIn), signedIn);
}

/** The counters of OAuth, by name and outcome. */
async function counters(): Promise<Record<string, number>> {
  const { text } = await (await app.as.admin()).get('/metrics');
  const lines = text.matchAll(/^(gatehouse_\w+_total)\{outcome="(\w+)"\} (\d+)$/gm);
  const all = [...lines].map(([, name, outcome, value]) => [`${name} ${outcome}`, Number(value)] as const);
  const ours = [TOKENS, AUTHENTICATIONS, AUTHORIZATIONS, REFRESHES];
  return Object.fromEntries(all.filter(([key]) => ours.some((name) => key.startsWith(`${name} `))));
}

/** Asserts that the trail gains these events while `work` runs, that these counters go up by one, and no others. */
async function expectTrail<T>(events: string[], counted: string[], work: () => Promise<T>): Promise<T> {
  const before = await counters();
  const result = await expectOnly(app, events, work);
  const after = await counters();
  const gained = Object.keys(after).flatMap((key) =>
    Array<string>(after[key]! - (before[key] ?? 0)).fill(key),
  );
  expect(gained.toSorted()).toEqual(counted.toSorted());
  return result;
}

const AUTHENTICATED = `${AUTHENTICATIONS} succeeded`;
const ISSUED = [AUTHENTICATED, `${TOKENS} issued`];
const REFUSED = [AUTHENTICATED, `${TOKENS} refused`];

describe('the trail and the metrics have', () => {
  it('an authorization and the code that it gives, of which the exchange is a sign-in', async () => {
    const { code, verifier } = await expectTrail([], [`${AUTHORIZATIONS} code`], () =>
      codeFor(browser, client),
    );
    await expectTrail(['client.signed_in'], ISSUED, () => exchange(app, client, code, verifier));
    await expectTrail(['client.code_reused', 'session.ended'], REFUSED, () =>
      exchange(app, client, code, verifier),
    );
  });

  it('a code that is refused, and stays good', async () => {
    const { code, verifier } = await codeFor(browser, client);
    await expectTrail([], REFUSED, () => exchange(app, client, code, `${verifier}x`));
  });

  it('a refresh, its retry, and the theft of its token', async () => {
    const { refresh_token: first } = await signInTo(app, client, browser);
    await expectTrail([], [...ISSUED, `${REFRESHES} rotated`], () => refresh(app, client, first));
    await expectTrail(['session.refresh_retried'], [...ISSUED, `${REFRESHES} retried`], () =>
      refresh(app, client, first),
    );
    clock.stop();
    clock.forward(MINUTE);
    await expectTrail(['session.refresh_reused'], [...REFUSED, `${REFRESHES} reused`], () =>
      refresh(app, client, first),
    );
    clock.release();
    await expectTrail([], [...REFUSED, `${REFRESHES} invalid`], () => refresh(app, client, 'garbage'));
  });

  it('client credentials, which are no sign-in', async () => {
    const request = (more = {}) => tokenRequest(app, client, { grant_type: 'client_credentials', ...more });
    await expectTrail([], ISSUED, () => request());
    await expectTrail([], REFUSED, () => request({ scope: 'users:write' }));
  });

  it('a device that its user approves, and one that they deny', async () => {
    const device = await firstParty(app, {
      applicationType: 'native',
      redirectUris: [],
      grantTypes: [DEVICE_GRANT, 'refresh_token'],
    });
    const begin = () => form(app, '/oauth/device', { client_id: device.clientId, scope: 'openid' });
    const poll = ({ body: { device_code } }: Answer) =>
      form(app, '/oauth/token', { grant_type: DEVICE_GRANT, client_id: device.clientId, device_code });
    const approved = await expectTrail([], [AUTHENTICATED], begin);
    const denied = await begin();
    await expectTrail([], REFUSED, () => poll(approved));
    await expectTrail(['device.approved'], [], () => decide(approved, 'approve'));
    await expectTrail(['device.denied'], [], () => decide(denied, 'deny'));
    clock.stop();
    clock.forward(MINUTE);
    await expectTrail(['client.signed_in'], ISSUED, () => poll(approved));
    await expectTrail([], REFUSED, () => poll(approved));
    await expectTrail([], REFUSED, () => poll(denied));
    clock.release();
  });

  it('a grant that there is not, and a client that does not prove itself', async () => {
    await expectTrail([], REFUSED, () => tokenRequest(app, client, { grant_type: 'password' }));
    const wrong = { ...client, headers: basic(client.clientId, 'wrong') };
    await expectTrail([], [`${AUTHENTICATIONS} failed`], () =>
      tokenRequest(app, wrong, { grant_type: 'client_credentials' }),
    );
  });

  it('a token that its client revokes, once', async () => {
    const { refresh_token: token } = await signInTo(app, client, browser);
    const revoke = () => form(app, '/oauth/revoke', { token }, client.headers);
    await expectTrail(['session.ended'], [AUTHENTICATED], revoke);
    await expectTrail([], [AUTHENTICATED], revoke);
    await expectTrail([], [AUTHENTICATED], () => form(app, '/oauth/introspect', { token }, client.headers));
  });
});
