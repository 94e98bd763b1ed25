// APIs of others that take access tokens of Gatehouse, each with what its library's documentation says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { adminToken, api, grant, ISSUER, makeClient, makeResource } from './support/gatehouse.js';
import { serve, type Served } from './support/serve.js';

const PLAIN = { [oauth.allowInsecureRequests]: true };
let audience: string;
let config: oidc.Configuration;
let site: Served;

before(async () => {
  audience = await makeResource(['orders:read', 'orders:write']);
  const client = await makeClient({ redirectUris: [], grantTypes: ['client_credentials'] });
  await grant(client.serviceAccountId, ['orders:read']);
  config = await oidc.discovery(new URL(ISSUER), client.clientId, client.clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
  const orders = express().set('env', 'test');
  orders.use(auth({ issuerBaseURL: ISSUER, audience, tokenSigningAlg: 'ES256', strict: true }));
  orders.get('/orders', requiredScopes('orders:read'), (request, response) => {
    response.json(request.auth!.payload);
  });
  orders.post('/orders', requiredScopes('orders:write'), (_request, response) => {
    response.json({});
  });
  site = await serve(orders);
});

after(() => site.close());

test('express-oauth2-jwt-bearer takes tokens made for the API, and refuses others and scopes that are missing', async () => {
  const token = await newToken(audience);
  const answer = await call('GET', token);
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).scope, 'orders:read');
  assert.equal((await call('POST', token)).status, 403);
  assert.equal((await call('GET', await newToken())).status, 401);
  assert.equal((await call('GET', await adminToken())).status, 401);
});

test('jwks-rsa with jsonwebtoken finds the key of a token, also that of a new signing key', async () => {
  const keys = jwksRsa({ jwksUri: `${ISSUER}/.well-known/jwks.json`, cache: true });
  const verified = async (token: string) => {
    const { header } = jwt.decode(token, { complete: true })!;
    const key = await keys.getSigningKey(header.kid);
    const options = { algorithms: ['ES256' as const], issuer: ISSUER, audience };
    return jwt.verify(token, key.getPublicKey(), options) as jwt.JwtPayload;
  };
  const first = await newToken(audience);
  assert.equal((await verified(first))['scope'], 'orders:read');
  await api('POST', '/v1/keys/rotate', { force: true }, await adminToken());
  assert.equal((await verified(first))['scope'], 'orders:read');
  assert.equal((await verified(await newToken(audience)))['scope'], 'orders:read');
});

test('oauth4webapi validates the profile of RFC 9068', async () => {
  const as = await discovered();
  const validate = (token: string) => {
    const request = new Request(audience, { headers: { authorization: `Bearer ${token}` } });
    return oauth.validateJwtAccessToken(as, request, audience, PLAIN);
  };
  assert.equal((await validate(await newToken(audience))).scope, 'orders:read');
  await assert.rejects(validate(await newToken()));
});

test('oauth4webapi validates a token that is bound to a key, and refuses it as a plain one', async () => {
  const as = await discovered();
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const { access_token: token } = await oidc.clientCredentialsGrant(config, { resource: audience }, { DPoP });
  let sent: Request;
  const api = await serve((_request, response) => response.end());
  await oauth
    .protectedResourceRequest(token, 'GET', new URL(api.url), undefined, undefined, {
      DPoP,
      ...PLAIN,
      [oauth.customFetch]: (url, init) => {
        sent = new Request(url, init as RequestInit);
        return fetch(sent);
      },
    })
    .finally(() => api.close());
  const claims = await oauth.validateJwtAccessToken(as, sent!, audience, { requireDPoP: true, ...PLAIN });
  assert.ok(claims.cnf?.jkt);
  const plain = new Request(audience, { headers: { authorization: `Bearer ${token}` } });
  await assert.rejects(oauth.validateJwtAccessToken(as, plain, audience, PLAIN));
});

test('jose verifies against the JWKS', async () => {
  const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(await newToken(audience), keys, {
    issuer: ISSUER,
    audience,
    typ: 'at+jwt',
    requiredClaims: ['client_id', 'jti', 'sub'],
  });
  assert.equal(payload['scope'], 'orders:read');
});

async function newToken(resource?: string): Promise<string> {
  return (await oidc.clientCredentialsGrant(config, resource ? { resource } : {})).access_token;
}

function call(method: string, token: string): Promise<Response> {
  return fetch(`${site.url}/orders`, { method, headers: { authorization: `Bearer ${token}` } });
}

async function discovered(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(ISSUER);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, PLAIN));
}
