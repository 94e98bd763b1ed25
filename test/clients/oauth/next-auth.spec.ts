// next-auth 4 with what its documentation gives for a provider of one's own; Next's server is left out, the handler is its own.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import NextAuth, { type AuthOptions } from 'next-auth';
import { Browser } from './support/browser.js';
import { ISSUER, makeClient, newPerson, type Person } from './support/gatehouse.js';
import { serve, type Served } from './support/serve.js';

let ada: Person;
let site: Served;
let options: AuthOptions;

before(async () => {
  ada = await newPerson();
  site = await serve((request, response) => void handle(request, response));
  const { clientId, clientSecret } = await makeClient({
    redirectUris: [`${site.url}/api/auth/callback/gatehouse`],
  });
  process.env['NEXTAUTH_URL'] = site.url;
  options = {
    secret: 'the secret of the application',
    providers: [
      {
        id: 'gatehouse',
        name: 'Gatehouse',
        type: 'oauth',
        wellKnown: `${ISSUER}/.well-known/openid-configuration`,
        authorization: { params: { scope: 'openid email profile' } },
        idToken: true,
        checks: ['pkce', 'state'],
        clientId,
        clientSecret,
        profile: ({ sub, name, email }: any) => ({ id: sub, name, email }),
      },
    ],
  };
});

after(() => site.close());

test('a person signs in to a site that uses next-auth', async () => {
  const browser = new Browser(ada);
  const { csrfToken } = await json(browser, '/api/auth/csrf');
  const signIn = new URL('/api/auth/signin/gatehouse', site.url);
  const begun = await browser.fetch(signIn, { csrfToken, callbackUrl: `${site.url}/home` });
  const end = await browser.follow(begun.headers.get('location')!, ({ pathname }) =>
    ['/home', '/api/auth/error', '/api/auth/signin'].includes(pathname),
  );
  assert.equal(end.href, `${site.url}/home`);
  const { user } = await json(browser, '/api/auth/session');
  assert.equal(user.email, ada.email);
});

async function json(browser: Browser, path: string): Promise<any> {
  return (await browser.fetch(new URL(path, site.url))).json();
}

/** What Next does before it calls the handler of `pages/api/auth/[...nextauth].js`. */
async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, site.url);
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => /^([^=]*)=(.*)$/.exec(pair)!);
  const cookies = Object.fromEntries(
    pairs.filter(Boolean).map(([, name, value]) => [name, decodeURIComponent(value!)]),
  );
  const body = Object.fromEntries(new URLSearchParams(Buffer.concat(await request.toArray()).toString()));
  const query = {
    ...Object.fromEntries(searchParams),
    nextauth: pathname.replace('/api/auth/', '').split('/'),
  };
  const sendJson = (value: unknown) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  const of = Object.assign(response, {
    status: (code: number) => Object.assign(response, { statusCode: code }),
    json: sendJson,
    send: (value: unknown) => (typeof value === 'string' ? response.end(value) : sendJson(value)),
    redirect: (to: string) => response.writeHead(302, { location: to }).end(),
  });
  const handler = (NextAuth as any).default ?? NextAuth;
  await handler(Object.assign(request, { query, cookies, body }), of, options);
}
