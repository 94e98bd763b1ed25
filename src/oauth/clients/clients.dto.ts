import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  MinLength,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import {
  APPLICATION_TYPES,
  ASSERTION_AUDIENCES,
  AUTH_METHODS,
  CLIENT_STATUSES,
  ID_TOKEN_ALGS,
  PROFILES,
  type ApplicationType,
  type AssertionAudience,
  type AuthMethod,
  type ClientStatus,
  type IdTokenAlg,
  type JwkSet,
  type Profile,
} from './oauth-client.entity.js';

/** What an administrator may make; the others make themselves. */
const MADE_KINDS = ['registered', 'first-party'] as const;

const TextsField = (description: string, example: string[], max = 50) =>
  applyDecorators(
    ApiPropertyOptional({ type: [String], description, example }),
    MaxCharacters(2_000, { each: true }),
    IsString({ each: true }),
    ArrayUnique(),
    ArrayMaxSize(max),
    IsArray(),
    MayBeAbsent(),
  );

/** `null` takes it away. */
const NullableField = (description: string, example: string) =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, description, example }),
    MaxCharacters(2_000),
    IsString(),
    IsOptional(),
  );

const OneOfField = (values: readonly string[]) =>
  applyDecorators(
    ApiPropertyOptional({ enum: values, example: values[0] }),
    IsIn(values as string[]),
    MayBeAbsent(),
  );

const FlagField = (description: string) =>
  applyDecorators(ApiPropertyOptional({ description, example: false }), IsBoolean(), MayBeAbsent());

const TextsOrNullField = (description: string, example: string[]) =>
  applyDecorators(
    ApiPropertyOptional({ type: [String], nullable: true, description, example }),
    MaxCharacters(500, { each: true }),
    IsString({ each: true }),
    ArrayUnique(),
    ArrayMaxSize(200),
    IsArray(),
    IsOptional(),
  );

const ClientNameField = (decorate = ApiProperty) =>
  applyDecorators(
    decorate({ example: 'Shop', maxLength: 200 }),
    MinLength(1),
    MaxCharacters(200),
    IsString(),
  );

/** What may be left out of a new client as of a change. */
class ClientFields {
  @OneOfField(MADE_KINDS)
  kind?: (typeof MADE_KINDS)[number];

  @OneOfField(APPLICATION_TYPES)
  applicationType?: ApplicationType;

  @OneOfField(AUTH_METHODS)
  authMethod?: AuthMethod;

  @OneOfField(ASSERTION_AUDIENCES)
  assertionAudience?: AssertionAudience;

  @TextsField('Compared character by character; of loopback addresses the port does not count', [
    'https://shop.example/callback',
  ])
  redirectUris?: string[];

  @TextsField('Where a sign-out may lead', ['https://shop.example/'])
  postLogoutRedirectUris?: string[];

  @NullableField('Is told when a session has ended', 'https://shop.example/logout')
  backchannelLogoutUri?: string | null;

  @TextsField(
    'authorization_code, refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:device_code',
    ['authorization_code', 'refresh_token'],
  )
  grantTypes?: string[];

  @TextsOrNullField('What it may ask for; null for any', ['openid', 'email'])
  scopes?: string[] | null;

  @TextsOrNullField('The identifiers of resources that it may ask for; null for any', [
    'https://api.example.com/orders',
  ])
  resources?: string[] | null;

  @ApiPropertyOptional({ type: Object, nullable: true, example: { keys: [] } })
  @IsObject()
  @IsOptional()
  jwks?: JwkSet | null;

  @NullableField('Where its public keys are', 'https://shop.example/jwks.json')
  jwksUri?: string | null;

  @OneOfField(ID_TOKEN_ALGS)
  idTokenAlg?: IdTokenAlg;

  @FlagField('Its tokens must be bound to a key (RFC 9449)')
  dpop?: boolean;

  @FlagField('Its authorization requests must be pushed (RFC 9126)')
  par?: boolean;

  @ApiPropertyOptional({ enum: PROFILES, nullable: true, example: null })
  @IsIn(PROFILES)
  @IsOptional()
  profile?: Profile | null;

  @FlagField('Nobody is asked for consent')
  skipConsent?: boolean;

  @NullableField(
    'Whom it acts as with client_credentials; one is made when it is left out',
    '01890a5d-ac96-774b-bcce-b302099a8057',
  )
  serviceAccountId?: string | null;

  @NullableField(
    'Its logo: a PNG, JPEG, GIF or WebP image of at most 64 KiB',
    'https://shop.example/logo.png',
  )
  logoUri?: string | null;

  @NullableField('Its home page', 'https://shop.example/')
  clientUri?: string | null;

  @NullableField('Its terms of service', 'https://shop.example/terms')
  tosUri?: string | null;

  @NullableField('Its privacy policy', 'https://shop.example/privacy')
  policyUri?: string | null;
}

export class CreateClient extends ClientFields {
  @ClientNameField()
  name: string;
}

export class ChangeClient extends ClientFields {
  @ClientNameField(ApiPropertyOptional)
  @MayBeAbsent()
  name?: string;

  @OneOfField(CLIENT_STATUSES)
  status?: ClientStatus;
}

export class AddSecret {
  @ApiPropertyOptional({
    description: 'When the secret before it stops working',
    example: '2026-12-01T00:00:00.000Z',
  })
  @IsISO8601({ strict: true, strictSeparator: true })
  @IsString()
  @MayBeAbsent()
  previousExpiresAt?: string;
}
