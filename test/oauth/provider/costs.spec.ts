import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import {
  bearer,
  Browser,
  firstParty,
  form,
  makeClient,
  refresh,
  signInTo,
  tokenRequest,
  type TestClient,
} from '../../support/oauth.js';
import { statementsDuring as allStatementsDuring } from '../../support/statements.js';

const ORDERS = 'https://orders.example';
let app: TestApp;
let client: TestClient;
let service: TestClient;
let browser: Browser;
let tokens: any;

beforeAll(async () => {
  app = await startApp();
  const admin = await app.as.admin();
  const scopes = [{ name: 'orders:read', description: 'Read' }];
  await admin.post('/v1/resources', { identifier: ORDERS, name: 'Orders', status: 'published', scopes });
  client = await firstParty(app);
  service = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [] });
  browser = await Browser.of(app, await app.as.holderOf('orders:read', 'account:read'));
  tokens = await signInTo(app, client, browser);
});
afterAll(() => app.close());

/** Without the look at the revocations of other nodes, which runs in the background. */
async function statementsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const all = await allStatementsDuring(app, work);
  return all.filter((sql) => !sql.includes('FROM revocations WHERE created_at'));
}

describe('the statements of', () => {
  it.each([
    ['Gatehouse’s own API', undefined],
    ['another resource', ORDERS],
  ])('a refresh for %s are two', async (_what, resource) => {
    let { refresh_token } = await signInTo(app, client, browser, { resource });
    const statements = await statementsDuring(async () => {
      const { status, body } = await refresh(app, client, refresh_token);
      expect(status).toBe(200);
      refresh_token = body.refresh_token;
    });
    expect(statements).toHaveLength(2);
  });

  it.each([
    ['Gatehouse’s own API', {}],
    ['another resource', { resource: ORDERS }],
  ])('client credentials for %s are none', async (_what, more) => {
    const statements = await statementsDuring(async () => {
      const { status } = await tokenRequest(app, service, { grant_type: 'client_credentials', ...more });
      expect(status).toBe(200);
    });
    expect(statements).toHaveLength(0);
  });

  it('userinfo are one', async () => {
    const statements = await statementsDuring(async () => {
      const { status } = await app.as.anonymous().get('/oauth/userinfo', bearer(tokens.access_token));
      expect(status).toBe(200);
    });
    expect(statements).toHaveLength(1);
  });

  it('an introspection of an access token are none, and of a refresh token one', async () => {
    const during = (token: string) =>
      statementsDuring(async () => {
        const { body } = await form(app, '/oauth/introspect', { token }, client.headers);
        expect(body.active).toBe(true);
      });
    expect(await during(tokens.access_token)).toHaveLength(0);
    expect(await during(tokens.refresh_token)).toHaveLength(1);
  });
});

describe('rows', () => {
  it('do not grow with refreshes', async () => {
    const count = async () => {
      const tables = ['sessions', 'revocations', 'oauth_codes', 'used_ids', 'oauth_requests'];
      const found = await Promise.all(
        tables.map((table) => app.database.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)),
      );
      return found.map(([row]) => Number(row!.n));
    };
    let { refresh_token } = await signInTo(app, client, browser);
    const before = await count();
    for (let round = 0; round < 20; round++) {
      refresh_token = (await refresh(app, client, refresh_token)).body.refresh_token;
    }
    expect(await count()).toEqual(before);
  });
});
