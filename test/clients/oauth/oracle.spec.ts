// The same bad requests to Gatehouse and to oidc-provider: the same `error`, but for the differences that are listed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import type { AddressInfo } from 'node:net';
import * as oidcProvider from 'oidc-provider';
import { ISSUER, makeClient, REDIRECT } from './support/gatehouse.js';

interface Server {
  token: string;
  authorize: string;
  id: string;
  secret: string;
}

const SECRET = 'a secret of the oracle';
const GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'];

let gatehouse: Server;
let oracle: Server;
let close: () => void;

before(async () => {
  const { clientId, clientSecret } = await makeClient({ grantTypes: GRANTS });
  gatehouse = {
    token: `${ISSUER}/oauth/token`,
    authorize: `${ISSUER}/oauth/authorize`,
    id: clientId,
    secret: clientSecret,
  };
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new oidcProvider.Provider(issuer, {
    clients: [{ client_id: 'shop', client_secret: SECRET, redirect_uris: [REDIRECT], grant_types: GRANTS }],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  server.on('request', provider.callback());
  oracle = { token: `${issuer}/token`, authorize: `${issuer}/auth`, id: 'shop', secret: SECRET };
  close = () => {
    server.close();
    server.closeAllConnections();
  };
});

after(() => close());

const CODE = { grant_type: 'authorization_code', code: 'nothing', redirect_uri: REDIRECT };

/** What is sent to the token endpoint. `differs` is what Gatehouse answers where it does so on purpose, and why. */
const CASES: [name: string, fields: Record<string, string>, header?: string | null, differs?: string][] = [
  ['no grant type', {}],
  ['an unknown grant type', { grant_type: 'urn:example:none' }],
  ['the implicit grant', { grant_type: 'implicit' }],
  ['the password grant', { grant_type: 'password', username: 'ada', password: 'x' }],
  ['no code', { grant_type: 'authorization_code', redirect_uri: REDIRECT }],
  ['an unknown code', { ...CODE, code_verifier: 'v'.repeat(43) }],
  ['no refresh token', { grant_type: 'refresh_token' }],
  ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'nothing' }],
  ['a wrong secret', { grant_type: 'client_credentials' }, 'wrong'],
  // RFC 6749 §5.2 gives "no client authentication included" as an example of invalid_client; the oracle says invalid_request.
  ['no client', { grant_type: 'client_credentials' }, null, 'invalid_client'],
  ['a secret in two places', { grant_type: 'client_credentials', client_secret: 'x' }],
];

for (const [name, fields, secret, differs] of CASES) {
  test(name, async () => {
    const [ours, theirs] = await Promise.all(
      [gatehouse, oracle].map((server) => errorOf(server, fields, secret)),
    );
    assert.equal(ours, differs ?? theirs);
    if (differs) assert.notEqual(theirs, differs, 'no difference any more');
  });
}

const CHALLENGE = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' };
const ASKED = {
  response_type: 'code',
  scope: 'openid',
  state: 'the-state',
  redirect_uri: REDIRECT,
  ...CHALLENGE,
};

/** What a browser brings to the authorization endpoint; the answer goes to the client, with its `state`. */
const REQUESTS: [name: string, change: Record<string, string>, differs?: string][] = [
  ['nobody is signed in, and nobody may be asked', { prompt: 'none' }],
  ['nobody may be asked, and somebody must', { prompt: 'none login' }],
  ['an unknown response type', { response_type: 'token-of-others' }],
  ['the implicit flow', { response_type: 'token' }],
  ['no response type', { response_type: '' }],
  ['a plain challenge', { code_challenge_method: 'plain' }],
  ['a short challenge', { code_challenge: 'short' }],
  ['a request object', { request: 'a.b.c' }],
];

for (const [name, change, differs] of REQUESTS) {
  test(`asked to sign in: ${name}`, async () => {
    const [ours, theirs] = await Promise.all([gatehouse, oracle].map((server) => refusalOf(server, change)));
    assert.equal(ours, differs ?? theirs);
    if (differs) assert.notEqual(theirs, differs, 'no difference any more');
  });
}

async function refusalOf(server: Server, change: Record<string, string>): Promise<string> {
  const all = Object.entries({ client_id: server.id, ...ASKED, ...change }).filter(
    ([, value]) => value !== '',
  );
  const address = `${server.authorize}?${new URLSearchParams(all).toString()}`;
  const response = await fetch(address, { redirect: 'manual', headers: { accept: 'text/html' } });
  const target = response.headers.get('location') ?? '';
  if (!target.startsWith(REDIRECT)) return `no redirect (${response.status})`;
  // Of the implicit flow, one answers in the fragment.
  const answer = new URLSearchParams(new URL(target).search || new URL(target).hash.slice(1));
  assert.equal(answer.get('state'), 'the-state');
  return answer.get('error') ?? 'no error';
}

async function errorOf(
  server: Server,
  fields: Record<string, string>,
  secret?: string | null,
): Promise<string> {
  const credentials = Buffer.from(`${server.id}:${encodeURIComponent(secret ?? server.secret)}`);
  const response = await fetch(server.token, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: secret === null ? {} : { authorization: `Basic ${credentials.toString('base64')}` },
  });
  const { error } = (await response.json()) as { error?: string };
  return error ?? `no error (${response.status})`;
}
