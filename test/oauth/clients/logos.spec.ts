import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { makeClient, type TestClient } from '../../support/oauth.js';
import { OtherServer } from '../../support/other-server.js';
import { expectProblem } from '../../support/problem.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

describe('the logo of a client', () => {
  let app: TestApp;
  let host: OtherServer;
  let count = 0;

  beforeAll(async () => {
    app = await startApp({ env: { OUTBOUND_ALLOW: '127.0.0.1' } });
    host = await OtherServer.start();
  });
  beforeEach(() => {
    host.asked.length = 0;
    answer(PNG);
  });
  afterAll(async () => {
    await app.close();
    await host.close();
  });

  const answer = (bytes: Buffer | string, status = 200, headers: Record<string, string> = {}) => {
    host.answer = (_request, response) => void response.writeHead(status, headers).end(bytes);
  };
  /** A client whose logo is there, which is not https as one that is registered must be. */
  const withLogo = async (url = host.at(`/logo-${count++}.png`), kind = 'registered') => {
    const client = await makeClient(app);
    const sql = 'UPDATE oauth_clients SET logo_uri = :url, kind = :kind WHERE id = :id';
    await app.database.run({ sql, params: { id: client.id, url, kind } });
    return client;
  };
  const logoOf = ({ id }: Pick<TestClient, 'id'>) => fetch(`${app.url}/logos/${id}`);
  const expectNone = async (client: Pick<TestClient, 'id'>) =>
    expectProblem(await app.as.anonymous().get(`/logos/${client.id}`), 404, 'not_found');

  it('is served by this server, runs nothing, and is fetched once', async () => {
    const client = await withLogo();
    const answers = await Promise.all(Array.from({ length: 5 }, () => logoOf(client)));
    for (const { status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('image/png');
      expect(headers.get('content-security-policy')).toBe(`default-src 'none'; sandbox`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
    }
    expect(Buffer.from(await answers[0]!.arrayBuffer())).toEqual(PNG);
    expect(host.asked).toHaveLength(1);
    // Nothing of who looks at it.
    expect(Object.keys(host.asked[0]!.headers).toSorted()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'].toSorted(),
    );
  });

  it.each<[what: string, bytes: Buffer | string, status?: number, headers?: Record<string, string>]>([
    ['a document with scripts', SVG, 200, { 'content-type': 'image/svg+xml' }],
    ['a page that calls itself an image', '<html></html>', 200, { 'content-type': 'image/png' }],
    ['one that is too large', Buffer.concat([PNG, Buffer.alloc(65_536)])],
    ['one that is compressed', PNG, 200, { 'content-encoding': 'gzip' }],
    ['an error', PNG, 500],
    ['a redirect', PNG, 302, { location: 'http://169.254.169.254/latest/meta-data' }],
  ])('is none when what is there is %s', async (_what, bytes, status, headers) => {
    answer(bytes, status, headers);
    const client = await withLogo();
    await expectNone(client);
    await expectNone(client);
    expect(host.asked).toHaveLength(1);
  });

  it('is none of an application that registered itself, is disabled, or that there is not', async () => {
    await expectNone(await withLogo(undefined, 'dynamic'));
    const disabled = await withLogo();
    await (await app.as.admin()).patch(`/v1/oauth/clients/${disabled.id}`, { status: 'disabled' });
    await expectNone(disabled);
    await expectNone(await makeClient(app));
    await expectNone({ id: 'none' });
    expect(host.asked).toEqual([]);
  });
});

describe('the logo of a client, where the operator allows no address of this machine', () => {
  let app: TestApp;
  let host: OtherServer;

  beforeAll(async () => {
    app = await startApp();
    host = await OtherServer.start();
  });
  afterAll(async () => {
    await app.close();
    await host.close();
  });

  it.each([
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://[::ffff:127.0.0.1]',
    'https://localhost',
    'http://127.0.0.1',
  ])('is not fetched from %s, which is not even connected to', async (origin) => {
    const { id } = await makeClient(app);
    const sql = 'UPDATE oauth_clients SET logo_uri = :url WHERE id = :id';
    await app.database.run({ sql, params: { id, url: `${origin}:${host.port}/logo.png` } });
    expectProblem(await app.as.anonymous().get(`/logos/${id}`), 404, 'not_found');
    expect(host.connections).toBe(0);
  });
});
