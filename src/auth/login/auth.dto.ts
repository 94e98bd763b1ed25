import { applyDecorators } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { IsIn, IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import {
  CodeField,
  EmailField,
  MayBeAbsent,
  NameField,
  NewEmailField,
  OneTimeTokenField,
  PasswordField,
} from '../../platform/http/fields.js';
import type { Delivery } from '../issuing/issuing.types.js';
import type { ShownUser } from '../../accounts/users/users.service.js';

/** How the tokens travel: in the body, or as HttpOnly cookies and then not in the body. */
export const DELIVERIES = ['body', 'cookie'] as const satisfies Delivery[];

const DeliveryField = () => {
  const rules = [
    ApiPropertyOptional({
      enum: DELIVERIES,
      description: 'How the tokens are handed out; in the body by default',
    }),
    MayBeAbsent(),
    IsIn(DELIVERIES),
  ];
  return (target: object, name: string) => rules.forEach((rule) => rule(target, name));
};

/** RFC 6749 §3.3 */
const ScopeField = () =>
  applyDecorators(
    ApiPropertyOptional({ example: 'account:read', description: 'Fewer scopes than your roles have' }),
    MayBeAbsent(),
    IsString(),
    MaxLength(2000),
    Matches(/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/, {
      message: 'scope must be scope names with one space between them',
    }),
  );

const PasskeyField = (decorate = ApiPropertyOptional) =>
  applyDecorators(
    decorate({
      type: Object,
      description: 'PublicKeyCredential.toJSON() of navigator.credentials.get()',
      example: { id: 'nQp…', rawId: 'nQp…', type: 'public-key', response: { clientDataJSON: 'eyJ0…' } },
    }),
    IsObject(),
  );

export class SignUpRequest {
  @NewEmailField()
  email: string;

  @PasswordField()
  password: string;

  @NameField()
  name?: string | null;

  @DeliveryField()
  session?: Delivery;
}

export class LogInRequest {
  @EmailField()
  email: string;

  @PasswordField()
  password: string;

  @ScopeField()
  scope?: string;

  @DeliveryField()
  session?: Delivery;
}

export class MfaChallengeRequest {
  @OneTimeTokenField()
  challenge_token: string;

  @MayBeAbsent()
  @CodeField(ApiPropertyOptional)
  code?: string;

  @MayBeAbsent()
  @PasskeyField()
  passkey?: AuthenticationResponseJSON;

  @DeliveryField()
  session?: Delivery;
}

export class PasskeyLogInRequest {
  @PasskeyField(ApiProperty)
  passkey: AuthenticationResponseJSON;

  @ScopeField()
  scope?: string;

  @DeliveryField()
  session?: Delivery;
}

/** The second factor, where there is one; otherwise the password. */
export class StepUpRequest {
  @MayBeAbsent()
  @PasswordField(ApiPropertyOptional)
  password?: string;

  @MayBeAbsent()
  @CodeField(ApiPropertyOptional)
  code?: string;

  @MayBeAbsent()
  @PasskeyField()
  passkey?: AuthenticationResponseJSON;
}

export class RefreshRequest {
  @ApiPropertyOptional({ example: 'AZpQ…', description: 'Left out when the refresh cookie is sent' })
  @MayBeAbsent()
  @IsString()
  refresh_token?: string;
}

/** RFC 6749 §5.1. Tokens are left out when they travel as cookies. */
export class AccessTokenResponse {
  @ApiPropertyOptional()
  access_token?: string;

  @ApiProperty({ example: 'Bearer' })
  token_type: 'Bearer';

  @ApiProperty({ example: 900, description: 'Seconds' })
  expires_in: number;

  @ApiProperty({ example: 'account:read account:write resources:read' })
  scope: string;
}

export class TokenResponse extends AccessTokenResponse {
  @ApiPropertyOptional()
  refresh_token?: string;

  @ApiProperty({ example: 2_592_000, description: 'Seconds' })
  refresh_expires_in: number;
}

export class SignedInResponse extends TokenResponse {
  @ApiProperty({ type: Object, allOf: [{ $ref: '#/components/schemas/UserResponse' }] })
  user: ShownUser;
}

/** The same whether the account was made just now or there was one already. */
export class PendingResponse {
  @ApiProperty({ example: 'verification_pending', description: 'Mail is on its way to the address' })
  status: 'verification_pending';
}

export class WhoamiResponse {
  @ApiProperty({ enum: ['user', 'api-key', 'client'] })
  kind: string;

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  sessionId: string | null;

  @ApiPropertyOptional({ format: 'uuid', description: 'Which API key it is' })
  keyId?: string;

  @ApiProperty({ example: ['user'] })
  roles: readonly string[];

  @ApiProperty({ example: ['account:read'] })
  scopes: readonly string[];

  @ApiProperty({ type: String, format: 'date-time' })
  expiresAt: string;
}
