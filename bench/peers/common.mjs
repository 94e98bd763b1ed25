// What the peers share: where they listen and keep their files, their keys, and what they say about a caller.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const port = Number(process.env.PORT);
export const host = '127.0.0.1';
export const url = `http://localhost:${port}`;
/** This peer's own folder. It outlives a restart, so that the scenario `start` has valid tokens. */
export const folder = process.env.BENCH_FOLDER;
export const secret = 'a secret for the benchmark only, of more than enough bytes';
export const password = 'correct-horse-battery-staple-7';

/** The settings the server under test has, too. */
export function tuneSqlite(database) {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  return database;
}

/** An ES256 pair, as PEM text and as key objects. */
export function keyPair() {
  const file = join(folder, 'key.pem');
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  const privatePem = readFileSync(file, 'utf8');
  const privateKey = createPrivateKey(privatePem);
  const publicKey = createPublicKey(privateKey);
  return { privatePem, publicPem: publicKey.export({ type: 'spki', format: 'pem' }), privateKey, publicKey };
}

/** Claims like the server's own, so that the tokens are about as long; `n` makes each token another one. */
export function claims(n, subject = '01930000-0000-7000-8000-000000000001') {
  return {
    sub: subject,
    iss: url,
    aud: url,
    client_id: 'gatehouse',
    jti: `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    sid: '01930000-0000-7000-8000-000000000002',
    scope: 'account:read account:write resources:read',
    roles: ['user'],
    ver: 0,
    amr: ['pwd'],
  };
}

/** An answer as long as that of GET /v1/auth/whoami. */
export function whoami({ sub, sid, roles, scope, exp }) {
  const expiresAt = new Date(exp * 1000);
  return { kind: 'user', id: sub, sessionId: sid, roles, scopes: scope.split(' '), expiresAt };
}

/** `count` of something, made one after the other; for the preparations, which no scenario measures. */
export async function several(count, make) {
  const made = [];
  for (let n = 0; n < Number(count); n++) made.push(await make(n));
  return made;
}

export async function jsonBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

export function answer(response, body) {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
