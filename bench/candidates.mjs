// Who is measured: how each is started, where its doors are, and how it is given tokens and accounts beforehand.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Connection, get, post } from './load.mjs';
import { oauth } from './oauth.mjs';
import { basic, codeFields, form, SCOPE } from './oauth-requests.mjs';
import { password } from './peers/common.mjs';

export const SECRET = randomBytes(48).toString('base64');
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What a peer's own file offers for the preparations: GET /bench/tokens, /bench/sessions and /bench/accounts. */
const peer = (file, label, more = {}) => ({
  label,
  script: here(`peers/${file}.mjs`),
  guarded: '/whoami',
  login: '/login',
  refresh: { path: '/refresh', body: refreshJson },
  header: bearer,
  tokens: (port, count) => prepared(port, 'tokens', count),
  sessions: (port, count) => prepared(port, 'sessions', count),
  accounts: (port, count) => prepared(port, 'accounts', count),
  ...more,
});

export const candidates = {
  gatehouse: {
    label: 'gatehouse (this server)',
    script: here('../dist/main.js'),
    env: (port) => ({
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://localhost:${port}`,
      DATABASE_URL: 'sqlite:./gatehouse.db',
      GATEHOUSE_SECRET: SECRET,
      ADMIN_PASSWORD: password,
      ACCESS_TOKEN_TTL: '1d', // as long as a run may take
      RATE_LIMIT: 'off',
      OAUTH_SESSIONS_PER_CLIENT: '1000', // for who exchanges thousands of codes
      LOG_LEVEL: 'warn',
    }),
    guarded: '/v1/auth/whoami',
    login: '/v1/auth/login',
    refresh: { path: '/v1/auth/refresh', body: refreshJson },
    header: bearer,
    tokens,
    oauth,
    sessions: async (port, count) => (await signUps(port, count)).map(({ refresh_token }) => refresh_token),
    accounts: async (port, count) => (await signUps(port, count)).map(({ user }) => user.email),
  },
  bare: peer('bare-http', 'node:http, no check'),
  express: peer('express', 'express + jsonwebtoken, HS256', { env: () => ({ SECRET: 'text' }) }),
  'express-object': peer('express', 'the same, KeyObject', { env: () => ({ SECRET: 'object' }) }),
  fastify: peer('fastify-jwt', 'fastify + @fastify/jwt, ES256'),
  'fastify-10k': peer('fastify-jwt', 'the same, cache of 10,000', { env: () => ({ CACHE: '10000' }) }),
  nest: peer('nest-tutorial', 'NestJS tutorial, PEM, argon2', {
    env: () => ({ KEYS: 'pem', HASH: 'argon2' }),
  }),
  'nest-object': peer('nest-tutorial', 'the same, KeyObjects, SHA-256', {
    env: () => ({ KEYS: 'object', HASH: 'sha256' }),
  }),
  'better-auth': peer('better-auth', 'better-auth, session cookie', {
    login: '/api/auth/sign-in/email',
    header: (token) => `Cookie: ${token}`,
  }),
  'oidc-provider': peer('oidc-provider', 'oidc-provider, rotation', {
    oauth: async (port) => ({
      refreshes: async (count) => ({
        current: await prepared(port, 'sessions', count),
        request: (token) =>
          form('/token', { grant_type: 'refresh_token', client_id: 'bench', refresh_token: token }),
      }),
      credentials: async () =>
        form('/token', { grant_type: 'client_credentials', scope: SCOPE }, basic('service', 'of-the-bench')),
      codes: async () => ({
        make: (count) => prepared(port, 'codes', count),
        request: (code) => form('/token', codeFields('bench', code, `http://localhost:${port}/callback`)),
      }),
    }),
    refresh: {
      path: '/token',
      type: 'application/x-www-form-urlencoded',
      body: (token) => `grant_type=refresh_token&client_id=bench&refresh_token=${token}`,
    },
  }),
  'bare-refresh': peer('bare-refresh', 'one UPDATE + one ES256 signature'),
  'nest-refresh': peer('nest-refresh', 'the same in NestJS on Fastify'),
  'bare-argon2': peer('bare-argon2', 'argon2id and nothing else', { ownLoop: true }),
};

function bearer(token) {
  return `Authorization: Bearer ${token}`;
}

function refreshJson(token) {
  return JSON.stringify({ refresh_token: token });
}

async function prepared(port, what, count) {
  return withConnection(port, (connection) => connection.askJson(get(`/bench/${what}?count=${count}`)));
}

/** Distinct access tokens of one session: every refresh gives another, and costs no password hash. */
async function tokens(port, count) {
  const [{ refresh_token: first }] = await signUps(port, 1);
  return withConnection(port, async (connection) => {
    const made = [];
    for (let current = first; made.length < count;) {
      const answer = await connection.askJson(post('/v1/auth/refresh', refreshJson(current)));
      made.push(answer.access_token);
      current = answer.refresh_token;
    }
    return made;
  });
}

async function signUps(port, count) {
  return withConnection(port, async (connection) => {
    const made = [];
    while (made.length < count) {
      const email = `bench-${randomBytes(8).toString('hex')}@example.com`;
      made.push(await connection.askJson(post('/v1/auth/signup', JSON.stringify({ email, password }))));
    }
    return made;
  });
}

async function withConnection(port, work) {
  const connection = await Connection.open(port);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}
