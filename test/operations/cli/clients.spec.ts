import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { CommandLine } from '../../support/command-line.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { basic, bearer, form } from '../../support/oauth.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

/** What a server that polls has heard of by now. */
const SOON = { timeout: 2_000, interval: 50 };

describe('the command line for clients', () => {
  let database: TestDatabase;
  let app: TestApp;
  let gatehouse: CommandLine;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET };
    app = await startApp({ env });
    gatehouse = new CommandLine({ NODE_ENV: 'test', ...env });
  });
  afterAll(async () => {
    await gatehouse.close();
    await app.close();
    await database.drop();
  });

  const make = async (...args: string[]) => {
    const { code, out, err } = await gatehouse.run('--json', 'clients:create', ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  };
  const tokens = (id: string, secret: string) =>
    form(app, '/oauth/token', { grant_type: 'client_credentials' }, basic(id, secret));

  it('makes a service that gets tokens, with a secret that is shown once', async () => {
    const { code, out } = await gatehouse.run('clients:create', '--name=Robot', '--grant=client_credentials');
    expect(code).toBe(0);
    const [, id] = /^the client id is (\S+)$/m.exec(out)!;
    const [, secret] = /^the secret is (\S+) \(shown this once\)$/m.exec(out)!;
    expect((await tokens(id!, secret!)).status).toBe(200);
    const [event] = await app.database.query<{ actor: string; detail: string }>(
      "SELECT * FROM audit_events WHERE action = 'client.created'",
    );
    expect(JSON.stringify(event)).toContain('operator');
    expect(JSON.stringify(event)).not.toContain(secret);
  });

  it('makes a public client of the operator, and says what is wrong with one that cannot be', async () => {
    const made = await make('--name=Tool', '--native', '--first-party', '--grant=device_code');
    expect(made).toMatchObject({ kind: 'first-party', applicationType: 'native' });
    expect(made).not.toHaveProperty('clientSecret');
    expect(made.grantTypes).toEqual(['urn:ietf:params:oauth:grant-type:device_code']);
    const wrong = await gatehouse.run('clients:create', '--name=Shop', '--redirect-uri=http://shop.example/');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain('http://shop.example/ is plain http');
    expect((await gatehouse.run('clients:create')).code).toBe(2);
  });

  it('replaces a secret, the one before going on for as long as asked', async () => {
    const { clientId, clientSecret } = await make('--name=Two', '--grant=client_credentials');
    const added = await gatehouse.run('--json', 'clients:secret', clientId, '--expire-previous=1h');
    const { clientSecret: second, previousExpiresAt } = JSON.parse(added.out);
    expect(Date.parse(previousExpiresAt)).toBeGreaterThan(Date.now() + 3_500_000);
    expect((await tokens(clientId, clientSecret)).status).toBe(200);
    expect((await tokens(clientId, second)).status).toBe(200);
    const third = await gatehouse.run('clients:secret', clientId);
    expect(third).toMatchObject({ code: 1, err: 'The client has two live secrets; delete one first.\n' });
    const odd = await gatehouse.run('clients:secret', clientId, '--expire-previous=soon');
    expect(odd).toMatchObject({ code: 1, err: expect.stringContaining('is a duration such as') });
  });

  it('takes a client out of use with its tokens, and lets it in again', async () => {
    const { clientId, clientSecret } = await make('--name=Gone', '--grant=client_credentials');
    const { body } = await tokens(clientId, clientSecret);
    const whoami = async () =>
      (await app.as.anonymous().get('/v1/auth/whoami', bearer(body.access_token))).status;
    expect(await whoami()).toBe(200);
    expect((await gatehouse.run('clients:disable', clientId)).out).toContain('Gone is out of use');
    await expect.poll(whoami, SOON).toBe(401);
    const asked = async () => (await tokens(clientId, clientSecret)).status;
    await expect.poll(asked, SOON).toBe(401);
    expect((await gatehouse.run('clients:enable', clientId)).code).toBe(0);
    await expect.poll(asked, SOON).toBe(200);
  });

  it('lists all there are, without secrets', async () => {
    const { clientId, clientSecret } = await make('--name=Shown', '--redirect-uri=https://shop.example/cb');
    const { out } = await gatehouse.run('clients:list');
    expect(out).toMatch(new RegExp(`^${clientId}  active    registered   Shown, never used$`, 'm'));
    expect(out).toMatch(/^\d+ clients$/m);
    expect(out).not.toContain(clientSecret);
    const unknown = await gatehouse.run('clients:disable', 'nobody');
    expect(unknown).toMatchObject({ code: 1, err: 'there is no client nobody; clients:list shows them\n' });
  });

  it('says that OAuth is off where it is', async () => {
    const said = await gatehouse.set({ FEATURES: 'none' }, 'clients:list');
    expect(said).toMatchObject({ code: 1, err: 'oauth is off: add it to FEATURES\n' });
  });
});
