#!/usr/bin/env bash
# hono's JWT helpers refuse an access token of RFC 9068, whose header says `typ: at+jwt`, before they look at its signature:
# a `typ` has to be `JWT`, or be missing. That holds for verify() and for verifyWithJwks(), and so for both middlewares.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null && npm install --no-audit --no-fund --silent hono@4.13.19 jose@6.2.18
cat > see.mjs <<'JS'
import { verify, verifyWithJwks } from 'hono/jwt';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256', use: 'sig' };
const seen = [];
for (const typ of ['JWT', 'at+jwt']) {
  const token = await new SignJWT({ sub: 'x' })
    .setProtectedHeader({ alg: 'ES256', typ, kid: 'a' }).setExpirationTime('5m').sign(privateKey);
  const outcome = (promise) => promise.then(() => 'taken', (error) => error.name);
  seen.push(`${typ}: ${await outcome(verify(token, jwk, 'ES256'))}`);
  seen.push(`${typ} with a JWKS: ${await outcome(verifyWithJwks(token, { keys: [jwk], allowedAlgorithms: ['ES256'] }))}`);
}
console.log('hono 4.13.19\n' + seen.join('\n'));
const expected = ['JWT: taken', 'JWT with a JWKS: taken', 'at+jwt: JwtHeaderInvalid', 'at+jwt with a JWKS: JwtHeaderInvalid'];
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node see.mjs
