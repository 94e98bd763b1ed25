import type { ClientRecord, KnownClient } from './client.types.js';
import type { JwkSet, OAuthClient } from './oauth-client.entity.js';

type Row = Record<string, string | number | boolean | null>;

/** One statement, for it stands before every request to the token endpoint. */
const READ = `SELECT c.*, s.hash AS secret_hash, s.expires_at AS secret_expires_at FROM oauth_clients c
  LEFT JOIN oauth_client_secrets s ON s.client_id = c.id AND (s.expires_at IS NULL OR s.expires_at > :now)`;
export const READ_BY_CLIENT_ID = `${READ} WHERE c.client_id = :clientId`;
export const READ_BY_ID = `${READ} WHERE c.id = :id`;

/** The client as it is now. */
export function knownOf({ client, secrets }: ClientRecord): KnownClient {
  const now = Date.now();
  const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  return { ...client, secretHashes: live.map(({ hash }) => hash) };
}

/** The client of these rows, one for each of its secrets. */
export function recordOf(rows: Row[]): ClientRecord | undefined {
  const client = clientOf(rows);
  if (!client) return undefined;
  const secrets = rows.flatMap(({ secret_hash, secret_expires_at: until }) =>
    secret_hash === null
      ? []
      : [{ hash: secret_hash as string, expiresAt: until === null ? null : Number(until) }],
  );
  return { client, secrets };
}

function clientOf(rows: Row[]): OAuthClient | undefined {
  const [row] = rows;
  if (!row) return undefined;
  const text = (name: string) => row[name] as string | null;
  const json = <T>(name: string) => (row[name] === null ? null : (JSON.parse(row[name] as string) as T));
  const time = (name: string) => (row[name] === null ? null : new Date(Number(row[name])));
  return {
    id: text('id')!,
    clientId: text('client_id')!,
    kind: text('kind') as OAuthClient['kind'],
    name: text('name')!,
    status: text('status') as OAuthClient['status'],
    ownerId: text('owner_id'),
    serviceAccountId: text('service_account_id'),
    tokenFamily: text('token_family')!,
    authMethod: text('auth_method') as OAuthClient['authMethod'],
    assertionAudience: text('assertion_audience') as OAuthClient['assertionAudience'],
    redirectUris: json<string[]>('redirect_uris')!,
    postLogoutRedirectUris: json<string[]>('post_logout_redirect_uris')!,
    backchannelLogoutUri: text('backchannel_logout_uri'),
    grantTypes: json<string[]>('grant_types')!,
    scopes: json<string[]>('scopes'),
    resources: json<string[]>('resources'),
    jwks: json<JwkSet>('jwks'),
    jwksUri: text('jwks_uri'),
    idTokenAlg: text('id_token_alg') as OAuthClient['idTokenAlg'],
    dpop: Boolean(row['dpop']),
    par: Boolean(row['par']),
    profile: text('profile') as OAuthClient['profile'],
    skipConsent: Boolean(row['skip_consent']),
    applicationType: text('application_type') as OAuthClient['applicationType'],
    logoUri: text('logo_uri'),
    clientUri: text('client_uri'),
    tosUri: text('tos_uri'),
    policyUri: text('policy_uri'),
    registrationTokenHash: text('registration_token_hash'),
    documentExpiresAt: time('document_expires_at'),
    version: Number(row['version']),
    createdAt: time('created_at')!,
    updatedAt: time('updated_at')!,
    lastUsedAt: time('last_used_at'),
  };
}
