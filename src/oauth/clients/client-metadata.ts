import { isLoopback } from '../../platform/config/setting-formats.js';
import { InvalidClientMetadata } from './clients.errors.js';
import type { JwkSet, OAuthClient } from './oauth-client.entity.js';
import { faultOfRedirectUri } from './redirect-uris.js';

/** What a registration says of a client, by an administrator or by itself. */
export type ClientMetadata = Pick<
  OAuthClient,
  | 'name'
  | 'authMethod'
  | 'assertionAudience'
  | 'redirectUris'
  | 'postLogoutRedirectUris'
  | 'backchannelLogoutUri'
  | 'grantTypes'
  | 'scopes'
  | 'resources'
  | 'jwks'
  | 'jwksUri'
  | 'idTokenAlg'
  | 'dpop'
  | 'par'
  | 'profile'
  | 'applicationType'
  | 'logoUri'
  | 'clientUri'
  | 'tosUri'
  | 'policyUri'
>;

const MOST_URIS = 50;
const MOST_KEYS = 20;
const NAME = /^[^\p{C}]{1,200}$/u;
const GRANT_TYPE = /^[\w:.-]{1,100}$/;
/** RFC 6749 §3.3 */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const BROWSER_GRANTS = ['authorization_code'];

/**
 * Refuses what makes no client, or an unsafe one (RFC 7591 §2, RFC 9700).
 * @throws InvalidClientMetadata with the name of the property
 */
export function checkMetadata(client: ClientMetadata): void {
  if (!NAME.test(client.name))
    throw new InvalidClientMetadata('name', 'The name has 1 to 200 printable characters.');
  checkRedirects(client);
  checkGrants(client);
  checkKeys(client);
  checkLinks(client);
  checkProfile(client);
}

function checkRedirects({ redirectUris, postLogoutRedirectUris, grantTypes }: ClientMetadata): void {
  if (redirectUris.length > MOST_URIS || postLogoutRedirectUris.length > MOST_URIS)
    throw new InvalidClientMetadata(
      'redirectUris',
      `A client has at most ${MOST_URIS} redirect URIs.`,
      'invalid_redirect_uri',
    );
  const lists = { redirectUris, postLogoutRedirectUris };
  for (const [field, uris] of Object.entries(lists)) {
    for (const uri of uris) {
      const fault = faultOfRedirectUri(uri);
      if (fault) throw new InvalidClientMetadata(field, `${uri} ${fault}.`, 'invalid_redirect_uri');
    }
  }
  if (redirectUris.length === 0 && grantTypes.some((grant) => BROWSER_GRANTS.includes(grant)))
    throw new InvalidClientMetadata(
      'redirectUris',
      'The authorization code grant needs a redirect URI.',
      'invalid_redirect_uri',
    );
}

function checkGrants({ grantTypes, authMethod, scopes }: ClientMetadata): void {
  const odd = grantTypes.find((grant) => !GRANT_TYPE.test(grant));
  if (odd !== undefined)
    throw new InvalidClientMetadata('grantTypes', 'A grant type has a name such as refresh_token.');
  if (grantTypes.includes('client_credentials') && authMethod === 'none')
    throw new InvalidClientMetadata(
      'grantTypes',
      'A client without credentials cannot use client_credentials.',
    );
  if (scopes?.some((scope) => !SCOPE.test(scope)))
    throw new InvalidClientMetadata(
      'scopes',
      'A scope has 1 to 100 characters without spaces, quotes and backslashes.',
    );
}

function checkKeys({ authMethod, jwks, jwksUri }: ClientMetadata): void {
  if (jwks && jwksUri) throw new InvalidClientMetadata('jwks', 'Give jwks or jwksUri, and not both.');
  if (authMethod === 'private_key_jwt' && !jwks && !jwksUri)
    throw new InvalidClientMetadata('jwks', 'private_key_jwt needs jwks or jwksUri.');
  if (jwks) checkJwks(jwks);
  if (jwksUri) checkWebUri('jwksUri', jwksUri);
}

function checkJwks({ keys }: JwkSet): void {
  if (!Array.isArray(keys) || keys.length > MOST_KEYS)
    throw new InvalidClientMetadata('jwks', `jwks has a list of at most ${MOST_KEYS} keys.`);
  for (const key of keys) {
    const isPublic =
      typeof key === 'object' &&
      key !== null &&
      ['RSA', 'EC', 'OKP'].includes(String(key['kty'])) &&
      !PRIVATE_MEMBERS.some((name) => name in key);
    if (!isPublic) throw new InvalidClientMetadata('jwks', 'jwks has public keys only: RSA, EC or OKP.');
  }
}

function checkLinks(client: ClientMetadata): void {
  for (const field of ['logoUri', 'clientUri', 'tosUri', 'policyUri', 'backchannelLogoutUri'] as const) {
    const uri = client[field];
    if (uri !== null) checkWebUri(field, uri);
  }
}

/** https, or plain http on a developer's machine; where it leads in the network is looked at when it is asked. */
function checkWebUri(field: string, uri: string): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const isSafe = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
  if (!isSafe || url.hash !== '' || url.username !== '' || uri.length > 2_000)
    throw new InvalidClientMetadata(field, `${field} is an https URL without a fragment.`);
}

/** FAPI 2.0 Security Profile §5.3.2: pushed requests, tokens bound to a key, keys in place of secrets. */
function checkProfile(client: ClientMetadata): void {
  const { profile, authMethod, assertionAudience, idTokenAlg, par, dpop, redirectUris } = client;
  if (profile !== 'fapi2') return;
  if (authMethod !== 'private_key_jwt')
    throw new InvalidClientMetadata('authMethod', 'The profile fapi2 needs private_key_jwt.');
  if (assertionAudience !== 'issuer')
    throw new InvalidClientMetadata('assertionAudience', 'The profile fapi2 needs the audience issuer.');
  if (idTokenAlg === 'RS256')
    throw new InvalidClientMetadata('idTokenAlg', 'The profile fapi2 allows no RS256; use ES256.');
  if (!par || !dpop) throw new InvalidClientMetadata('profile', 'The profile fapi2 needs par and dpop.');
  if (redirectUris.some((uri) => !uri.startsWith('https:')))
    throw new InvalidClientMetadata(
      'redirectUris',
      'The profile fapi2 needs https redirect URIs.',
      'invalid_redirect_uri',
    );
}
