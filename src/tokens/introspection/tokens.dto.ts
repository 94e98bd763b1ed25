import { Type } from 'class-transformer';
import { IsIn, IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent } from '../../platform/http/fields.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** RFC 7662 §2.1 and RFC 7009 §2.1, as JSON or as the form that the RFCs ask for. */
export class TokenRequest {
  @ApiProperty({ example: 'eyJ0…', description: 'An access token, a refresh token or an API key' })
  @IsString()
  token: string;

  @ApiPropertyOptional({ example: 'access_token', description: 'Not needed; the kinds look different' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(100)
  token_type_hint?: string;
}

class RouteField {
  @ApiProperty({ enum: METHODS, example: 'GET' })
  @IsIn(METHODS)
  method: string;

  @ApiProperty({ example: '/v1/users', description: 'As it would be sent; a query changes nothing' })
  @IsString()
  @MaxLength(2000)
  path: string;
}

export class InspectToken {
  @ApiProperty({ example: 'eyJ0…' })
  @IsString()
  token: string;

  @ApiPropertyOptional({ type: RouteField, description: 'Would the token be let in there?' })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => RouteField)
  route?: RouteField;
}

/** RFC 7662 §2.2; nothing but `active` when the token is not live. */
export class IntrospectionResponse {
  @ApiProperty()
  active: boolean;

  @ApiPropertyOptional({ example: 'account:read' })
  scope?: string;

  @ApiPropertyOptional()
  client_id?: string;

  @ApiPropertyOptional({ example: 'Bearer' })
  token_type?: string;

  @ApiPropertyOptional()
  exp?: number;

  @ApiPropertyOptional()
  iat?: number;

  @ApiPropertyOptional()
  sub?: string;

  @ApiPropertyOptional({ type: String })
  aud?: string | string[];

  @ApiPropertyOptional()
  iss?: string;

  @ApiPropertyOptional()
  jti?: string;

  /** RFC 9470 §6.2 */
  @ApiPropertyOptional()
  auth_time?: number;

  @ApiPropertyOptional({ example: ['pwd', 'otp', 'mfa'] })
  amr?: string[];

  @ApiPropertyOptional({ enum: ['sfa', 'mfa'] })
  acr?: string;

  /** RFC 7800, of a token that is bound to a key */
  @ApiPropertyOptional({ type: Object })
  cnf?: { jkt: string };
}

class Check {
  @ApiProperty({ example: 'signature' })
  check: string;

  @ApiProperty({ type: Boolean, nullable: true, description: 'null when an earlier check failed' })
  passed: boolean | null;

  @ApiProperty({ example: 'signed by the key with the kid it names' })
  detail: string;
}

class Claim {
  @ApiProperty({ example: 'exp' })
  name: string;

  @ApiProperty({
    anyOf: [
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
      { type: 'array', items: {} },
      { type: 'object', additionalProperties: true },
      { type: 'null' },
    ],
    example: 1_795_347_813,
  })
  value: unknown;

  @ApiProperty({ example: 'When it expires' })
  meaning: string;

  @ApiPropertyOptional({ example: 'in 14 minutes' })
  inWords?: string;
}

class RouteVerdict {
  @ApiProperty({ type: String, nullable: true, example: 'UsersController.list' })
  handler: string | null;

  @ApiProperty()
  isLetIn: boolean;

  @ApiProperty({
    example: "@Scopes('users:read'): insufficient_scope",
    description: 'The decorators, or the one that refuses',
  })
  decidedBy: string;
}

class Refusal {
  @ApiProperty({ example: 403 })
  status: number;

  @ApiProperty({ example: 'insufficient_scope' })
  code: string;

  @ApiProperty({
    example: 'This needs the scope users:read: ask for it at login, or for a role that has it.',
  })
  detail: string;

  @ApiProperty({ type: [String], example: ['users:read'], description: 'Those that the token does not have' })
  missingScopes: string[];

  @ApiProperty({ type: [String], description: 'One of them would do' })
  missingRoles: string[];
}

class KeyOfToken {
  @ApiProperty()
  kid: string;

  @ApiProperty({ example: 'ES256' })
  alg: string;

  @ApiProperty({ enum: ['next', 'current', 'previous'] })
  stage: string;
}

class SessionOfToken {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true })
  device: string | null;

  @ApiProperty({ type: String, nullable: true })
  ip: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  lastUsedAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  expiresAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: Date | null;

  @ApiProperty({ description: 'Whether this request belongs to it' })
  current: boolean;
}

class ScopesThenAndNow {
  @ApiProperty({ type: [String], example: ['account:read'] })
  token: string[];

  @ApiProperty({ type: [String], description: 'What the owner may do now' })
  now: string[];

  @ApiProperty({ type: [String], description: 'In the token, and not the owner’s any more' })
  lost: string[];

  @ApiProperty({ type: [String], description: 'The owner’s, and not in the token' })
  gained: string[];
}

export class InspectionResponse {
  @ApiProperty({ enum: ['access_token', 'refresh_token', 'api_key', 'unknown'] })
  kind: 'access_token' | 'refresh_token' | 'api_key' | 'unknown';

  @ApiProperty({ description: 'Whether it works now' })
  active: boolean;

  @ApiProperty({ type: [Claim] })
  header: Claim[];

  @ApiProperty({ type: [Claim] })
  claims: Claim[];

  @ApiProperty({ type: [Check], description: 'The verification, step by step' })
  verification: Check[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What was revoked: session, user, role, key or api-key',
  })
  revokedBy: string | null;

  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  sessionId: string | null;

  @ApiProperty({ type: KeyOfToken, nullable: true, description: 'The key of ours that signed it' })
  key: KeyOfToken | null;

  @ApiProperty({
    type: SessionOfToken,
    nullable: true,
    description: 'The session it belongs to, while it is kept',
  })
  session: SessionOfToken | null;

  @ApiProperty({ type: ScopesThenAndNow, nullable: true })
  scopes: ScopesThenAndNow | null;

  @ApiPropertyOptional({ type: RouteVerdict })
  route?: RouteVerdict;

  @ApiPropertyOptional({
    type: Refusal,
    description: 'What the route would answer, when it would not let it in',
  })
  refusal?: Refusal;
}
