// oidc-provider on SQLite: the refresh_token grant of a public client, rotated on every use, with an ES256 access
// token (RFC 9068) for one resource server and no ID token; client credentials, and codes. Its adapter keeps one row per
// artifact.
import Database from 'better-sqlite3';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Provider } from 'oidc-provider';
import { challenge, SCOPE } from '../oauth-requests.mjs';
import { answer, folder, host, keyPair, port, several, tuneSqlite, url } from './common.mjs';

const RESOURCE = `${url}/api`;

const database = tuneSqlite(new Database(join(folder, 'oidc.db')));
database.exec(`
  CREATE TABLE IF NOT EXISTS artifact (
    id TEXT NOT NULL, model TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT,
    expires_at INTEGER, consumed_at INTEGER, PRIMARY KEY (id, model)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS artifact_grant ON artifact (grant_id);
`);
const now = () => Math.floor(Date.now() / 1000);
const sql = {
  upsert: database.prepare('INSERT OR REPLACE INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, NULL)'),
  find: database.prepare('SELECT * FROM artifact WHERE id = ? AND model = ?'),
  findByUid: database.prepare('SELECT * FROM artifact WHERE uid = ? AND model = ?'),
  findByUserCode: database.prepare('SELECT * FROM artifact WHERE user_code = ? AND model = ?'),
  consume: database.prepare('UPDATE artifact SET consumed_at = ? WHERE id = ? AND model = ?'),
  destroy: database.prepare('DELETE FROM artifact WHERE id = ? AND model = ?'),
  revokeByGrantId: database.prepare('DELETE FROM artifact WHERE grant_id = ?'),
};

/** The adapter that the documentation asks for, over one table. */
class SqliteAdapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    const { grantId = null, uid = null, userCode = null } = payload;
    const expiresAt = expiresIn ? now() + expiresIn : null;
    sql.upsert.run(id, this.model, JSON.stringify(payload), grantId, uid, userCode, expiresAt);
  }

  find = async (id) => payloadOf(sql.find.get(id, this.model));
  findByUid = async (uid) => payloadOf(sql.findByUid.get(uid, this.model));
  findByUserCode = async (code) => payloadOf(sql.findByUserCode.get(code, this.model));
  consume = async (id) => void sql.consume.run(now(), id, this.model);
  destroy = async (id) => void sql.destroy.run(id, this.model);
  revokeByGrantId = async (grantId) => void sql.revokeByGrantId.run(grantId);
}

function payloadOf(row) {
  if (!row || (row.expires_at !== null && row.expires_at < now())) return undefined;
  return { ...JSON.parse(row.payload), ...(row.consumed_at && { consumed: row.consumed_at }) };
}

const provider = new Provider(url, {
  adapter: SqliteAdapter,
  clients: [
    {
      client_id: 'bench',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [`${url}/callback`],
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'service',
      client_secret: 'of-the-bench',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...keyPair().privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
  cookies: { keys: ['for the benchmark only'] },
  rotateRefreshToken: true,
  ttl: { AccessToken: 900, Grant: 86_400, RefreshToken: 86_400 },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
const handle = provider.callback();

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, url);
  const make = { '/bench/sessions': refreshToken, '/bench/codes': authorizationCode }[pathname];
  if (!make) return handle(request, response);
  return answer(response, await several(searchParams.get('count'), make));
}).listen(port, host);

/** The refresh token of a new grant, as after a sign-in with consent. */
async function refreshToken(n) {
  const accountId = `account-${n}`;
  const grant = new provider.Grant({ accountId, clientId: 'bench' });
  grant.addResourceScope(RESOURCE, SCOPE);
  return new provider.RefreshToken({
    accountId,
    client: await provider.Client.find('bench'),
    grantId: await grant.save(),
    gty: 'authorization_code',
    resource: RESOURCE,
    scope: SCOPE,
    authTime: now(),
  }).save();
}

/** An authorization code, as after a sign-in with consent. */
async function authorizationCode(n) {
  const accountId = `account-${n % 64}`;
  const grant = new provider.Grant({ accountId, clientId: 'bench' });
  grant.addOIDCScope('openid');
  grant.addResourceScope(RESOURCE, SCOPE);
  return new provider.AuthorizationCode({
    accountId,
    client: await provider.Client.find('bench'),
    grantId: await grant.save(),
    redirectUri: `${url}/callback`,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    resource: RESOURCE,
    scope: `openid ${SCOPE}`,
    authTime: now(),
  }).save();
}
