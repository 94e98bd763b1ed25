// Authlib and PyJWT, as Debian packages them; the part in Python is with_authlib.py.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { Browser } from './support/browser.js';
import { grant, ISSUER, makeClient, makeResource, newPerson, REDIRECT } from './support/gatehouse.js';

/** Debian's, for which its packages are. */
const PYTHON = '/usr/bin/python3';

test('Authlib signs a person in with a secret, and PyJWT verifies both tokens', async () => {
  const ada = await newPerson();
  const audience = await makeResource(['orders:read']);
  await grant(ada.id, ['orders:read']);
  const { clientId, clientSecret } = await makeClient();
  const seen = await run('sign-in', { clientId, clientSecret, audience }, new Browser(ada));
  assert.equal(seen.sub, ada.id);
  assert.equal(seen.email, ada.email);
  assert.equal(seen.orders.scope, 'openid email orders:read');
  assert.notEqual(seen.refreshed, seen.accessToken);
});

test('Authlib signs a client in by private_key_jwt', async () => {
  const audience = await makeResource(['orders:read']);
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const client = await makeClient({
    redirectUris: [],
    grantTypes: ['client_credentials'],
    authMethod: 'private_key_jwt',
    // Authlib names the token endpoint as the audience of its assertions.
    assertionAudience: 'token_endpoint',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] },
  });
  await grant(client.serviceAccountId, ['orders:read']);
  const key = await exportPKCS8(privateKey);
  const seen = await run('service', { clientId: client.clientId, key, audience });
  assert.equal(seen.orders.scope, 'orders:read');
});

/** Runs it; addresses that it wants opened are opened by the browser, and where they led is written back. */
async function run(mode: string, given: object, browser?: Browser): Promise<any> {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'with_authlib.py'), mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const write = (value: unknown) => child.stdin.write(`${JSON.stringify(value)}\n`);
  write({ issuer: ISSUER, redirect: REDIRECT, ...given });
  let last: any;
  for await (const line of createInterface(child.stdout)) {
    last = JSON.parse(line);
    if (last.open) write((await browser!.authorize(last.open)).href);
  }
  return last;
}
