import { InvalidClientMetadata } from './clients.errors.js';
import type { ClientMetadata } from './client-metadata.js';
import {
  APPLICATION_TYPES,
  AUTH_METHODS,
  ID_TOKEN_ALGS,
  type JwkSet,
  type OAuthClient,
} from './oauth-client.entity.js';

type Json = Record<string, unknown>;

/** Grants that a client may give itself. */
const OPEN_GRANTS = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];

/** Client metadata as RFC 7591 §2 and OIDC Registration §2 name them, read; unknown ones are ignored. @throws InvalidClientMetadata */
export function metadataOf(document: Json): ClientMetadata {
  const redirectUris = texts(document, 'redirect_uris') ?? [];
  const grantTypes = texts(document, 'grant_types') ?? ['authorization_code'];
  // A client without this entry gets no refresh token; those that ask for offline access mean it.
  const scope = text(document, 'scope');
  const responses = texts(document, 'response_types') ?? ['code'];
  if (responses.some((response) => response !== 'code'))
    throw new InvalidClientMetadata('response_types', 'The only response type is code.');
  const other = grantTypes.find((grant) => !OPEN_GRANTS.includes(grant));
  if (other !== undefined)
    throw new InvalidClientMetadata('grant_types', `${other} is not for clients that register themselves.`);
  return {
    name: text(document, 'client_name') ?? hostOf(redirectUris[0]) ?? 'Unnamed client',
    authMethod: oneOf(document, 'token_endpoint_auth_method', AUTH_METHODS, 'client_secret_basic'),
    assertionAudience: 'issuer',
    redirectUris,
    postLogoutRedirectUris: texts(document, 'post_logout_redirect_uris') ?? [],
    backchannelLogoutUri: text(document, 'backchannel_logout_uri') ?? null,
    grantTypes,
    scopes: scope === undefined ? null : scope.split(' ').filter(Boolean),
    resources: null,
    jwks: (object(document, 'jwks') as JwkSet | undefined) ?? null,
    jwksUri: text(document, 'jwks_uri') ?? null,
    idTokenAlg: oneOf(document, 'id_token_signed_response_alg', ID_TOKEN_ALGS, 'ES256'),
    dpop: document['dpop_bound_access_tokens'] === true,
    par: document['require_pushed_authorization_requests'] === true,
    profile: null,
    applicationType: oneOf(document, 'application_type', APPLICATION_TYPES, 'web'),
    logoUri: text(document, 'logo_uri') ?? null,
    clientUri: text(document, 'client_uri') ?? null,
    tosUri: text(document, 'tos_uri') ?? null,
    policyUri: text(document, 'policy_uri') ?? null,
  };
}

/** A client as RFC 7591 §3.2.1 shows it. */
export function registrationOf(client: OAuthClient): Json {
  const optional = {
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    scope: client.scopes?.join(' '),
    backchannel_logout_uri: client.backchannelLogoutUri,
    logo_uri: client.logoUri,
    client_uri: client.clientUri,
    tos_uri: client.tosUri,
    policy_uri: client.policyUri,
  };
  return {
    client_id: client.clientId,
    client_id_issued_at: Math.floor(client.createdAt.getTime() / 1000),
    client_name: client.name,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: ['code'],
    token_endpoint_auth_method: client.authMethod,
    id_token_signed_response_alg: client.idTokenAlg,
    application_type: client.applicationType,
    dpop_bound_access_tokens: client.dpop,
    require_pushed_authorization_requests: client.par,
    ...Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== null && value !== undefined),
    ),
  };
}

function text(document: Json, name: string): string | undefined {
  const value = document[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new InvalidClientMetadata(name, `${name} is a text.`);
  return value;
}

function texts(document: Json, name: string): string[] | undefined {
  const value = document[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw new InvalidClientMetadata(name, `${name} is a list of texts.`);
  return value as string[];
}

function object(document: Json, name: string): object | undefined {
  const value = document[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw new InvalidClientMetadata(name, `${name} is an object.`);
  return value;
}

function oneOf<T extends string>(document: Json, name: string, allowed: readonly T[], otherwise: T): T {
  const value = text(document, name) ?? otherwise;
  const found = allowed.find((each) => each === value);
  if (!found) throw new InvalidClientMetadata(name, `${name} is one of ${allowed.join(', ')}.`);
  return found;
}

function hostOf(uri: string | undefined): string | undefined {
  return uri !== undefined && URL.canParse(uri) ? new URL(uri).hostname || undefined : undefined;
}
