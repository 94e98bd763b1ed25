import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { Browser } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { ISSUER, makeClient, makeResource, newPerson, REDIRECT, type Person } from './support/gatehouse.js';

const SERVER = new URL(ISSUER);
const PLAIN = { execute: [oidc.allowInsecureRequests] };
let ada: Person;

before(async () => {
  ada = await newPerson();
});

test('a web application signs a person in, reads who they are, refreshes and signs them out', async () => {
  const { clientId, clientSecret } = await makeClient({ postLogoutRedirectUris: ['http://localhost:4000/'] });
  const config = await oidc.discovery(SERVER, clientId, clientSecret, undefined, PLAIN);
  const browser = new Browser(ada);
  const tokens = await signIn(config, browser, { scope: 'openid profile email offline_access' });
  const claims = tokens.claims()!;
  assert.equal(claims.sub, ada.id);
  assert.equal(claims.iss, ISSUER);
  const user = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(user.email, ada.email);
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
  assert.notEqual(fresh.access_token, tokens.access_token);
  assert.equal((await oidc.tokenIntrospection(config, fresh.access_token)).active, true);
  await oidc.tokenRevocation(config, fresh.access_token);
  await eventually(async () => {
    assert.equal((await oidc.tokenIntrospection(config, fresh.access_token)).active, false);
  });
  const end = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: 'http://localhost:4000/',
    state: 'gone',
  });
  const back = await browser.follow(end, (url) => url.port === '4000');
  assert.equal(back.href, 'http://localhost:4000/?state=gone');
});

test('signing out ends the session of a client without offline_access, and the next request asks for a sign-in', async () => {
  const { clientId, clientSecret } = await makeClient();
  const config = await oidc.discovery(SERVER, clientId, clientSecret, undefined, PLAIN);
  const browser = new Browser(ada);
  const tokens = await signIn(config, browser, { scope: 'openid' });
  const silent = await signIn(config, browser, { scope: 'openid', prompt: 'none' });
  assert.equal(silent.claims()!.sub, ada.id);
  const end = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token! });
  await browser.fetch(end);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token!), { error: 'invalid_grant' });
  await assert.rejects(signIn(config, browser, { scope: 'openid', prompt: 'none' }), {
    error: 'login_required',
  });
});

test('a pushed request with proofs of possession gives tokens bound to a key, refreshed by that key alone', async () => {
  const { clientId } = await makeClient({ applicationType: 'native', par: true, dpop: true });
  const config = await oidc.discovery(SERVER, clientId, undefined, oidc.None(), PLAIN);
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const verifier = oidc.randomPKCECodeVerifier();
  const request = await oidc.buildAuthorizationUrlWithPAR(
    config,
    await parameters(verifier, { scope: 'openid' }),
    { DPoP },
  );
  assert.match(request.searchParams.get('request_uri')!, /^urn:ietf:params:oauth:request_uri:/);
  const back = await new Browser(ada).follow(request, (url) => url.href.startsWith(REDIRECT));
  const tokens = await oidc.authorizationCodeGrant(config, back, checks(verifier), undefined, { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  const user = await oidc.fetchUserInfo(config, tokens.access_token, ada.id, { DPoP });
  assert.equal(user.sub, ada.id);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, ada.id));
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
  const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  await assert.rejects(oidc.refreshTokenGrant(config, fresh.refresh_token!, undefined, { DPoP: other }));
});

test('the profile of FAPI 2.0: pushed, with a key in place of a secret, bound to another key', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
  const redirect = 'https://app.example/callback';
  const { clientId } = await makeClient({
    profile: 'fapi2',
    authMethod: 'private_key_jwt',
    redirectUris: [redirect],
    jwks,
  });
  const auth = oidc.PrivateKeyJwt(privateKey);
  const metadata = { id_token_signed_response_alg: 'ES256' };
  const config = await oidc.discovery(SERVER, clientId, metadata, auth, PLAIN);
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const verifier = oidc.randomPKCECodeVerifier();
  const asked = await parameters(verifier, { scope: 'openid', redirect_uri: redirect });
  const request = await oidc.buildAuthorizationUrlWithPAR(config, asked, { DPoP });
  const back = await new Browser(ada).follow(request, (url) => url.href.startsWith(redirect));
  const tokens = await oidc.authorizationCodeGrant(config, back, checks(verifier), undefined, { DPoP });
  assert.equal(tokens.claims()!.sub, ada.id);
});

test('a service gets tokens in its own name, by secret and by key, for an API', async () => {
  const resource = await makeResource(['orders:read']);
  const grantTypes = ['client_credentials'];
  const bySecret = await makeClient({ redirectUris: [], grantTypes });
  const secret = await oidc.discovery(SERVER, bySecret.clientId, bySecret.clientSecret, undefined, PLAIN);
  const first = await oidc.clientCredentialsGrant(secret, { resource });
  assert.equal(first.token_type, 'bearer');
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwks = { keys: [await exportJWK(publicKey)] };
  const byKey = await makeClient({ redirectUris: [], grantTypes, authMethod: 'private_key_jwt', jwks });
  const key = await oidc.discovery(SERVER, byKey.clientId, {}, oidc.PrivateKeyJwt(privateKey), PLAIN);
  const second = await oidc.clientCredentialsGrant(key);
  assert.equal(second.refresh_token, undefined);
});

test('a secret is taken in the body and in the header, and a wrong one with odd characters in neither', async () => {
  const { clientId, clientSecret } = await makeClient();
  for (const method of [oidc.ClientSecretBasic, oidc.ClientSecretPost]) {
    const config = await oidc.discovery(SERVER, clientId, {}, method(clientSecret), PLAIN);
    const tokens = await signIn(config, new Browser(ada), { scope: 'openid' });
    assert.equal(tokens.claims()!.sub, ada.id);
    const wrong = await oidc.discovery(SERVER, clientId, {}, method('a:b%c+d é'), PLAIN);
    await assert.rejects(oidc.refreshTokenGrant(wrong, tokens.refresh_token!), { status: 401 });
  }
});

test('an application registers itself and is known from then on', async () => {
  const config = await oidc.dynamicClientRegistration(
    SERVER,
    { redirect_uris: [REDIRECT], client_name: 'New', token_endpoint_auth_method: 'client_secret_basic' },
    undefined,
    PLAIN,
  );
  const { client_id: clientId, registration_access_token: token } = config.clientMetadata();
  assert.ok(clientId && token);
});

/** The whole way of a code. */
async function signIn(config: oidc.Configuration, browser: Browser, asked: Record<string, string>) {
  const verifier = oidc.randomPKCECodeVerifier();
  const request = oidc.buildAuthorizationUrl(config, await parameters(verifier, asked));
  const back = await browser.authorize(request);
  return oidc.authorizationCodeGrant(config, back, checks(verifier));
}

async function parameters(verifier: string, asked: Record<string, string>): Promise<Record<string, string>> {
  return {
    redirect_uri: REDIRECT,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'the-state',
    nonce: 'the-nonce',
    ...asked,
  };
}

const checks = (pkceCodeVerifier: string) => ({
  pkceCodeVerifier,
  expectedState: 'the-state',
  expectedNonce: 'the-nonce',
});
