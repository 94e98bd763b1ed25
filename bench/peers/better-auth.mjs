// better-auth on SQLite with e-mail and password. A guarded call asks its API for the session of the cookie, which
// reads the database (its default). Passwords are hashed with its default, scrypt. Its rate limit is off.
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import Database from 'better-sqlite3';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { answer, folder, host, password, port, secret, several, tuneSqlite, url } from './common.mjs';

const options = {
  baseURL: url,
  secret,
  database: tuneSqlite(new Database(join(folder, 'better-auth.db'))),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const handle = toNodeHandler(auth);
let signUps = 0;

createServer(async (request, response) => {
  if (request.url === '/whoami') return whoami(request, response);
  if (request.url.startsWith('/api/auth/')) return handle(request, response);
  const { pathname, searchParams } = new URL(request.url, url);
  const make = pathname === '/bench/tokens' ? sessionCookie : async () => (await signUp()).email;
  return answer(response, await several(searchParams.get('count'), make));
}).listen(port, host);

async function whoami(request, response) {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  if (!found) return response.writeHead(401).end();
  const { id, email } = found.user;
  const { id: sessionId, expiresAt } = found.session;
  return answer(response, { kind: 'user', id, email, sessionId, expiresAt });
}

async function signUp() {
  const email = `bench-${process.pid}-${signUps++}@example.com`;
  return (await auth.api.signUpEmail({ body: { email, password, name: 'Bench' } })).user;
}

/** A new session of one account, as the cookie that a sign-in would set. */
let owner;
async function sessionCookie() {
  owner ??= await signUp();
  const { internalAdapter, authCookies } = await auth.$context;
  const { token } = await internalAdapter.createSession(owner.id);
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(token));
  const value = encodeURIComponent(`${token}.${Buffer.from(mac).toString('base64')}`);
  return `${authCookies.sessionToken.name}=${value}`;
}
