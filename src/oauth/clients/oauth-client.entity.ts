import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/**
 * `registered` by an administrator, `dynamic` by itself (RFC 7591), `document` by the metadata that its `client_id` leads
 * to, `first-party` for applications of the operator's own, which act with the whole of a user's rights.
 */
export const CLIENT_KINDS = ['registered', 'dynamic', 'document', 'first-party'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** Whether a client was registered by hand, and so is what it says that it is. */
export function isVouchedFor({ kind }: { kind: ClientKind }): boolean {
  return kind === 'registered' || kind === 'first-party';
}

export const CLIENT_STATUSES = ['active', 'disabled'] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** OIDC Core §9, and `none` of RFC 7591 §2. */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** The audiences that a client assertion may have: the issuer alone, or the token endpoint too, as older libraries do. */
export const ASSERTION_AUDIENCES = ['issuer', 'token_endpoint'] as const;
export type AssertionAudience = (typeof ASSERTION_AUDIENCES)[number];

export const APPLICATION_TYPES = ['web', 'native'] as const;
export type ApplicationType = (typeof APPLICATION_TYPES)[number];

/** The FAPI 2.0 security profile: pushed requests, DPoP, private_key_jwt. */
export const PROFILES = ['fapi2'] as const;
export type Profile = (typeof PROFILES)[number];

export const ID_TOKEN_ALGS = ['RS256', 'ES256'] as const;
export type IdTokenAlg = (typeof ID_TOKEN_ALGS)[number];

/** A set of public keys (RFC 7517 §5). */
export interface JwkSet {
  keys: Record<string, unknown>[];
}

/** An application that signs people in through Gatehouse, or calls APIs in its own name. */
@Entity('oauth_clients')
@Index('oauth_clients_client_id', ['clientId'], { unique: true })
@Index('oauth_clients_owner', ['ownerId'])
@Index('oauth_clients_service_account', ['serviceAccountId'])
@Index('oauth_clients_swept', ['kind', 'lastUsedAt'])
export class OAuthClient {
  @IdColumn()
  id: string;

  /** What it calls itself in requests: its `id`, or the URL of its metadata document. */
  @Column('varchar', { length: 500 })
  clientId: string;

  @Column('varchar', { length: 16 })
  kind: ClientKind;

  @Column('varchar', { length: 200 })
  name: string;

  @Column('varchar', { length: 16 })
  status: ClientStatus;

  /** Who registered it; `null` for one that registered itself, and once the owner's account is gone. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'oauth_clients_owner_id', onDelete: 'SET NULL' })
  ownerId: string | null;

  /** Who it acts as with `client_credentials`. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'oauth_clients_service_account_id', onDelete: 'SET NULL' })
  serviceAccountId: string | null;

  /** The `sid` of its client-credentials tokens, by which they are revoked; another one after each revocation. */
  @ReferenceColumn()
  tokenFamily: string;

  @Column('varchar', { length: 32 })
  authMethod: AuthMethod;

  @Column('varchar', { length: 16 })
  assertionAudience: AssertionAudience;

  @Column('simple-json')
  redirectUris: string[];

  @Column('simple-json')
  postLogoutRedirectUris: string[];

  @Column('varchar', { length: 2000, nullable: true })
  backchannelLogoutUri: string | null;

  @Column('simple-json')
  grantTypes: string[];

  /** The scopes that it may ask for; `null` for any. */
  @Column('simple-json', { nullable: true })
  scopes: string[] | null;

  /** The resources that it may ask for; `null` for any. */
  @Column('simple-json', { nullable: true })
  resources: string[] | null;

  @Column('simple-json', { nullable: true })
  jwks: JwkSet | null;

  @Column('varchar', { length: 2000, nullable: true })
  jwksUri: string | null;

  @Column('varchar', { length: 8 })
  idTokenAlg: IdTokenAlg;

  /** Whether its tokens must be bound to a key (RFC 9449). */
  @Column('boolean')
  dpop: boolean;

  /** Whether its authorization requests must be pushed (RFC 9126). */
  @Column('boolean')
  par: boolean;

  @Column('varchar', { length: 16, nullable: true })
  profile: Profile | null;

  @Column('boolean')
  skipConsent: boolean;

  @Column('varchar', { length: 16 })
  applicationType: ApplicationType;

  @Column('varchar', { length: 2000, nullable: true })
  logoUri: string | null;

  @Column('varchar', { length: 2000, nullable: true })
  clientUri: string | null;

  @Column('varchar', { length: 2000, nullable: true })
  tosUri: string | null;

  @Column('varchar', { length: 2000, nullable: true })
  policyUri: string | null;

  /** Of the token with which a dynamic client manages its registration (RFC 7592). */
  @Column('varchar', { length: 43, nullable: true })
  registrationTokenHash: string | null;

  /** Until when the metadata document of a client counts as read. */
  @TimeColumn({ nullable: true })
  documentExpiresAt: Date | null;

  /** Raised with every change of the client or its secrets, so that no node goes on with what it remembers. */
  @Column('integer', { default: 0 })
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;

  @TimeColumn({ nullable: true })
  lastUsedAt: Date | null;
}
