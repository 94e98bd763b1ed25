import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, MINUTE } from '../../support/clock.js';
import {
  allowClient,
  ask,
  Browser,
  exchange,
  expectOAuthError,
  REDIRECT,
  refresh,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';
import { OtherServer } from '../../support/other-server.js';

let app: TestApp;
let host: OtherServer;
let browser: Browser;
/** Each test has a document of its own: what was fetched is kept. */
let count = 0;
let url: string;

beforeAll(async () => {
  host = await OtherServer.start();
  app = await startApp({ env: { OUTBOUND_ALLOW: '127.0.0.1' } });
  browser = await Browser.of(app, await app.as.member());
});
beforeEach(() => {
  url = host.at(`/client-${++count}.json`);
  host.asked.length = 0;
});
afterEach(() => clock.release());
afterAll(async () => {
  await app.close();
  await host.close();
});

const document = (more: object = {}) => ({
  client_id: url,
  client_name: 'Agent',
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  ...more,
});
const asClient = (): TestClient => ({
  id: '',
  clientId: url,
  clientSecret: undefined as never,
  headers: {},
  body: {},
});

/** The row that a document has got. */
async function rowOf(clientId: string): Promise<string> {
  const [row] = await app.database.query<{ id: string }>(
    'SELECT id FROM oauth_clients WHERE client_id = :clientId',
    {
      clientId,
    },
  );
  return row!.id;
}

describe('a client that is known by its document', () => {
  it('signs in without a registration, and is asked about', async () => {
    host.publish(document());
    const first = await ask(browser, asClient());
    expect(targetOf(first.answer)).toMatch(/^\/consent\?/);
    await allowClient(app, browser.person.id, await rowOf(url));
    const { verifier, back } = await ask(browser, asClient());
    const { body } = await exchange(app, asClient(), back.get('code')!, verifier);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'openid' });
    expect((await refresh(app, asClient(), body.refresh_token)).status).toBe(200);
    expect(host.asked).toHaveLength(1);
  });

  it('takes any port of a loopback address, and no other address', async () => {
    host.publish(document({ redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'] }));
    for (const redirect_uri of ['http://localhost:41234/callback', 'http://127.0.0.1:5/callback']) {
      expect(targetOf((await ask(browser, asClient(), { redirect_uri })).answer)).toMatch(/^\/consent\?/);
    }
    for (const redirect_uri of ['http://localhost:41234/other', REDIRECT]) {
      const { answer } = await ask(browser, asClient(), { redirect_uri });
      expect([answer.status, targetOf(answer)]).toEqual([400, null]);
    }
  });

  it('is made once by ten who come at once', async () => {
    host.publish(document());
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(browser, asClient())));
    expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(new Set([303]));
    const [row] = await app.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM oauth_clients WHERE client_id = :url',
      { url },
    );
    expect(Number(row!.n)).toBe(1);
    expect(host.asked).toHaveLength(1);
  });

  it('is read again once the document has expired', async () => {
    host.publish(document());
    await ask(browser, asClient());
    host.publish(document({ redirect_uris: ['https://app.example/new'] }));
    expect((await ask(browser, asClient())).answer.status).toBe(303);
    clock.stop();
    clock.forward(2 * MINUTE);
    expect((await ask(browser, asClient())).answer.status).toBe(400);
  });

  it.each<[what: string, more: object]>([
    ['of another URL', { client_id: 'https://other.example/client.json' }],
    ['without its URL', { client_id: undefined }],
    ['with a secret', { client_secret: 'x' }],
    ['that authenticates by a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['without a redirect URI', { redirect_uris: [] }],
    ['with a redirect to a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['with a redirect without TLS', { redirect_uris: ['http://app.example/callback'] }],
    ['with another grant', { grant_types: ['client_credentials'] }],
    ['with a name that hides letters', { client_name: 'Bank\u202e' }],
    ['of 6 KB', { tos_uri: `https://app.example/${'x'.repeat(6_000)}` }],
    ['with redirects that are no list', { redirect_uris: 'x' }],
  ])('is refused by a page with a document %s', async (_what, more) => {
    host.publish(document(more));
    const { answer } = await ask(browser, asClient());
    expect([answer.status, targetOf(answer)]).toEqual([400, null]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  });

  it('cannot make itself more than it is', async () => {
    host.publish(
      document({ kind: 'first-party', skip_consent: true, skipConsent: true, scope: 'tokens:introspect' }),
    );
    await ask(browser, asClient());
    const [row] = await app.database.query(
      'SELECT kind, skip_consent FROM oauth_clients WHERE client_id = :url',
      { url },
    );
    expect(row).toMatchObject({ kind: 'document' });
    expect(Boolean((row as { skip_consent: unknown }).skip_consent)).toBe(false);
  });

  it('is refused while an operator has disabled it', async () => {
    host.publish(document());
    await ask(browser, asClient());
    const id = await rowOf(url);
    await (await app.as.admin()).patch(`/v1/oauth/clients/${id}`, { status: 'disabled' });
    expect((await ask(browser, asClient())).answer.status).toBe(400);
    clock.stop();
    clock.forward(2 * MINUTE);
    expect((await ask(browser, asClient())).answer.status).toBe(400);
  });

  it('speaks OAuth at the token endpoint when its document is broken', async () => {
    host.answer = (_request, response) => void response.writeHead(404).end();
    expectOAuthError(await refresh(app, asClient(), 'x'), 400, 'invalid_client');
  });

  it.each([
    'https://127.0.0.1/client.json',
    'https://127.1/client.json',
    'https://2130706433/client.json',
    'https://[::ffff:127.0.0.1]/client.json',
    'https://[64:ff9b::7f00:1]/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/client.json',
    'http://example.com/client.json',
    'https://example.com',
    'https://example.com/',
    'https://example.com/a/../b',
    'https://example.com/#x',
    'https://user@example.com/client.json',
    'HTTPS://example.com/client.json',
    `https://example.com/${'x'.repeat(500)}`,
  ])('is not looked for at %.60s', async (clientId) => {
    host.asked.length = 0;
    const { answer } = await ask(browser, { clientId });
    expect([answer.status, targetOf(answer)]).toEqual([400, null]);
    expect(host.asked).toHaveLength(0);
  });
});

describe('documents', () => {
  it('can be switched off, and may be of named hosts alone', async () => {
    const envs: Record<string, string>[] = [
      { CLIENT_DOCUMENTS: 'off' },
      { CLIENT_DOCUMENT_HOSTS: 'claude.ai' },
    ];
    for (const env of envs) {
      const other = await startApp({ env: { OUTBOUND_ALLOW: '127.0.0.1', ...env } });
      try {
        host.publish(document());
        const person = await Browser.of(other, await other.as.member());
        expect((await ask(person, asClient())).answer.status).toBe(400);
        expect(host.asked).toHaveLength(0);
      } finally {
        await other.close();
      }
    }
  });
});
