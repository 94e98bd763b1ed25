import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import type { MadeClient } from './clients.service.js';
import {
  APPLICATION_TYPES,
  ASSERTION_AUDIENCES,
  AUTH_METHODS,
  CLIENT_KINDS,
  CLIENT_STATUSES,
  ID_TOKEN_ALGS,
  PROFILES,
  type ApplicationType,
  type AssertionAudience,
  type AuthMethod,
  type ClientKind,
  type ClientStatus,
  type IdTokenAlg,
  type JwkSet,
  type OAuthClient,
  type Profile,
} from './oauth-client.entity.js';
import type { OAuthClientSecret } from './oauth-client-secret.entity.js';

export class ClientResponse {
  @ApiProperty()
  id: string;

  @ApiProperty()
  clientId: string;

  @ApiProperty({ enum: CLIENT_KINDS })
  kind: ClientKind;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: CLIENT_STATUSES })
  status: ClientStatus;

  @ApiProperty({ type: String, nullable: true })
  ownerId: string | null;

  @ApiProperty({ type: String, nullable: true })
  serviceAccountId: string | null;

  @ApiProperty({ enum: AUTH_METHODS })
  authMethod: AuthMethod;

  @ApiProperty({ enum: ASSERTION_AUDIENCES })
  assertionAudience: AssertionAudience;

  @ApiProperty({ type: [String] })
  redirectUris: string[];

  @ApiProperty({ type: [String] })
  postLogoutRedirectUris: string[];

  @ApiProperty({ type: String, nullable: true })
  backchannelLogoutUri: string | null;

  @ApiProperty({ type: [String] })
  grantTypes: string[];

  @ApiProperty({ type: [String], nullable: true })
  scopes: string[] | null;

  @ApiProperty({ type: [String], nullable: true })
  resources: string[] | null;

  @ApiProperty({ type: Object, nullable: true })
  jwks: JwkSet | null;

  @ApiProperty({ type: String, nullable: true })
  jwksUri: string | null;

  @ApiProperty({ enum: ID_TOKEN_ALGS })
  idTokenAlg: IdTokenAlg;

  @ApiProperty()
  dpop: boolean;

  @ApiProperty()
  par: boolean;

  @ApiProperty({ enum: PROFILES, nullable: true })
  profile: Profile | null;

  @ApiProperty()
  skipConsent: boolean;

  @ApiProperty({ enum: APPLICATION_TYPES })
  applicationType: ApplicationType;

  @ApiProperty({ type: String, nullable: true })
  logoUri: string | null;

  @ApiProperty({ type: String, nullable: true })
  clientUri: string | null;

  @ApiProperty({ type: String, nullable: true })
  tosUri: string | null;

  @ApiProperty({ type: String, nullable: true })
  policyUri: string | null;

  @ApiProperty()
  createdAt: string;

  @ApiProperty()
  updatedAt: string;

  @ApiProperty({ type: String, nullable: true })
  lastUsedAt: string | null;

  static of(this: void, client: OAuthClient): ClientResponse {
    const { createdAt, updatedAt, lastUsedAt } = client;
    const {
      tokenFamily: _family,
      registrationTokenHash: _token,
      documentExpiresAt: _expiry,
      version: _version,
      ...shown
    } = client;
    return {
      ...shown,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    };
  }
}

export class CreatedClientResponse extends ClientResponse {
  @ApiPropertyOptional({ description: 'Shown this once' })
  clientSecret?: string;

  static made(this: void, { client, secret }: MadeClient): CreatedClientResponse {
    return { ...ClientResponse.of(client), ...(secret !== undefined && { clientSecret: secret }) };
  }
}

export class SecretResponse {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'Its last characters' })
  hint: string;

  @ApiProperty()
  createdAt: string;

  @ApiProperty({ type: String, nullable: true })
  expiresAt: string | null;

  @ApiPropertyOptional({ description: 'Shown this once' })
  clientSecret?: string;

  static of(this: void, { id, hint, createdAt, expiresAt }: OAuthClientSecret): SecretResponse {
    return { id, hint, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
  }
}

/** There are two live ones at most, so that it has no pages. */
export class SecretsResponse {
  @ApiProperty({ type: [SecretResponse] })
  items: SecretResponse[];
}
