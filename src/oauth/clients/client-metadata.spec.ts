import { describe, expect, it } from 'vitest';
import { checkMetadata, type ClientMetadata } from './client-metadata.js';
import { InvalidClientMetadata } from './clients.errors.js';

const SHOP: ClientMetadata = {
  name: 'Shop',
  authMethod: 'client_secret_basic',
  assertionAudience: 'issuer',
  redirectUris: ['https://shop.example/cb'],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: null,
  resources: null,
  jwks: null,
  jwksUri: null,
  idTokenAlg: 'ES256',
  dpop: false,
  par: false,
  profile: null,
  applicationType: 'web',
  logoUri: null,
  clientUri: null,
  tosUri: null,
  policyUri: null,
};
const FAPI: Partial<ClientMetadata> = {
  profile: 'fapi2',
  authMethod: 'private_key_jwt',
  jwksUri: 'https://shop.example/jwks.json',
  par: true,
  dpop: true,
};
const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

/** The field that is refused; `undefined` for metadata that are taken. */
function refused(change: Partial<ClientMetadata>): string | undefined {
  try {
    checkMetadata({ ...SHOP, ...change });
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidClientMetadata)) throw error;
    return error.field;
  }
}

describe('the metadata of a client', () => {
  it.each<[string, Partial<ClientMetadata>]>([
    ['a usual one', {}],
    ['one without a browser', { redirectUris: [], grantTypes: ['client_credentials'] }],
    ['public keys', { jwks: { keys: [KEY, { kty: 'RSA', n: 'n', e: 'e' }, { kty: 'OKP', x: 'x' }] } }],
    ['the address of its keys', { authMethod: 'private_key_jwt', jwksUri: 'https://shop.example/jwks' }],
    ['links, on a machine of developers too', { logoUri: 'http://localhost:5173/logo.svg' }],
    ['a name of 200 characters', { name: '🦊'.repeat(200) }],
    ['fifty redirect URIs', { redirectUris: Array.from({ length: 50 }, (_, n) => `https://a.example/${n}`) }],
    ['the profile fapi2 with all that it asks for', FAPI],
  ])('may be %s', (_, change) => {
    expect(refused(change)).toBeUndefined();
  });

  it.each<[string, string, Partial<ClientMetadata>]>([
    ['an empty name', 'name', { name: '' }],
    ['a name that is too long', 'name', { name: 'x'.repeat(201) }],
    ['a name that turns the text around', 'name', { name: 'a\u202eb' }],
    ['no redirect URI for the code grant', 'redirectUris', { redirectUris: [] }],
    ['a redirect URI that cannot be', 'redirectUris', { redirectUris: ['https://shop.example/#a'] }],
    ['an unsafe way out', 'postLogoutRedirectUris', { postLogoutRedirectUris: ['http://shop.example/'] }],
    [
      'more redirect URIs than fifty',
      'redirectUris',
      { redirectUris: Array.from({ length: 51 }, (_, n) => `https://a.example/${n}`) },
    ],
    ['a grant type of two words', 'grantTypes', { grantTypes: ['authorization code'] }],
    [
      'client_credentials without credentials',
      'grantTypes',
      { grantTypes: ['client_credentials'], authMethod: 'none', redirectUris: [] },
    ],
    ['a scope with a space', 'scopes', { scopes: ['a b'] }],
    ['a scope with a quote', 'scopes', { scopes: ['a"b'] }],
    ['an empty scope', 'scopes', { scopes: [''] }],
    ['keys in two places', 'jwks', { jwks: { keys: [KEY] }, jwksUri: 'https://shop.example/jwks' }],
    ['assertions without keys', 'jwks', { authMethod: 'private_key_jwt' }],
    ['a private key', 'jwks', { jwks: { keys: [{ ...KEY, d: 'd' }] } }],
    ['a symmetric key', 'jwks', { jwks: { keys: [{ kty: 'oct', k: 'k' }] } }],
    ['keys that are no list', 'jwks', { jwks: { keys: 'none' as never } }],
    ['a key that is nothing', 'jwks', { jwks: { keys: [null as never] } }],
    ['more keys than twenty', 'jwks', { jwks: { keys: Array.from({ length: 21 }, () => KEY) } }],
    ['keys behind plain http', 'jwksUri', { jwksUri: 'http://shop.example/jwks' }],
    ['a logo behind a script', 'logoUri', { logoUri: 'javascript:alert(1)' }],
    ['terms with a fragment', 'tosUri', { tosUri: 'https://shop.example/#terms' }],
    ['a policy with a user name', 'policyUri', { policyUri: 'https://ada@shop.example/' }],
    ['a home page that is no URL', 'clientUri', { clientUri: 'shop' }],
    ['a logout over plain http', 'backchannelLogoutUri', { backchannelLogoutUri: 'http://shop.example/' }],
    ['fapi2 with a secret', 'authMethod', { ...FAPI, authMethod: 'client_secret_basic' }],
    ['fapi2 with any audience', 'assertionAudience', { ...FAPI, assertionAudience: 'any' as never }],
    ['fapi2 with RS256', 'idTokenAlg', { ...FAPI, idTokenAlg: 'RS256' }],
    ['fapi2 without pushed requests', 'profile', { ...FAPI, par: false }],
    ['fapi2 without DPoP', 'profile', { ...FAPI, dpop: false }],
    ['fapi2 on loopback', 'redirectUris', { ...FAPI, redirectUris: ['http://127.0.0.1/cb'] }],
  ])('may not have %s', (_, field, change) => {
    expect(refused(change)).toBe(field);
  });
});
