import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { EmailField, MayBeAbsent, NameField, NewEmailField, PasswordField } from '../http/fields.js';
import type { UsersService } from '../users/users.service.js';

/** How the tokens travel: in the body, or as HttpOnly cookies and then not in the body. */
export const DELIVERIES = ['body', 'cookie'] as const;
export type Delivery = (typeof DELIVERIES)[number];

const DeliveryField = () => {
  const rules = [
    ApiPropertyOptional({ enum: DELIVERIES, default: 'body', description: 'How the tokens are handed out' }),
    MayBeAbsent(),
    IsIn(DELIVERIES),
  ];
  return (target: object, name: string) => rules.forEach((rule) => rule(target, name));
};

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

  /** RFC 6749 §3.3 */
  @ApiPropertyOptional({ example: 'account:read', description: 'Fewer scopes than your roles have' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(2000)
  @Matches(/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/, {
    message: 'scope must be scope names with one space between them',
  })
  scope?: string;

  @DeliveryField()
  session?: Delivery;
}

export class RefreshRequest {
  @ApiPropertyOptional({ example: 'AZpQ…', description: 'Left out when the refresh cookie is sent' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(1000)
  refresh_token?: string;
}

export class ChangePassword {
  @PasswordField()
  currentPassword: string;

  @PasswordField()
  newPassword: string;
}

/** RFC 6749 §5.1. The two tokens are left out when they travel as cookies. */
export class TokenResponse {
  @ApiPropertyOptional()
  access_token?: string;

  @ApiProperty({ example: 'Bearer' })
  token_type: 'Bearer';

  @ApiProperty({ example: 900, description: 'Seconds' })
  expires_in: number;

  @ApiPropertyOptional()
  refresh_token?: string;

  @ApiProperty({ example: 2_592_000, description: 'Seconds' })
  refresh_expires_in: number;

  @ApiProperty({ example: 'account:read account:write resources:read' })
  scope: string;
}

export class SignedInResponse extends TokenResponse {
  @ApiProperty({ type: Object, allOf: [{ $ref: '#/components/schemas/UserResponse' }] })
  user: ReturnType<UsersService['show']>;
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

  @ApiProperty({ format: 'date-time' })
  expiresAt: Date;
}
